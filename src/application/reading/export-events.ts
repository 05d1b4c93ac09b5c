/** Events on their way out without a remote: into a bundle, or wherever the embedder takes them. */
import { parseCut, type Cut } from '../../domain/causality/version-vector.js';
import type { ReknitEvent } from '../../domain/events/event.js';
import { checkTextOrNone } from '../argument-checks.js';
import type { OfflineEventLog } from '../offline-event-log.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import { eventPage } from '../pages.js';
import type { EventQuery, EventStore, Page, StoredEvent } from '../ports/event-store.js';

export interface ExportDeps {
  readonly store: EventStore;
  readonly log: OfflineEventLog;
}

export interface ExportQuery {
  /** What the other side has already. */
  readonly since?: Cut;
  readonly resourceType?: string;
}

const pageSize = 2_000;

/**
 * What there is when it begins, and what others sent meanwhile. What is written here meanwhile is not offered yet (R7),
 * and may get another dot: where this replica goes on under a new id in the middle (R8), what is numbered under that one
 * was all written since.
 */
export async function* exportEvents(
  { store, log }: ExportDeps,
  { since, resourceType }: ExportQuery,
): AsyncIterable<ReknitEvent> {
  checkTextOrNone(resourceType, 'resourceType');
  const query = {
    limit: pageSize,
    ...(since === undefined ? {} : { since: parseCut(since) }),
    ...(resourceType === undefined ? {} : { resourceType }),
  };
  const begun = await offerAll({ store, log });
  const takenSince = new Set<string>();
  const isNew = ({ replicaId, seq }: ReknitEvent): boolean =>
    takenSince.has(replicaId) || (replicaId === begun?.replicaId && seq > begun.lastSeq);
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Page<StoredEvent> = await readUnderOneId(store, { ...query, after }, (id) => {
      if (id !== begun?.replicaId) takenSince.add(id);
    });
    // What a hub refused leaves by no other way either (R9).
    for (const { sealed, place } of page.items) if (place !== 'refused' && !isNew(sealed.event)) yield sealed.event;
    after = page.next;
  }
}

/** R7: what may leave from here on is marked before its first byte does. Answers who this replica was then. */
const offerAll = async ({ store, log }: ExportDeps): Promise<ReplicaFacts | undefined> => {
  for (;;) {
    const { replica } = await store.facts();
    if (replica === undefined || replica.lastSeq <= replica.offeredSeq) return replica;
    await log.idle();
    await log.markOffered(replica.lastSeq, 'an export');
    // Numbers of an id that was given up meanwhile say nothing of the new one's.
    if ((await store.facts()).replica?.replicaId === replica.replicaId) return replica;
  }
};

/** A page on which no event stands under a dot that is being given up. */
const readUnderOneId = async (
  store: EventStore,
  query: EventQuery,
  onId: (replicaId: string) => void,
): Promise<Page<StoredEvent>> => {
  for (;;) {
    const before = (await store.facts()).replica?.replicaId;
    const page = await eventPage(store, query);
    if (before !== undefined) onId(before);
    if ((await store.facts()).replica?.replicaId === before) return page;
  }
};
