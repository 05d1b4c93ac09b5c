/** Seeded randomness (mulberry32), so that every run of a bench does the same work. */
export interface Random {
  /** From 0 up to, and without, this. */
  readonly below: (limit: number) => number;
  readonly oneOf: <Value>(values: readonly [Value, ...Value[]]) => Value;
}

export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  const below: Random['below'] = (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return { below, oneOf: (values) => values[below(values.length)] ?? values[0] };
};
