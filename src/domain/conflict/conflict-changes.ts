/**
 * What a merge changes in the conflict log of one resource (R20): the log is a function of
 * the event set, and the audit tells how this replica came to it.
 */
import { compareDots } from '../causality/dot.js';
import type { AuditAct } from '../audit/audit-act.js';
import type { Dot } from '../events/event.js';
import type { Closure } from '../resource/evolve-context.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { isSameUnit } from './conflict-identity.js';
import {
  closedRecord,
  isPending,
  standingRecord,
  type ConflictRecord,
  type StandingConflict,
} from './conflict-record.js';

export interface ConflictChanges {
  /** Written over what stands under their ids. */
  readonly records: readonly ConflictRecord[];
  /** Ids that are no part of the log any more. */
  readonly removed: readonly string[];
  /** All that stand now. */
  readonly standing: readonly StandingConflict[];
  /** Those of them that are new, or have another answer. */
  readonly touched: readonly StandingConflict[];
  /** All that the folded events closed, whether their records changed or not. */
  readonly closed: readonly ConflictRecord[];
  /** Siblings of conflicts that are gone without a trace in the log. */
  readonly left: readonly Dot[];
  readonly acts: readonly AuditAct[];
}

export interface ConflictsBefore {
  readonly standing: readonly StandingConflict[];
  /** Records that are known: all of a whole history, or those closed in the loaded part. */
  readonly records: readonly ConflictRecord[];
  /** Whether `records` is the whole log, so that what is closed no longer must go. */
  readonly isWhole: boolean;
}

export const conflictChanges = (
  before: ConflictsBefore,
  standing: readonly StandingConflict[],
  closures: readonly Closure[],
  claims: (dot: Dot) => string | undefined,
  isNew: (dot: Dot) => boolean,
): ConflictChanges | undefined => {
  if (before.standing.length === 0 && standing.length === 0 && closures.length === 0 && before.records.length === 0)
    return undefined;
  const acts: AuditAct[] = [];
  const records: ConflictRecord[] = [];
  const removed: string[] = [];
  const left: Dot[] = [];
  const standingIds = new Set(standing.map(({ conflictId }) => conflictId));
  const known = new Map(before.records.map((record) => [record.conflictId, record]));
  const beforeById = new Map(before.standing.map((conflict) => [conflict.conflictId, conflict]));

  const closed = closedRecords(closures, known, before.isWhole);
  const closedIds = new Set(closed.map(({ conflictId }) => conflictId));
  for (const { conflict, closer } of closures) {
    if (!isNew(closer.dot)) continue;
    const claim = claims(closer.dot);
    acts.push({
      type: 'ConflictClosed',
      conflictId: conflict.conflictId,
      by: closer.dot,
      agentId: closer.agentId,
      operation: closer.operation,
      ...(claim === undefined ? {} : { claims: claim }),
    });
  }
  records.push(...closed.filter((record) => !isSameRecord(known.get(record.conflictId), record)));

  const gone = before.standing.filter(({ conflictId }) => !standingIds.has(conflictId) && !closedIds.has(conflictId));
  const touched: StandingConflict[] = [];
  for (const conflict of standing) {
    const previous = beforeById.get(conflict.conflictId);
    if (previous !== undefined && decisionOf(previous) === decisionOf(conflict)) {
      if (before.isWhole && known.get(conflict.conflictId)?.isStanding !== true) records.push(standingRecord(conflict));
      continue;
    }
    records.push(standingRecord(conflict));
    touched.push(conflict);
    acts.push(detection(conflict, previous === undefined ? successorOf(conflict, gone) : undefined));
  }

  for (const conflict of gone) {
    const successor = standing.find((other) => isSameUnit(other.unit, conflict.unit))?.conflictId;
    acts.push({
      type: 'ConflictSuperseded',
      conflictId: conflict.conflictId,
      ...(successor === undefined ? {} : { by: successor }),
    });
    if (isPending(conflict)) records.push({ ...standingRecord(conflict), isStanding: false, isSuperseded: true });
    else removed.push(conflict.conflictId);
    left.push(...conflict.siblings);
  }
  if (before.isWhole) {
    for (const record of before.records) {
      const stays = standingIds.has(record.conflictId) || closedIds.has(record.conflictId) || record.isSuperseded;
      if (stays || beforeById.has(record.conflictId)) continue;
      removed.push(record.conflictId);
      left.push(...record.siblings);
    }
  }
  return { records, removed, standing, touched, closed, left, acts };
};

const closedRecords = (
  closures: readonly Closure[],
  known: ReadonlyMap<string, ConflictRecord>,
  isWhole: boolean,
): readonly ConflictRecord[] => {
  const closers = new Map<string, { readonly closure: Closure; readonly dots: Set<Dot> }>();
  for (const closure of closures) {
    const entry = closers.get(closure.conflict.conflictId);
    if (entry !== undefined) {
      entry.dots.add(closure.closer.dot);
      continue;
    }
    const earlier = isWhole ? [] : (known.get(closure.conflict.conflictId)?.closedBy ?? []);
    closers.set(closure.conflict.conflictId, { closure, dots: new Set([...earlier, closure.closer.dot]) });
  }
  return [...closers.values()].map(({ closure, dots }) => closedRecord(closure.conflict, [...dots].sort(compareDots)));
};

const isSameRecord = (known: ConflictRecord | undefined, record: ConflictRecord): boolean =>
  known !== undefined &&
  !known.isStanding &&
  !known.isSuperseded &&
  known.closedBy.length === record.closedBy.length &&
  known.closedBy.every((dot, index) => dot === record.closedBy[index]);

/** What was decided, and by whom: another strategy with the same answer is another decision. */
const decisionOf = ({ outcome, strategy }: StandingConflict): string => canonicalJson([outcome, strategy]);

const successorOf = (conflict: StandingConflict, gone: readonly StandingConflict[]): string | undefined =>
  gone.find((other) => isSameUnit(other.unit, conflict.unit))?.conflictId;

/** What the audit says of a conflict that is new here, or has a new answer. */
export const detection = (conflict: StandingConflict, extendsId: string | undefined): AuditAct => {
  const about = {
    conflictId: conflict.conflictId,
    conflictType: conflict.conflictType,
    resourceType: conflict.resourceType,
    resourceId: conflict.resourceId,
    unit: conflict.unit,
    siblings: conflict.siblings,
    ...(conflict.strategy === undefined ? {} : { strategy: conflict.strategy }),
    ...(extendsId === undefined ? {} : { extends: extendsId }),
  };
  const { outcome } = conflict;
  if (outcome.type !== 'pending') return { type: 'ConflictDecided', ...about, outcome };
  return { type: 'ConflictDetected', ...about, ...(outcome.error === undefined ? {} : { error: outcome.error }) };
};
