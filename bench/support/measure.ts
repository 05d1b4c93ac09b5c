/**
 * Times by taking turns: what is compared runs in one process, one after the other, round after round, in an order
 * that changes. A machine that is busy, warm or throttled then slows both, and their ratio holds where a time of one
 * alone would not.
 */

/** Runs once and gives the milliseconds of the part that counts; what it sets up and checks is its own affair. */
export type Candidate = (round: number) => Promise<number> | number;

export type Times<Name extends string> = Readonly<Record<Name, readonly number[]>>;

export const timed = async (run: () => unknown): Promise<number> => {
  // What the part before has left behind is not to be collected on this one's time.
  globalThis.gc?.();
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
};

/** The milliseconds of each candidate, round by round. One round before them, `round` -1, warms up and is not counted. */
export const takeTurns = async <Name extends string>(
  rounds: number,
  candidates: Readonly<Record<Name, Candidate>>,
): Promise<Times<Name>> => {
  const names = Object.keys(candidates) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < rounds; round += 1) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      const ms = await candidates[name](round);
      if (round >= 0) times[name].push(ms);
    }
  }
  return times;
};

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? NaN;
  return { median: (upper + lower) / 2, low: sorted[0] ?? NaN, high: sorted.at(-1) ?? NaN };
};

/** Round by round, so that each ratio is of two neighbours in time. */
export const ratiosOf = (times: readonly number[], baseline: readonly number[]): readonly number[] =>
  times.map((ms, round) => ms / (baseline[round] ?? NaN));
