/** Who waits for which dot. */
import type { Dot } from '../../domain/events/event.js';
import type { Candidate } from './candidate.js';

export interface Waiters {
  readonly listen: (candidate: Candidate) => void;
  /** Takes out who waits for the dot. */
  readonly take: (dot: Dot) => Iterable<Candidate>;
}

export const waitersOf = (): Waiters => {
  const waiters = new Map<Dot, Set<Candidate>>();
  return {
    listen: (candidate) => {
      for (const dot of candidate.waits ?? []) {
        const others = waiters.get(dot);
        if (others === undefined) waiters.set(dot, new Set([candidate]));
        else others.add(candidate);
      }
    },
    take: (dot) => {
      const found = waiters.get(dot);
      waiters.delete(dot);
      return found ?? [];
    },
  };
};
