/**
 * Optimistic writing: what was decided from one version of a store is committed against that
 * version, and decided again if another process was faster. That one did commit, so somebody
 * always gets on; the bound is there for a store that answers `stale` for no reason.
 */
import { ReknitError } from '../domain/shared/errors.js';

const attemptsMax = 1_000;

/** @param attempt decides and commits; `stale` where it has to be decided again */
export const untilCommitted = async <Answer>(attempt: () => Promise<Answer | 'stale'>): Promise<Answer> => {
  for (let count = 0; count < attemptsMax; count += 1) {
    const answer = await attempt();
    if (answer !== 'stale') return answer;
  }
  throw new ReknitError('store_contended', `other processes were faster ${attemptsMax} times in a row: try again`);
};
