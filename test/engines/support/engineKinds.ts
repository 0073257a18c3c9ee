import { bullmqKind } from './bullmqKind.js';
import { celeryKinds } from './celeryKind.js';
import type { EngineKind } from './engineKind.js';
import { postgresKind } from './postgresKind.js';

/** Every engine, on every broker that it supports. All pass the same suite. */
export const engineKinds: readonly EngineKind[] = [postgresKind, ...celeryKinds, bullmqKind];
