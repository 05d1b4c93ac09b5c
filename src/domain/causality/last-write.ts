/**
 * Last-write order (R2): time, then counter, then replica, then number. Total, since no two
 * events share a dot; not causal, since clocks err.
 */
import { compareDots } from './dot.js';

/** What the order of two writes hangs on. */
export interface WriteOrder {
  readonly timestamp: string;
  readonly counter: number;
  readonly dot: string;
}

/** For sorting, the last write last. */
export const compareWrites = (a: WriteOrder, b: WriteOrder): number => {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  return a.counter - b.counter || compareDots(a.dot, b.dot);
};

/** The last of some writes; undefined of none. */
export const lastOf = <Write>(writes: readonly Write[], orderOf: (write: Write) => WriteOrder): Write | undefined => {
  let [last] = writes;
  for (const write of writes) if (last !== undefined && compareWrites(orderOf(write), orderOf(last)) > 0) last = write;
  return last;
};
