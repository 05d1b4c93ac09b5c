/** How much of everything there is; each number from the smallest index that knows it. */
import type { StoreCounts } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';
import { voidFlag } from '../rows/event-flags.js';

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
    parked: remembered.parkedCount() > 0 ? count(`parked WHERE reason <> 'refused'`) : 0,
    rejected:
      remembered.parkedCount() > 0
        ? count(
            `refusal f JOIN parked p ON p.replica = f.replica AND p.seq = f.seq AND p.hash = f.hash
             WHERE p.reason = 'refused' AND f.status <> 'shelved'`,
          )
        : 0,
    refusedForeign: count(
      `refusal f JOIN event e ON e.replica = f.replica AND e.seq = f.seq AND e.hash = f.hash WHERE e.flags & ${voidFlag} = 0 AND f.status <> 'accepted'`,
    ),
    voids: remembered.hasVoids() ? count('(SELECT DISTINCT replica, seq FROM void_node)') : 0,
    conflictsPending: count(`conflict WHERE status = 'pending_review'`),
    conflictsResolved: count(`conflict WHERE status = 'resolved'`),
  };
};
