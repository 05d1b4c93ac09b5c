/**
 * Refusals by a hub (R9). What the hub published is a durable fact: an own event that it names
 * leaves the state, with everything built on it, and stays stored with the reason until
 * somebody decides. It can be sent again, recorded anew on the current heads, or shelved.
 *
 * Foreign events that the hub refused stay as they are, and status and digest say so: only
 * their authors can take them back.
 */
import type { AuditAct } from '../domain/audit/audit-act.js';
import { appendEntry } from '../domain/audit/audit-chain.js';
import { parseDot } from '../domain/causality/dot.js';
import { msToTimestamp } from '../domain/clock/timestamp.js';
import type { Dot, ReknitEvent, ResourceRef, SealedEvent } from '../domain/events/event.js';
import { emptyUnitOfWork, type EventName, type Refusal, type UnitOfWork } from '../domain/merge/unit-of-work.js';
import type { Change } from '../domain/resource/change.js';
import { resourceKeyOf, uniqueRefs } from '../domain/resource/resource-key.js';
import { ReknitError } from '../domain/shared/errors.js';
import { checkText } from './argument-checks.js';
import { runMerge, type MergeDeps } from './merge-driver.js';
import { pages } from './pages.js';
import type { EventStore, StoreFacts, StoredEvent } from './ports/event-store.js';
import type { PublishedRefusal } from './ports/remote.js';
import { untilCommitted } from './until-committed.js';

/** An own event that a hub refused. */
export interface RejectedOwnEvent {
  readonly eventId: string;
  readonly dot: Dot;
  readonly code: string;
  readonly message: string;
  readonly event: ReknitEvent;
  /** The remote that refused it. */
  readonly by: string;
  /** When this replica learned of it. */
  readonly at: string;
  /** Somebody asked for it to be sent again, and there is no answer yet. */
  readonly isRetrying: boolean;
}

export interface RefusalsDeps extends MergeDeps {
  /** Records a change as the agent; answers its event. */
  readonly record: (change: Change, agentId: string) => Promise<ReknitEvent>;
  readonly onChanged: (changed: readonly ResourceRef[], conflictIds: readonly string[]) => void;
}

/** What a remote said of events, in one answer. */
export interface RemoteOpinion {
  /** The remote's id. */
  readonly by: string;
  readonly refused: readonly PublishedRefusal[];
  /** Events that the remote holds: a refusal of one of them holds no longer. */
  readonly accepted: readonly EventName[];
  /** It answered this replica just now; otherwise it is read from its log, and may be long past. */
  readonly isVerdict: boolean;
}

export interface Refusals {
  readonly applyRefusals: (opinion: RemoteOpinion) => Promise<void>;
  readonly listRejected: () => Promise<readonly RejectedOwnEvent[]>;
  readonly retry: (eventId: string) => Promise<void>;
  /** Parents first. */
  readonly retries: () => Promise<readonly SealedEvent[]>;
  readonly reissue: (eventId: string) => Promise<ReknitEvent>;
  readonly shelve: (eventId: string) => Promise<void>;
}

const pageSize = 1_000;
/** The code of what is refused only because something before it was. */
const parentRefused = 'parent_refused';

export const createRefusals = (deps: RefusalsDeps): Refusals => {
  const { store, system } = deps;

  const applyRefusals: Refusals['applyRefusals'] = async (opinion) => {
    if (opinion.refused.length === 0 && opinion.accepted.length === 0) return;
    const changes = await changesBy(store, opinion, msToTimestamp(system.clock()));
    if (changes === undefined) return;
    const { refusals, withdraw, readmit, acts } = changes;
    const withRefusals = (work: UnitOfWork): UnitOfWork => ({ ...work, refusals });
    if (withdraw.length === 0 && readmit.length === 0) return commitRefusals(deps, refusals, acts);
    const readmitted = new Set(readmit.map(({ dot }) => dot));
    const report = await runMerge(deps, {
      batch: [],
      origin: { type: 'received' },
      acts,
      rederive: uniqueRefs([...withdraw, ...readmit].map(({ event }) => event)),
      refusals: { withdraw: new Set(withdraw.map(({ dot }) => dot)), readmit: readmitted },
      // What the hub has accepted it has durably.
      complete: (work) =>
        withRefusals({
          ...work,
          append: work.append.map((one) => (readmitted.has(one.sealed.dot) ? { ...one, isLocal: false } : one)),
        }),
    });
    deps.onChanged(report.changed, report.conflictIds);
  };

  const rejected = async (statuses: readonly Refusal['status'][]): Promise<readonly Rejected[]> => {
    const found: Rejected[] = [];
    for await (const page of pages((query: RefusalQuery) => store.readRefusals(query), { after: 0, limit: pageSize })) {
      const open = page.filter(({ status }) => statuses.includes(status));
      const stored = await storedByName(store, open);
      for (const refusal of open) {
        const event = stored.get(nameOf(refusal));
        if (event?.place === 'refused') found.push({ refusal, sealed: event.sealed });
      }
    }
    return found;
  };

  const find = async (eventId: string): Promise<Rejected> => {
    checkText(eventId, 'eventId');
    const one = (await rejected(['pending', 'retrying'])).find(({ refusal }) => refusal.eventId === eventId);
    if (one === undefined)
      throw new ReknitError(
        'event_not_rejected',
        `no event "${eventId}" waits here for a decision after a refusal: rejected.list() names those that do`,
        { eventId },
      );
    return one;
  };

  const shelve = async ({ refusal }: Rejected, act: AuditAct): Promise<void> =>
    commitRefusals(deps, [{ ...refusal, status: 'shelved' }], [act]);

  return {
    applyRefusals,
    listRejected: async () =>
      (await rejected(['pending', 'retrying'])).map(({ refusal, sealed }) => ({
        eventId: refusal.eventId,
        dot: refusal.dot,
        code: refusal.code,
        message: refusal.message,
        event: sealed.event,
        by: refusal.by,
        at: refusal.at,
        isRetrying: refusal.status === 'retrying',
      })),
    retry: async (eventId) => {
      const one = await find(eventId);
      const again = [one, ...descendantsOf(one, await rejected(['pending']))];
      await commitRefusals(
        deps,
        again.map(({ refusal }) => ({ ...refusal, status: 'retrying' })),
        again.map(({ refusal }) => ({ type: 'RejectedEventRetried', dot: refusal.dot })),
      );
    },
    retries: async () =>
      (await rejected(['retrying'])).map(({ sealed }) => sealed).sort((a, b) => a.event.seq - b.event.seq),
    reissue: async (eventId) => {
      const one = await find(eventId);
      const { event } = one.sealed;
      // Derived, so that a repeated call after a crash half way records nothing twice.
      const reissuedId = system.sha256(`reissue ${one.sealed.hash}`).slice(0, 32);
      const reissued = await deps.record(changeOf(event, reissuedId), event.agentId);
      await shelve(one, { type: 'RejectedEventReissued', dot: one.refusal.dot, eventId: reissued.eventId });
      return reissued;
    },
    shelve: async (eventId) => {
      const one = await find(eventId);
      await shelve(one, { type: 'RejectedEventShelved', dot: one.refusal.dot });
    },
  };
};

