/** Events on their way out without a remote: into a bundle, or wherever the embedder takes them. */
import { parseCut, type Cut } from '../../domain/causality/version-vector.js';
import type { ReknitEvent } from '../../domain/events/event.js';
import { checkTextOrNone } from '../argument-checks.js';
import type { OfflineEventLog } from '../offline-event-log.js';
import type { EventStore } from '../ports/event-store.js';

export interface ExportDeps {
  readonly store: EventStore;
  readonly log: OfflineEventLog;
}

export interface ExportQuery {
  /** What the other side has already. */
  readonly since?: Cut;
  readonly resourceType?: string;
}

export async function* exportEvents(
  { store, log }: ExportDeps,
  { since, resourceType }: ExportQuery,
): AsyncIterable<ReknitEvent> {
  checkTextOrNone(resourceType, 'resourceType');
  const query = {
    ...(since === undefined ? {} : { since: parseCut(since) }),
    ...(resourceType === undefined ? {} : { resourceType }),
  };
  const { replica } = await store.facts();
  // R7: what may leave from here on is marked before its first byte does.
  if (replica !== undefined && replica.lastSeq > replica.offeredSeq) {
    await log.idle();
    await log.markOffered(replica.lastSeq, 'an export');
  }
  for await (const { sealed, place } of log.query(query)) {
    // What a hub refused leaves by no other way either (R9).
    if (place === 'refused') continue;
    if (sealed.event.replicaId === replica?.replicaId && sealed.event.seq > replica.lastSeq) continue;
    yield sealed.event;
  }
}
