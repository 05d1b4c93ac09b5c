/** How much of everything there is; each number from the smallest index that knows it. */
import type { StoreCounts } from '../../application/ports/event-store.js';
import type { Base } from './base.js';
import { voidFlag } from './event-flags.js';

export const countAll = ({ connection, remembered }: Base): StoreCounts => {
  const count = (from: string): number => connection.values<number>(`SELECT count(*) FROM ${from}`).get() ?? 0;
  const voidEvents = remembered.hasVoids()
    ? count(
        `(SELECT DISTINCT replica, seq FROM void_node) v JOIN event e ON e.replica = v.replica AND e.seq = v.seq AND e.flags & ${voidFlag}`,
      )
    : 0;
  return {
    events: count('event') - voidEvents,
    resources: count('resource WHERE updated_ms IS NOT NULL'),
    localOnly: count(`event WHERE status = 'local_only'`),
    parked: remembered.parkedCount(),
    voids: remembered.hasVoids() ? count('(SELECT DISTINCT replica, seq FROM void_node)') : 0,
    conflictsPending: count(`conflict WHERE status = 'pending_review'`),
    conflictsResolved: count(`conflict WHERE status = 'resolved'`),
  };
};