interface Rejected {
  readonly refusal: Refusal;
  readonly sealed: SealedEvent;
}

type RefusalQuery = Parameters<EventStore['readRefusals']>[0];

const nameOf = ({ dot, hash }: EventName): string => `${dot} ${hash}`;

const storedByName = async (
  store: EventStore,
  names: readonly EventName[],
): Promise<ReadonlyMap<string, StoredEvent>> => {
  if (names.length === 0) return new Map();
  const stored = await store.findEvents({ dots: names.map(({ dot }) => dot) });
  return new Map(stored.map((event) => [nameOf(event.sealed), event]));
};

interface OpinionChanges {
  readonly refusals: readonly Refusal[];
  readonly withdraw: readonly SealedEvent[];
  readonly readmit: readonly SealedEvent[];
  readonly acts: readonly AuditAct[];
}

/** What an answer changes; undefined where it says nothing new. */
const changesBy = async (
  store: EventStore,
  { by, refused, accepted, isVerdict }: RemoteOpinion,
  at: string,
): Promise<OpinionChanges | undefined> => {
  const isAccepted = new Set(accepted.map(nameOf));
  const dots = [...new Set([...refused, ...accepted].map(({ dot }) => dot))];
  const known = new Map<string, Refusal>();
  for await (const page of pages((query: RefusalQuery) => store.readRefusals(query), {
    after: 0,
    limit: pageSize,
    dots,
  }))
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

/** Those that were refused only because this one was. */
const descendantsOf = ({ sealed }: Rejected, others: readonly Rejected[]): readonly Rejected[] => {
  const reached = new Set<Dot>([sealed.dot]);
  const key = resourceKeyOf(sealed.event);
  return others
    .filter(({ refusal, sealed: other }) => refusal.code === parentRefused && resourceKeyOf(other.event) === key)
    .sort((a, b) => a.sealed.event.seq - b.sealed.event.seq)
    .filter(({ sealed: other }) => {
      const isBuiltOnIt = other.event.parents.some((parent) => reached.has(parent));
      if (isBuiltOnIt) reached.add(other.dot);
      return isBuiltOnIt;
    });
};

const changeOf = (event: ReknitEvent, eventId: string): Change => {
  const { resourceType, resourceId, operation, payload, conflictId, agentId, note, priority, dependsOn } = event;
  return {
    resourceType,
    resourceId,
    operation,
    payload,
    ...(conflictId === undefined ? {} : { conflictId }),
    options: {
      eventId,
      agentId,
      ...(note === undefined ? {} : { note }),
      ...(priority === undefined ? {} : { priority }),
      ...(dependsOn === undefined ? {} : { dependsOn }),
    },
  };
};

/** Notes that change no state. */
const commitRefusals = async (
  { store, system, policy }: MergeDeps,
  refusals: readonly Refusal[],
  acts: readonly AuditAct[],
): Promise<void> => {
  await untilCommitted(async () => {
    const facts: StoreFacts = await store.facts();
    if (facts.replica === undefined)
      throw new ReknitError('replica_missing', 'this store has no replica yet: open it with openReplica');
    const fingerprint = facts.policy?.fingerprint ?? policy.fingerprint;
    return store.commit({
      ...emptyUnitOfWork,
      basedOn: facts.audit.count,
      replica: facts.replica,
      refusals,
      audit: appendEntry(facts.audit, msToTimestamp(system.clock()), fingerprint, acts, system.sha256),
    });
  });
};
