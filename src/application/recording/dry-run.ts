/**
 * What writing would bring about, without writing: requests are decided as ever, from what stands now, and the unit
 * of work that would have been committed is handed back instead.
 */
import type { ReknitEvent } from '../../domain/events/event.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { EventStore } from '../ports/event-store.js';
import type { MergeDeps } from '../merge-driver.js';
import { recordGroup } from './record-group.js';
import type { WriteRequest } from './write-request.js';
import type { GroupAnswer } from './write-queue.js';

export interface DryRun {
  /** For each request its events, or why it would be refused. */
  readonly answers: readonly GroupAnswer<readonly ReknitEvent[]>[];
  /** One, unless a request had to wait for what another one writes; nothing of it is stored. */
  readonly works: readonly UnitOfWork[];
}

export const dryRun = async (deps: MergeDeps, requests: readonly WriteRequest[]): Promise<DryRun> => {
  const works: UnitOfWork[] = [];
  const answers = await recordGroup(
    {
      ...deps,
      store: withCommit(deps.store, async (work) => {
        works.push(work);
        return 'committed';
      }),
      onCommitted: () => undefined,
    },
    requests,
  );
  return { answers, works };
};

/** A store may be of a class, whose methods know themselves by `this`. */
const withCommit = (store: EventStore, commit: EventStore['commit']): EventStore =>
  new Proxy(store, {
    get: (target, member: keyof EventStore) => {
      if (member === 'commit') return commit;
      const own: unknown = target[member];
      return typeof own === 'function' ? (own as (...given: unknown[]) => unknown).bind(target) : own;
    },
  });
