/**
 * A replica that turns out to be a copy or an old backup of another goes on under a new id (R8), so that no dot ever
 * names two events.
 */
import type { AuditAct } from '../../domain/audit/audit-act.js';
import { compareDots, dotOf, parseDot } from '../../domain/causality/dot.js';
import { conflictIdOf } from '../../domain/conflict/conflict-identity.js';
import type { Dot, ReknitEvent, ReplicaId, SealedEvent } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import type { RenamedEvent, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { uniqueRefs } from '../../domain/resource/resource-key.js';
import { invariant } from '../../domain/shared/invariant.js';
import { planMerge, type MergeDeps } from '../merge-driver.js';
import { untilCommitted } from '../until-committed.js';
import { neverOffered, underNewDots } from './never-offered.js';

/**
 * Goes on under a new replica id. Own events that were never offered take new dots, with
 * every mention of them; what others may hold keeps its dot.
 *
 * @param theirs events that others hold under this replica's id: what is equal keeps its dot
 * @param givenUp the id that is to be left; where it was left already, by another connection, nothing changes
 */
export const takeNewIdentity = (
  deps: MergeDeps,
  newId: string,
  theirs: readonly SealedEvent[],
  givenUp?: ReplicaId,
): Promise<string> => {
  const { store } = deps;
  const kept = new Set(theirs.map(({ hash }) => hash));
  return untilCommitted(async () => {
    const facts = await store.facts();
    const { replica } = facts;
    invariant(replica !== undefined, 'a store without a replica cannot be renamed');
    if (givenUp !== undefined && replica.replicaId !== givenUp) return replica.replicaId;
    const mine = await neverOffered(store, replica);
    // Whoever has one of them came by it through those before it, whether or not it showed them too.
    const sharedSeq = mine.reduce((most, { hash, event }) => (kept.has(hash) ? Math.max(most, event.seq) : most), 0);
    const own = mine.filter(({ event }) => event.seq > sharedSeq);
    const dots = new Map<Dot, Dot>(own.map(({ dot }, index) => [dot, dotOf(newId as ReplicaId, index + 1)]));
    const renamed = await renameAll(deps, own, dots);
    const acts: readonly AuditAct[] = [
      { type: 'ReplicaRenamed', from: replica.replicaId, to: newId, dots: Object.fromEntries(dots) },
    ];
    const refs = uniqueRefs(own.map(({ event }) => event));
    const loaded = await store.load({ events: [], dueMs: -Infinity, resources: refs });
    if (loaded.audit.count !== facts.audit.count) return 'stale';
    const job = { batch: [], origin: { type: 'received' }, acts, rederive: refs } as const;
    const { work } = await planMerge({ ...deps, store: underNewDots(store, renamed) }, job, loaded);
    invariant(work !== undefined, 'a new identity is always recorded');
    const unit: UnitOfWork = {
      ...work,
      renamed,
      replica: { ...replica, replicaId: newId as ReplicaId, lastSeq: own.length, offeredSeq: 0 },
    };
    return (await store.commit(unit)) === 'committed' ? newId : 'stale';
  });
};

const renameAll = async (
  { store, system }: MergeDeps,
  own: readonly SealedEvent[],
  dots: ReadonlyMap<Dot, Dot>,
): Promise<readonly RenamedEvent[]> => {
  const claims = [...new Set(own.flatMap(({ event }) => event.conflictId ?? []))];
  const records = new Map((await store.findConflicts(claims)).map(({ record }) => [record.conflictId, record]));
  const renameDots = (list: readonly Dot[]): readonly Dot[] =>
    list.map((dot) => dots.get(dot) ?? dot).sort(compareDots);
  return own.map(({ event, dot }) => {
    const to = parseDot(dots.get(dot) ?? dot);
    invariant(to !== undefined, `${dot} has no new dot`);
    const record = event.conflictId === undefined ? undefined : records.get(event.conflictId);
    const conflictId =
      record === undefined
        ? event.conflictId
        : conflictIdOf(system.sha256, record.resourceType, record.resourceId, record.unit, renameDots(record.siblings));
    const renamed: ReknitEvent = {
      ...event,
      replicaId: to.replicaId,
      seq: to.seq,
      parents: renameDots(event.parents),
      was: dot,
      ...(event.sees === undefined ? {} : { sees: renameDots(event.sees) }),
      ...(conflictId === undefined ? {} : { conflictId }),
    };
    const sealed = parseEvent(renamed, system.sha256);
    invariant(sealed.ok, `event ${dot} does not fit under its new dot`);
    return { from: dot, sealed: sealed.value };
  });
};
