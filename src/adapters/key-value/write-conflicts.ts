/** Writes conflicts, with the entries by which they are found, and what they say of their events. */
import { isOpen, type ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { Dot } from '../../domain/events/event.js';
import type { EventStanding, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { Draft } from './draft.js';
import { keys, type NumberedConflict } from './keys.js';
import { writeStanding } from './write-events.js';

export const fetchForConflicts = async (work: UnitOfWork, draft: Draft): Promise<void> => {
  const ids = [...work.removedConflicts, ...work.conflicts.map(({ conflictId }) => conflictId)];
  await draft.fetch([...ids.map(keys.conflict), ...work.recount.map(keys.conflictsAt)]);
  const before = ids.flatMap((id) => draft.read(keys.conflict(id))?.record ?? []);
  await draft.fetch([...before, ...work.conflicts].flatMap(dotsOf).map(keys.conflictsAt));
  await draft.fetch(work.recount.flatMap((dot) => draft.read(keys.conflictsAt(dot)) ?? []).map(keys.conflict));
};

const dotsOf = ({ siblings, closedBy }: ConflictRecord): readonly Dot[] => [...new Set([...siblings, ...closedBy])];

export const writeConflicts = (work: UnitOfWork, draft: Draft): void => {
  for (const id of work.removedConflicts) {
    const before = draft.read(keys.conflict(id))?.record;
    if (before !== undefined) remove(before, draft);
  }
  for (const record of work.conflicts) {
    const before = draft.read(keys.conflict(record.conflictId));
    if (before !== undefined) remove(before.record, draft);
    const number = before?.number ?? (draft.head.conflicts += 1);
    add({ record, createdAt: before?.createdAt ?? work.audit.time, number }, draft);
  }
  for (const [dot, standing] of work.standings) writeStanding(dot, standing, draft);
  for (const dot of work.recount) writeStanding(dot, standingOf(dot, draft), draft);
};

const add = (numbered: NumberedConflict, draft: Draft): void => {
  const { record } = numbered;
  const { conflictId, unit } = record;
  draft.put(keys.conflict(conflictId), numbered);
  draft.put(keys.conflictOf(record, conflictId), unit.kind);
  if (isOpen(record)) draft.put(keys.open(conflictId), 1);
  for (const dot of dotsOf(record)) {
    const at = draft.read(keys.conflictsAt(dot)) ?? [];
    draft.put(keys.conflictsAt(dot), [...at, conflictId]);
  }
  count(record, 1, draft);
};

const remove = (record: ConflictRecord, draft: Draft): void => {
  const { conflictId } = record;
  draft.remove(keys.conflict(conflictId));
  draft.remove(keys.conflictOf(record, conflictId));
  if (isOpen(record)) draft.remove(keys.open(conflictId));
  for (const dot of dotsOf(record)) {
    const left = (draft.read(keys.conflictsAt(dot)) ?? []).filter((id) => id !== conflictId);
    if (left.length === 0) draft.remove(keys.conflictsAt(dot));
    else draft.put(keys.conflictsAt(dot), left);
  }
  count(record, -1, draft);
};

const count = (record: ConflictRecord, by: 1 | -1, { head: { counts } }: Draft): void => {
  if (record.isSuperseded) return;
  if (isOpen(record)) counts.conflictsPending += by;
  else counts.conflictsResolved += by;
};

/** What the conflicts of its resource, that it is a side of, say of an event. */
const standingOf = (dot: Dot, draft: Draft): EventStanding => {
  const about = (draft.read(keys.conflictsAt(dot)) ?? [])
    .flatMap((id) => draft.read(keys.conflict(id))?.record ?? [])
    .filter((record) => !record.isSuperseded && record.siblings.includes(dot));
  const own = about.filter((record) => isOfResource(record, dot, draft));
  if (own.some(isOpen)) return 'conflict';
  return own.length > 0 ? 'resolved' : 'none';
};

/** A side of a dependency conflict may be an event of another resource. */
const isOfResource = ({ resourceType, resourceId }: ConflictRecord, dot: Dot, draft: Draft): boolean =>
  (draft.read(keys.dot(dot))?.entries ?? []).some(
    ([, , place, type, id]) => place === 'applied' && type === resourceType && id === resourceId,
  );
