/** What the rounds of a system have shown, as a row for the reader. */
import { spreadOf } from '../../support/measure.js';
import type { Found } from './peer-system.js';
import type { Reconnected } from './reconnect-in-child.js';

export interface Measured {
  /** The round whose memory counts. */
  readonly cold?: Reconnected;
  readonly rounds: readonly Reconnected[];
  /** Why there are no more of them. */
  readonly stopped?: string;
}

export const columns = [
  'system',
  'sync (range)',
  'events/s',
  '× floor',
  'opening',
  'disk',
  'memory',
  'contested fields',
  'conflicts reported',
  'losing values',
  'written by one side, not shown',
  'who decided',
];

export const rowOf = (
  name: string,
  { cold, rounds, stopped }: Measured,
  { events, floor }: { readonly events: number; readonly floor: number },
): readonly string[] => {
  const [first] = rounds;
  if (first === undefined) return [name, stopped ?? 'not run', ...columns.slice(2).map(() => '')];
  const medianOf = (value: (round: Reconnected) => number): number => spreadOf(rounds.map(value)).median;
  const { median, low, high } = spreadOf(rounds.map(({ syncMs }) => syncMs));
  const { contested, reported, losers, uncontested, hidden, hiddenValues, who } = first.outcome;
  return [
    name,
    `${whole(median)} ms (${whole(low)} to ${whole(high)})${first.syncs > 1 ? `, ${first.syncs} syncs` : ''}${stopped === undefined ? '' : `; then ${stopped}`}`,
    whole((events / median) * 1_000),
    (median / floor).toPrecision(3),
    `${whole(medianOf(({ openMs }) => openMs))} ms`,
    first.diskBytes === 0 ? 'none' : megabytes(medianOf(({ diskBytes }) => diskBytes)),
    cold === undefined ? '' : megabytes(cold.peakBytes - cold.idleBytes),
    whole(contested),
    whole(reported),
    placesOf(losers),
    `${whole(hidden)} of ${whole(uncontested)}${hidden === 0 ? '' : `; ${placesOf(hiddenValues)}`}`,
    who ?? 'it does not say',
  ];
};

const placeText: Readonly<Record<Found, string>> = {
  conflict: 'as a side of a conflict',
  history: 'in the history',
  nowhere: 'gone',
};

const placesOf = (counts: Readonly<Record<Found, number>>): string => {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (Object.entries(counts) as [Found, number][])
    .filter(([, count]) => count > 0)
    .map(([found, count]) => (count === total ? placeText[found] : `${placeText[found]} ${count} of ${total}`))
    .join(', ');
};

const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
