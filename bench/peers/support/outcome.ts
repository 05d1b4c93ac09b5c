/**
 * What became of what both sides wrote, asked of one replica after the sync. A field is contested when both sides left
 * it with different values: one of them is shown, and the question is where the other is. What only one side wrote
 * is not contested, and a system that shows something else has hidden it.
 */
import type { FeatureWork, OfflineWork } from '../../support/offline-work.js';
import type { Found, PeerReplica } from './peer-system.js';

export interface Outcome {
  readonly contested: number;
  /** Conflicts that the system reports, as it counts them. */
  readonly reported: number;
  /** Where the losing values of a sample are. */
  readonly losers: Readonly<Record<Found, number>>;
  /** Fields that one side alone wrote, and of which something else is shown. */
  readonly uncontested: number;
  readonly hidden: number;
  /** Where the values of a sample of them are. */
  readonly hiddenValues: Readonly<Record<Found, number>>;
  /** What it says of who decided one contested field. */
  readonly who?: string;
}

const sampleSize = 50;

const lastWrites = (updates: readonly FeatureWork[]): ReadonlyMap<string, unknown> => {
  const last = new Map<string, unknown>();
  for (const [id, fields] of updates)
    for (const [field, value] of Object.entries(fields)) last.set(`${id} ${field}`, value);
  return last;
};

interface Value {
  readonly id: string;
  readonly field: string;
  readonly value: unknown;
}

/** Evenly over all of them. */
const sampleOf = <Item>(items: readonly Item[]): readonly Item[] =>
  items.filter((_, index) => index % Math.max(1, Math.floor(items.length / sampleSize)) === 0).slice(0, sampleSize);

const whereAre = async (replica: PeerReplica, values: readonly Value[]): Promise<Readonly<Record<Found, number>>> => {
  const counts = { conflict: 0, history: 0, nowhere: 0 };
  for (const { id, field, value } of sampleOf(values)) counts[await replica.find(id, field, value)] += 1;
  return counts;
};

export const outcomeOf = async (replica: PeerReplica, work: OfflineWork): Promise<Outcome> => {
  const [left, right] = [lastWrites(work.left), lastWrites(work.right)];
  const shown = await replica.read();
  const losers: Value[] = [];
  const hidden: Value[] = [];
  let uncontested = 0;
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [id = '', field = ''] = key.split(' ');
    const now = shown[id]?.[field];
    const written = [left, right].filter((side) => side.has(key)).map((side) => side.get(key));
    if (written.length === 2 && written[0] !== written[1])
      losers.push({ id, field, value: now === written[0] ? written[1] : written[0] });
    else {
      uncontested += 1;
      if (now !== written[0]) hidden.push({ id, field, value: written[0] });
    }
  }
  const [first] = losers;
  const who = first === undefined ? undefined : await replica.who(first.id, first.field);
  return {
    contested: losers.length,
    reported: await replica.conflicts(),
    losers: await whereAre(replica, losers),
    uncontested,
    hidden: hidden.length,
    hiddenValues: await whereAre(replica, hidden),
    ...(who === undefined ? {} : { who }),
  };
};
