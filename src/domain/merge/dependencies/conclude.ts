/**
 * From settled references to what is written: records, effects on resources, and what the
 * audit says, only where it differs from what is stored.
 */
import type { AuditAct } from '../../audit/audit-act.js';
import { detection } from '../../conflict/conflict-changes.js';
import { closedRecord, isPending, standingRecord, type ConflictRecord } from '../../conflict/conflict-record.js';
import type { Dot } from '../../events/event.js';
import { compareTexts, type ResourceKey } from '../../resource/resource-key.js';
import type { DependencyEffect } from '../../resource/state.js';
import { viewOf } from '../../resource/view.js';
import { appendTo } from '../../shared/append-to.js';
import { canonicalJson } from '../../shared/canonical-json.js';
import type { Policy } from '../../strategies/policy.js';
import type { StoredResource } from '../unit-of-work.js';
import type { Neighbourhood, NeighbourhoodInput } from './neighbourhood.js';
import { dependsOnField, type Participant } from './participant.js';
import { actionOf, type Settlement } from './settle.js';

export interface DependencyDecisions {
  readonly type: 'done';
  /** Of resources that the batch folded; undefined is no effect. Others keep theirs. */
  readonly effects: ReadonlyMap<ResourceKey, DependencyEffect | undefined>;
  /** How many dependency conflicts of a resource are pending. */
  readonly pending: ReadonlyMap<ResourceKey, number>;
  /** Resources without new events whose view changes. */
  readonly neighbours: ReadonlyMap<ResourceKey, StoredResource>;
  readonly records: readonly ConflictRecord[];
  readonly removed: readonly string[];
  /** The sides of these records, and of the removed ones. */
  readonly sides: readonly Dot[];
  readonly acts: readonly AuditAct[];
}

export const conclude = (
  participants: ReadonlyMap<ResourceKey, Participant>,
  settlements: readonly Settlement[],
  { folded, world }: NeighbourhoodInput,
  neighbourhood: Neighbourhood,
  policy: Policy,
): DependencyDecisions => {
  const bySource = settlementsBySource(settlements);
  const effects = effectsOf(participants, settlements);
  const changes: RecordChanges = { records: [], removed: [], sides: [], acts: [] };
  const pending = new Map<ResourceKey, number>();
  const neighbours = new Map<ResourceKey, StoredResource>();
  const ownEffects = new Map<ResourceKey, DependencyEffect | undefined>();

  for (const [key, { state, evaluation }] of participants) {
    const own = bySource.get(key) ?? [];
    changeRecords(own, neighbourhood.recordsOf(key), neighbourhood, changes);
    pending.set(key, own.filter(({ conflict }) => isPending(conflict)).length);
    const effect = effects.get(key);
    if (folded.has(key)) {
      ownEffects.set(key, effect);
      continue;
    }
    const view = viewOf({ ...state, effect }, evaluation, policy.rulesFor(state.resourceType), pending.get(key) ?? 0);
    const isSame =
      canonicalJson(state.effect) === canonicalJson(effect) &&
      world.resources.get(key)?.view.pendingConflicts === view.pendingConflicts;
    if (!isSame) neighbours.set(key, { state: { ...state, effect }, view });
  }
  return { type: 'done', effects: ownEffects, pending, neighbours, ...changes };
};

const settlementsBySource = (settlements: readonly Settlement[]): ReadonlyMap<ResourceKey, readonly Settlement[]> => {
  const bySource = new Map<ResourceKey, Settlement[]>();
  for (const settlement of settlements) appendTo(bySource, settlement.edge.source, settlement);
  for (const own of bySource.values()) own.sort((a, b) => compareTexts(a.conflict.conflictId, b.conflict.conflictId));
  return bySource;
};

const effectsOf = (
  participants: ReadonlyMap<ResourceKey, Participant>,
  settlements: readonly Settlement[],
): ReadonlyMap<ResourceKey, DependencyEffect> => {
  const effects = new Map<ResourceKey, DependencyEffect>();
  const add = (key: ResourceKey, effect: DependencyEffect): void => {
    if (participants.has(key)) effects.set(key, { ...effects.get(key), ...effect });
  };
  for (const { edge, conflict } of settlements) {
    add(edge.source, { disputes: true });
    const action = actionOf(conflict);
    if (action === 'restore') add(edge.target, { existence: 'restore' });
    if (action === 'cascade') add(edge.source, { existence: 'cascade' });
    // `dependsOn` is no field that could be shown as empty.
    if (action === 'detach' && edge.unit.field !== dependsOnField)
      add(edge.source, { detached: [...(effects.get(edge.source)?.detached ?? []), edge.unit.field].sort() });
  }
  return effects;
};

interface RecordChanges {
  readonly records: ConflictRecord[];
  readonly removed: string[];
  readonly sides: Dot[];
  readonly acts: AuditAct[];
}

const changeRecords = (
  settlements: readonly Settlement[],
  before: readonly ConflictRecord[],
  neighbourhood: Neighbourhood,
  { records, removed, sides, acts }: RecordChanges,
): void => {
  const stored = new Map(before.map((record) => [record.conflictId, record]));
  for (const settlement of settlements) {
    const { conflict, closedBy } = settlement;
    const record = closedBy.length > 0 ? closedRecord(conflict, closedBy) : standingRecord(conflict);
    const previous = stored.get(record.conflictId);
    stored.delete(record.conflictId);
    if (previous !== undefined && meaningOf(previous) === meaningOf(record)) continue;
    records.push(record);
    sides.push(...record.siblings);
    if (closedBy.length === 0) acts.push(detection(conflict, undefined));
    else acts.push(...closings(settlement, previous, neighbourhood));
  }
  for (const record of stored.values()) {
    if (record.isSuperseded) continue;
    acts.push({ type: 'ConflictSuperseded', conflictId: record.conflictId });
    sides.push(...record.siblings);
    // A person may be looking at a pending one: it is kept to understand an answer to it (R30).
    if (isPending(record)) records.push({ ...record, isStanding: false, isSuperseded: true });
    else removed.push(record.conflictId);
  }
};

const meaningOf = ({ outcome, strategy, closedBy, isSuperseded }: ConflictRecord): string =>
  canonicalJson([outcome, strategy, closedBy, isSuperseded]);

const closings = (
  { edge, conflict, closedBy }: Settlement,
  previous: ConflictRecord | undefined,
  { historyOf }: Neighbourhood,
): readonly AuditAct[] =>
  closedBy.flatMap((by): readonly AuditAct[] => {
    const closer = historyOf(edge.source)?.graph.get(by)?.item.event;
    if (closer === undefined || previous?.closedBy.includes(by) === true) return [];
    const { agentId, operation } = closer;
    return [{ type: 'ConflictClosed', conflictId: conflict.conflictId, by, agentId, operation }];
  });
