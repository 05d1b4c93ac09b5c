/**
 * Reads what is about to leave, and sets the mark that it may (R7). The id of this replica may be given up meanwhile,
 * by another connection (R8): what was never offered has other dots then, and must not leave under those that were
 * read, so it is read again.
 */
import type { ReplicaId } from '../../domain/events/event.js';
import type { OfflineEventLog } from '../offline-event-log.js';
import type { EventStore, StoredEvent } from '../ports/event-store.js';

export interface OfferedPage<Read> {
  readonly page: Read;
  /** The id that it was read under. */
  readonly own: ReplicaId | undefined;
  /** The highest own number on it; 0 where there is none. */
  readonly ownSeq: number;
}

export const offeredPage = async <Read extends { readonly items: readonly StoredEvent[] }>(
  { store, log }: { readonly store: EventStore; readonly log: Pick<OfflineEventLog, 'markOffered'> },
  to: string,
  read: () => Promise<Read>,
): Promise<OfferedPage<Read>> => {
  for (;;) {
    const own = (await store.facts()).replica?.replicaId;
    const page = await read();
    let ownSeq = 0;
    for (const { sealed } of page.items)
      if (sealed.event.replicaId === own) ownSeq = Math.max(ownSeq, sealed.event.seq);
    if (ownSeq > 0) await log.markOffered(ownSeq, to);
    if ((await store.facts()).replica?.replicaId === own) return { page, own, ownSeq };
  }
};
