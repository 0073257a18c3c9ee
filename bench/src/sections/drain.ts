import { contenders } from '../contenders/all.js';
import type { ContenderName } from '../contenders/contender.js';
import type { BenchContext, Section, SectionResult } from '../section.js';
import { DrainMeter, type DrainSample } from './drain/measureDrain.js';
import { measureMemory } from './drain/memory.js';
import { planOf, type DrainPlan } from './drain/plan.js';
import { summarise } from './drain/summarise.js';

/** How fast each way brings a backlog from Postgres to ClickHouse, and what that costs. */
export const drain: Section = {
  name: 'drain',
  title: 'Draining a backlog: rows per second, CPU, memory, WAL and statements',
  async run(context): Promise<SectionResult> {
    const plan = planOf(context.quick);
    const meter = await DrainMeter.open(context.engines);
    try {
      context.say('filling the backlogs');
      await meter.fillBacklogs([
        { contender: contenderNamed('waybill'), rows: plan.memory.rows },
        ...plan.drains.flatMap(({ contenders: names, rows }) =>
          names.map((name) => ({ contender: contenderNamed(name), rows })),
        ),
      ]);
      const drains = await measureRounds(context, meter, plan);
      const memory = await measureMemory(context, meter, plan.memory);
      return summarise(plan, drains, memory);
    } finally {
      await meter.close();
    }
  },
};

/** One drain of a round. */
export interface RoundSample extends DrainSample {
  readonly round: number;
}

/**
 * Round after round, each contender drains each of its backlogs once, so that what disturbs the machine for a while disturbs
 * all of them. The order changes with the round.
 */
async function measureRounds(
  { say }: BenchContext,
  meter: DrainMeter,
  { rounds, drains, limitMs }: DrainPlan,
): Promise<RoundSample[]> {
  const samples: RoundSample[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const { batchSize, rows, contenders: names } of drains) {
      for (const name of rotated(names, round - 1)) {
        const sample = await meter.measure(contenderNamed(name), { batchSize, rows, limitMs });
        samples.push({ round, ...sample });
        say(
          `round ${String(round)} of ${String(rounds)}, ${batchSize.toLocaleString('en')} a batch: ${name} ` +
            `${Math.round(sample.rowsPerSecond).toLocaleString('en')} rows/s`,
        );
      }
    }
  }
  return samples;
}

function contenderNamed(name: ContenderName) {
  const contender = contenders.find((one) => one.name === name);
  if (contender === undefined) throw new Error(`There is no contender ${name}.`);
  return contender;
}

/** The list, begun at another place. */
function rotated<Item>(list: readonly Item[], by: number): Item[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
