/** The dots that one state names, each once: everything else in the state's text says which by its place. */
import type { Dot } from '../../../domain/events/event.js';

export interface DotList {
  readonly dots: readonly Dot[];
  readonly indexOf: (dot: Dot) => number;
}

/** A few are found faster by looking at each. */
const scannedMax = 8;

export const dotList = (): DotList => {
  const dots: Dot[] = [];
  const indexes = new Map<Dot, number>();
  return {
    dots,
    indexOf: (dot) => {
      const known = dots.length <= scannedMax ? dots.indexOf(dot) : (indexes.get(dot) ?? -1);
      if (known >= 0) return known;
      if (dots.length === scannedMax) dots.forEach((other, index) => indexes.set(other, index));
      if (dots.length >= scannedMax) indexes.set(dot, dots.length);
      return dots.push(dot) - 1;
    },
  };
};
