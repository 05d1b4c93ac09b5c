/** Random numbers that a seed gives again: a demo that fails can be run once more (mulberry32). */
export interface Random {
  /** From 0 to below `end`. */
  readonly below: (end: number) => number;
  readonly shuffled: <Item>(items: readonly Item[]) => readonly Item[];
}

export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    shuffled: <Item>(items: readonly Item[]) => {
      const copy = [...items];
      for (let index = copy.length - 1; index > 0; index -= 1) {
        const other = below(index + 1);
        [copy[index], copy[other]] = [copy[other] as Item, copy[index] as Item];
      }
      return copy;
    },
  };
};
