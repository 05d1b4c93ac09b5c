/**
 * Chance that can be had again: everything that a simulation draws comes from one seed. Each component draws from
 * a stream of its own, split off by a name, so one more draw in one of them shifts no other.
 */
export interface Random {
  /** From 0 up to, and without, 1. */
  readonly next: () => number;
  /** A whole number from 0 up to, and without, the bound. */
  readonly below: (bound: number) => number;
  readonly between: (least: number, most: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** Another stream, which depends on the seed and on the name alone. */
  readonly split: (name: string) => Random;
}

export const createRandom = (seed: number | string): Random => {
  let [a, b, c, d] = stateOf(String(seed));
  // sfc32 (Chris Doty-Humphrey): small, fast, and without visible patterns.
  const draw = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) draw();
  const next = (): number => draw() / 4_294_967_296;
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (probability) => next() < probability,
    pick: <Item>(items: readonly Item[]): Item => {
      if (items.length === 0) throw new Error('nothing to pick from');
      return items[below(items.length)] as Item;
    },
    split: (name) => createRandom(`${seed}/${name}`),
  };
};

/** Four words from a text, each mixed from all of it (FNV-1a with different beginnings). */
const stateOf = (text: string): [number, number, number, number] => {
  const word = (basis: number): number => {
    let hash = basis;
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
    return hash | 0;
  };
  return [word(2_166_136_261), word(2_654_435_769), word(1_013_904_223), word(3_144_134_277)];
};
