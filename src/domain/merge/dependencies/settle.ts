/**
 * What becomes of references to deleted resources (R26, R27): restores grow to a least
 * fixpoint, then cascades do, then the rest is detached or waits for a person.
 *
 * Each stage goes in rounds that are taken as a whole: what one round finds counts from the
 * next one on, so the order in which references are looked at cannot matter.
 */
import { decide } from '../../conflict/evaluate.js';
import type { StandingConflict } from '../../conflict/conflict-record.js';
import { disagreement, type ConflictSide, type Disagreement } from '../../conflict/detect.js';
import type { Dot } from '../../events/event.js';
import { refOfKey, type ResourceKey } from '../../resource/resource-key.js';
import type { DependencyAction } from '../../strategies/merge-strategy.js';
import type { FoldContext } from '../fold-resources.js';
import type { Gathering } from './gather.js';
import type { Neighbourhood } from './neighbourhood.js';
import type { Edge } from './participant.js';
import { haveSeenEachOther, type Deletion } from './sight.js';

/** A conflict about a reference, with what was decided and what that changes. */
export interface Settlement {
  readonly edge: Edge;
  readonly conflict: StandingConflict;
  /** The resolves that leave it dangling (R28); empty where it stands. */
  readonly closedBy: readonly Dot[];
}

interface OpenConflict {
  readonly edge: Edge;
  readonly conflict: StandingConflict;
  readonly deletions: readonly Deletion[];
}

export const settle = (
  { participants, edges }: Gathering,
  neighbourhood: Neighbourhood,
  { policy, sha256 }: FoldContext,
): readonly Settlement[] => {
  const restored = new Set<ResourceKey>();
  /** What fell in a cascade, with the deletes behind it. */
  const cascaded = new Map<ResourceKey, readonly Deletion[]>();
  const settlements: Settlement[] = [];

  const isLive = (key: ResourceKey): boolean =>
    !cascaded.has(key) && (restored.has(key) || participants.get(key)?.evaluation.deleted === false);
  const own = new Map(
    [...participants].map(([key, { deletes }]) => [key, deletes.map((facts) => ({ facts, owner: key }))]),
  );
  const ownDeletions = (key: ResourceKey): readonly Deletion[] => own.get(key) ?? nobody;
  /** Why it is gone; nothing where it is not. */
  const deletionsBehind = (key: ResourceKey): readonly Deletion[] =>
    cascaded.get(key) ?? (isLive(key) ? nobody : ownDeletions(key));

  const conflictOver = (edge: Edge, deletions: readonly Deletion[]): Disagreement | undefined => {
    const history = neighbourhood.historyOf(edge.source);
    if (deletions.length === 0 || haveSeenEachOther(edge, deletions, neighbourhood)) return undefined;
    const writes = edge.writes.flatMap((dot): readonly ConflictSide[] => {
      const node = history?.graph.get(dot);
      return node === undefined ? [] : [{ facts: node.item.facts, value: 'reference' }];
    });
    const deletes = deletions.map(({ facts }): ConflictSide => ({ facts, value: 'deleted' }));
    return disagreement(refOfKey(edge.source), edge.unit, [...writes, ...deletes], sha256);
  };
  const keepersOf = (edge: Edge, { conflictId }: Disagreement): readonly Dot[] =>
    (participants.get(edge.source)?.state.kept ?? []).flatMap((kept) =>
      kept.conflictId === conflictId ? [kept.dot] : [],
    );

  const ask = (edge: Edge, deletions: readonly Deletion[]): readonly OpenConflict[] => {
    const conflict = conflictOver(edge, deletions);
    if (conflict === undefined || keepersOf(edge, conflict).length > 0) return [];
    return [{ edge, conflict: decide(conflict, policy.rulesFor(conflict.resourceType), undefined), deletions }];
  };
  const answers = new Map<Edge, { readonly deletions: readonly Deletion[]; readonly open: readonly OpenConflict[] }>();
  /** The conflicts that could stand now, each with what its strategy says; nobody is asked twice about the same. */
  const openConflicts = (): readonly OpenConflict[] =>
    edges.flatMap((edge): readonly OpenConflict[] => {
      if (!isLive(edge.source)) return [];
      const deletions = deletionsBehind(edge.target);
      const known = answers.get(edge);
      if (known?.deletions === deletions) return known.open;
      const open = ask(edge, deletions);
      answers.set(edge, { deletions, open });
      return open;
    });
  const round = (action: DependencyAction): readonly OpenConflict[] =>
    openConflicts().filter(({ conflict }) => actionOf(conflict) === action);
  const note = ({ edge, conflict }: OpenConflict): void => {
    settlements.push({ edge, conflict, closedBy: [] });
  };

  for (let found = round('restore'); found.length > 0; found = round('restore'))
    for (const open of found) {
      restored.add(open.edge.target);
      note(open);
    }

  const mayDie = ({ edge }: OpenConflict): boolean => !restored.has(edge.source);
  for (let found = round('cascade').filter(mayDie); found.length > 0; found = round('cascade').filter(mayDie)) {
    const fallen = new Map<ResourceKey, Map<Dot, Deletion>>();
    for (const open of found) {
      note(open);
      const behind = fallen.get(open.edge.source) ?? new Map<Dot, Deletion>();
      for (const deletion of open.deletions) behind.set(deletion.facts.dot, deletion);
      fallen.set(open.edge.source, behind);
    }
    for (const [key, deletions] of fallen) cascaded.set(key, [...deletions.values()]);
  }

  // What remains is detached or pending: a restore of what cascaded, and a cascade of what was restored, too.
  for (const open of openConflicts()) {
    const waits = actionOf(open.conflict) !== 'detach' && open.conflict.outcome.type !== 'pending';
    note(waits ? { ...open, conflict: { ...open.conflict, outcome: { type: 'pending' } } } : open);
  }

  // What a person left dangling stays closed, whoever is live by now (R28).
  for (const edge of edges)
    for (const deletions of [ownDeletions(edge.target), cascaded.get(edge.target) ?? nobody]) {
      const conflict = conflictOver(edge, deletions);
      const closedBy = conflict === undefined ? [] : keepersOf(edge, conflict);
      if (conflict === undefined || closedBy.length === 0) continue;
      settlements.push({ edge, conflict: { ...conflict, outcome: { type: 'closed' }, strategy: undefined }, closedBy });
    }
  return settlements;
};

const nobody: readonly Deletion[] = [];

export const actionOf = ({ outcome }: StandingConflict): DependencyAction | undefined =>
  outcome.type === 'apply' ? outcome.action : undefined;
