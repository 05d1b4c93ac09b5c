/**
 * The store as one process uses it. It can be told to die at a call: before what was asked is done, or after it was
 * done and before anybody is told. A dead process is answered nothing any more, as nobody is there to be answered.
 * Whatever is committed is told to those who watch, in the order of the commits.
 */
import type { EventStore } from '../../application/ports/event-store.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';

export interface ProcessStore {
  readonly store: EventStore;
  readonly isDead: () => boolean;
  /** Resolves when the process dies. */
  readonly death: Promise<'died'>;
  readonly kill: () => void;
  /** Dies at its so-many-th call from now on. */
  readonly killLater: (calls: number, isAfter: boolean) => void;
  /** Calls that are being answered. */
  readonly busy: () => number;
}

type Through = <Answer>(call: () => Promise<Answer>) => Promise<Answer>;

export const createProcessStore = (inner: EventStore, onCommitted: (work: UnitOfWork) => void): ProcessStore => {
  let isDead = false;
  let announce: (word: 'died') => void = () => undefined;
  const death = new Promise<'died'>((resolve) => {
    announce = resolve;
  });
  let callsLeft = Infinity;
  let diesAfter = false;
  let busy = 0;
  const kill = (): void => {
    isDead = true;
    announce('died');
  };
  const never = (): Promise<never> => new Promise(() => undefined);

  const through: Through = async (call) => {
    if (isDead) return never();
    const isLast = callsLeft <= 0;
    callsLeft -= 1;
    if (isLast && !diesAfter) {
      kill();
      return never();
    }
    busy += 1;
    try {
      const answer = await call();
      if (isLast) kill();
      if (!isDead) return answer;
    } catch (error) {
      if (!isDead) throw error;
    } finally {
      busy -= 1;
    }
    return never();
  };

  const store: EventStore = {
    capabilities: inner.capabilities,
    facts: () => through(() => inner.facts()),
    load: (request) => through(() => inner.load(request)),
    loadHistories: (requests) => through(() => inner.loadHistories(requests)),
    loadWorld: (request) => through(() => inner.loadWorld(request)),
    commit: (work) =>
      through(async () => {
        const outcome = await inner.commit(work);
        if (outcome === 'committed') onCommitted(work);
        return outcome;
      }),
    readEvents: (query) => through(() => inner.readEvents(query)),
    findEvents: (wanted) => through(() => inner.findEvents(wanted)),
    readResource: (ref) => through(() => inner.readResource(ref)),
    readResources: (query) => through(() => inner.readResources(query)),
    readConflicts: (query) => through(() => inner.readConflicts(query)),
    findConflicts: (ids) => through(() => inner.findConflicts(ids)),
    readAudit: (query) => through(() => inner.readAudit(query)),
    readParked: (query) => through(() => inner.readParked(query)),
    readCut: () => through(() => inner.readCut()),
    readGaps: (replicaId) => through(() => inner.readGaps(replicaId)),
    readReplicas: () => through(() => inner.readReplicas()),
    readRefusals: (query) => through(() => inner.readRefusals(query)),
    readReceipts: (remoteId, events) => through(() => inner.readReceipts(remoteId, events)),
    readCursor: (remote) => through(() => inner.readCursor(remote)),
    ...(inner.lease === undefined ? {} : { lease: leaseThrough(inner, through) }),
    counts: () => through(() => inner.counts()),
    ...(inner.checkStructure === undefined ? {} : { checkStructure: checkThrough(inner, through) }),
    watchOthers: (onCommit) => inner.watchOthers(onCommit),
    backup: (destination) => through(() => inner.backup(destination)),
    declareIndexes: (indexes) => through(() => inner.declareIndexes(indexes)),
    // The disk stays when a process ends.
    close: async () => undefined,
  };

  return {
    store,
    isDead: () => isDead,
    death,
    kill,
    killLater: (calls, isAfter) => {
      callsLeft = calls;
      diesAfter = isAfter;
    },
    busy: () => busy,
  };
};

const leaseThrough =
  (inner: EventStore, through: Through): NonNullable<EventStore['lease']> =>
  (request) =>
    through(async () => {
      if (inner.lease === undefined) throw new Error('the store has no leases');
      return inner.lease(request);
    });

const checkThrough =
  (inner: EventStore, through: Through): NonNullable<EventStore['checkStructure']> =>
  () =>
    through(async () => (await inner.checkStructure?.()) ?? []);
