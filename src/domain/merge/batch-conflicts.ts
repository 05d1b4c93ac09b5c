/** The conflicts within resources that a batch changes, and what that says of the events in them. */
import { conflictChanges, type ConflictChanges } from '../conflict/conflict-changes.js';
import { isPending, type StandingConflict } from '../conflict/conflict-record.js';
import { evaluate, type Evaluation } from '../conflict/evaluate.js';
import type { Dot, ReknitEvent } from '../events/event.js';
import type { ResourceKey } from '../resource/resource-key.js';
import type { ResourceState } from '../resource/state.js';
import type { FoldContext, FoldedResource } from './fold-resources.js';
import type { EventStanding, UnitOfWork } from './unit-of-work.js';

export const collectConflicts = (
  folded: ReadonlyMap<ResourceKey, FoldedResource>,
  evaluations: ReadonlyMap<ResourceKey, Evaluation>,
  context: FoldContext,
): readonly ConflictChanges[] => {
  const all: ConflictChanges[] = [];
  for (const [key, { before, closures, records, isWhole, appended }] of folded) {
    const standing = evaluations.get(key)?.conflicts ?? [];
    const own = records.filter(({ unit }) => unit.kind !== 'dependency');
    // What is on record was perhaps decided under another policy (R40): that is what stood before.
    const standingBefore = isWhole ? own.filter(({ isStanding }) => isStanding) : conflictsIn(before, context);
    // The usual case, of a resource that is undisputed.
    if (standing.length === 0 && standingBefore.length === 0 && closures.length === 0 && records.length === 0) continue;
    const closers = new Set(closures.map(({ closer }) => closer.dot));
    const events = new Map<Dot, ReknitEvent>();
    for (const { sealed } of appended) if (closers.has(sealed.dot)) events.set(sealed.dot, sealed.event);
    const changes = conflictChanges(
      { standing: standingBefore, records: own, isWhole },
      standing,
      closures,
      (dot) => events.get(dot)?.conflictId,
      (dot) => events.has(dot),
    );
    if (changes !== undefined) all.push(changes);
  }
  return all;
};

const conflictsIn = (
  state: ResourceState | undefined,
  { policy, sha256 }: FoldContext,
): readonly StandingConflict[] => {
  if (state === undefined) return [];
  return isContested(state) ? evaluate(state, policy, sha256).conflicts : [];
};

const isContested = (state: ResourceState): boolean => {
  if (state.existence.length > 1) return true;
  for (const { siblings } of state.units.values()) if (siblings.length > 1) return true;
  return false;
};

/**
 * Which events are now part of a pending or a decided conflict, and which left one. Sides of conflicts about references
 * may stand in others besides, within their resource: what they stand in is then read off the records.
 */
export const standingsOf = (
  conflicts: readonly ConflictChanges[],
  sidesOfReferences: readonly Dot[],
  hasDisputes: boolean,
): Pick<UnitOfWork, 'standings' | 'recount'> => {
  const standings = new Map<Dot, EventStanding>();
  const recount: Dot[] = [...sidesOfReferences];
  for (const { standing, touched, closed, left } of conflicts) {
    const pending = new Set(standing.filter(isPending).flatMap(({ siblings }) => siblings));
    const decided = new Set([...standing, ...closed].flatMap(({ siblings }) => siblings));
    for (const { siblings } of [...touched, ...closed, { siblings: left }])
      for (const dot of siblings) {
        if (pending.has(dot)) standings.set(dot, 'conflict');
        else if (decided.has(dot)) standings.set(dot, 'resolved');
        else recount.push(dot);
      }
  }
  if (hasDisputes) for (const dot of standings.keys()) recount.push(dot);
  return { standings, recount };
};
