/** Who waits for which dot. */
import type { Dot } from '../../domain/events/event.js';
import type { Candidate } from './candidate.js';

export interface Waiters {
  readonly listen: (candidate: Candidate) => void;
  /** Takes out who waits for the dot. */
  readonly take: (dot: Dot) => ReadonlySet<Candidate>;
}

const nobody: ReadonlySet<Candidate> = new Set();

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
      const found = waiters.size === 0 ? undefined : waiters.get(dot);
      if (found === undefined) return nobody;
      waiters.delete(dot);
      return found;
    },
  };
};
