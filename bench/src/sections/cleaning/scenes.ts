import type { BenchContext } from '../../section.js';
import { fillOutbox, markAllDelivered } from '../../fillOutbox.js';
import { createWaybillOutbox, type WaybillOutbox } from '../../waybillOutbox.js';

/** What is there to be cleaned: so many delivered records in partitions of that size. */
export interface CleaningScene {
  readonly name: SceneName;
  readonly records: number;
  readonly eventPartitionSize: number;
}

export const sceneNames = [
  'one partition dropped',
  'one ten times as large dropped',
  'deleted in chunks',
] as const;
export type SceneName = (typeof sceneNames)[number];

const batchSize = 10_000;

/** @param partition records in a partition: 1,000,000 in the full form */
export function cleaningScenes(partition: number): CleaningScene[] {
  // Ids begin at 1, so that the first partition takes one less; the last id of each is the last of a partition.
  return [
    { name: 'one partition dropped', records: partition - 1, eventPartitionSize: partition },
    {
      name: 'one ten times as large dropped',
      records: 10 * partition - 1,
      eventPartitionSize: 10 * partition,
    },
    { name: 'deleted in chunks', records: partition / 2, eventPartitionSize: partition },
  ];
}

/** Fills an outbox with the scene's delivered records. It is copied for each time that it is cleaned. */
export async function makeTemplate(
  { engines, say }: BenchContext,
  scene: CleaningScene,
): Promise<WaybillOutbox> {
  say(`filling: ${scene.name}`);
  const { eventPartitionSize } = scene;
  const outbox = await createWaybillOutbox(engines, `cleaning_${String(sceneNames.indexOf(scene.name))}`, {
    eventPartitionSize,
  });
  try {
    await fillOutbox(outbox, scene.records);
    await markAllDelivered(outbox, batchSize);
    return outbox;
  } catch (error) {
    await outbox.drop();
    throw error;
  }
}
