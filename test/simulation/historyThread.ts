import { parentPort } from 'node:worker_threads';
import { runCampaign, type Campaign } from './campaign.js';

/** A thread that runs one part of a long campaign after another, and answers each with its result. */
parentPort?.on('message', (campaign: Campaign) => {
  void runCampaign(campaign).then((result) => {
    parentPort?.postMessage(result);
  });
});
