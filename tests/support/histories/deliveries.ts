/**
 * The same history as it might arrive: out of order, more than once, cut into batches. A
 * seed gives the same delivery again, and what arrives twice is a copy with its members
 * in another order, so that nobody tells duplicates by identity or by their text.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import { dotOf } from '../model/order.js';
import type { History } from './history.js';

/** Every event at least once, in any order, some of them again. */
export const shuffled = (history: History, seed: number): ReknitEvent[] => {
  const random = randomFrom(seed);
  const again = history.events.filter(() => random() < 0.25).map(copyOf);
  return inRandomOrder([...history.events, ...again], random);
};

/** The same in batches, empty ones among them. */
export const deliveriesOf = (history: History, seed: number): ReknitEvent[][] =>
  inBatches(shuffled(history, seed), randomFrom(seed + 1));

/** Every event once, after all of its parents that are in the history: a random linear extension. */
export const inCausalOrder = (history: History, seed: number): ReknitEvent[] => {
  const random = randomFrom(seed);
  const waiting = inRandomOrder(history.events, random);
  const ordered: ReknitEvent[] = [];
  const awaited = new Set<string>(waiting.map(dotOf));
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ parents }) => !parents.some((parent) => awaited.has(parent)));
    // Parents always come first in a history, so some event is always ready.
    for (const event of waiting.splice(Math.max(next, 0), 1)) {
      ordered.push(event);
      awaited.delete(dotOf(event));
    }
  }
  return ordered;
};

export const inBatches = (events: readonly ReknitEvent[], random: () => number): ReknitEvent[][] => {
  const batches: ReknitEvent[][] = [];
  for (let start = 0; start < events.length;) {
    const end = start + Math.floor(random() * 5);
    batches.push(events.slice(start, end));
    start = end;
  }
  return batches;
};

/** Numbers from 0 to 1 (mulberry32), equal for equal seeds. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const inRandomOrder = <Item>(items: readonly Item[], random: () => number): Item[] =>
  items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);

const copyOf = (event: ReknitEvent): ReknitEvent =>
  Object.fromEntries(Object.entries(structuredClone(event)).reverse()) as unknown as ReknitEvent;
