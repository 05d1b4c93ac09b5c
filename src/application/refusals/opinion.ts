/** What a remote said of events, held against what is known here: which refusals are new, and which hold no longer. */
import type { AuditAct } from '../../domain/audit/audit-act.js';
import { parseDot } from '../../domain/causality/dot.js';
import type { SealedEvent } from '../../domain/events/event.js';
import type { EventName, Refusal } from '../../domain/merge/unit-of-work.js';
import type { EventStore } from '../ports/event-store.js';
import type { PublishedRefusal } from '../ports/remote.js';
import { nameOf, refusalPages, storedByName } from './stored-refusals.js';

/** What came in one answer. */
export interface RemoteOpinion {
  /** The remote's id. */
  readonly by: string;
  readonly refused: readonly PublishedRefusal[];
  /** Events that the remote holds: a refusal of one of them holds no longer. */
  readonly accepted: readonly EventName[];
  /** It answered this replica just now; otherwise it is read from its log, and may be long past. */
  readonly isVerdict: boolean;
}

export interface OpinionChanges {
  readonly refusals: readonly Refusal[];
  readonly withdraw: readonly SealedEvent[];
  readonly readmit: readonly SealedEvent[];
  readonly acts: readonly AuditAct[];
}

/** What an answer changes; undefined where it says nothing new. */
export const changesBy = async (
  store: EventStore,
  { by, refused, accepted, isVerdict }: RemoteOpinion,
  at: string,
): Promise<OpinionChanges | undefined> => {
  // Most replicas never had anything refused, and then there is nothing to lift.
  if (refused.length === 0 && (await store.readRefusals({ after: 0, limit: 1 })).items.length === 0) return undefined;
  const isAccepted = new Set(accepted.map(nameOf));
  const dots = [...new Set([...refused, ...accepted].map(({ dot }) => dot))];
  const known = new Map<string, Refusal>();
  for await (const page of refusalPages(store, dots))
    for (const { position: _position, ...refusal } of page) known.set(nameOf(refusal), refusal);

  const lifted = accepted.flatMap((name) => {
    const refusal = known.get(nameOf(name));
    return refusal === undefined || refusal.status === 'accepted' ? [] : [refusal];
  });
  const fresh = refused.flatMap((one): readonly Refusal[] => {
    if (isAccepted.has(nameOf(one))) return [];
    const before = known.get(nameOf(one));
    // What stands in the log may have been decided about since; an answer of this moment says how it is now.
    if (before !== undefined && (!isVerdict || before.status === 'shelved')) return [];
    const { dot, hash, eventId, code, message } = one;
    return [{ dot, hash, eventId, code, message: message.slice(0, 500).toWellFormed(), by, at, status: 'pending' }];
  });
  if (lifted.length === 0 && fresh.length === 0) return undefined;

  const { replica } = await store.facts();
  const stored = await storedByName(store, [...lifted, ...fresh]);
  const readmit = lifted.flatMap((refusal) => {
    const event = stored.get(nameOf(refusal));
    return event?.place === 'refused' ? [event.sealed] : [];
  });
  const own = fresh.filter(({ dot }) => parseDot(dot)?.replicaId === replica?.replicaId);
  const withdraw = own.flatMap((refusal) => {
    const event = stored.get(nameOf(refusal));
    return event?.place === 'applied' || event?.place === 'parked' ? [event.sealed] : [];
  });
  const foreign = fresh.filter((refusal) => !own.includes(refusal));
  const [first] = foreign;
  return {
    refusals: [...lifted.map((refusal): Refusal => ({ ...refusal, status: 'accepted' })), ...fresh],
    withdraw,
    readmit,
    acts: [
      ...own.map(({ dot, code, message }): AuditAct => ({ type: 'EventRejected', dot, code, message, by })),
      ...(first === undefined ? [] : [{ type: 'RefusalsNoted', count: foreign.length, first: first.dot, by } as const]),
      ...lifted.map(({ dot }): AuditAct => ({ type: 'RejectedEventAccepted', dot })),
    ],
  };
};
