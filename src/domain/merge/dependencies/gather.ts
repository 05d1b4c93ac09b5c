/**
 * Which resources must be decided together, because of what a batch changed.
 *
 * A reference is at issue where there may be a conflict about it, now or before the batch: its
 * target holds a delete that neither side knew of, or may fall in a cascade, or a conflict is
 * on record. Decisions travel along such references in both directions, since a restore
 * reaches the target and a cascade the source, and along no others. So what is connected by
 * them is decided as a whole, and what is not need not be looked at.
 */
import { resourceKeyOf, type ResourceKey } from '../../resource/resource-key.js';
import type { Policy } from '../../strategies/policy.js';
import type { FoldContext } from '../fold-resources.js';
import type { DependencyNeeds, Neighbourhood, NeighbourhoodInput } from './neighbourhood.js';
import type { Edge, Participant } from './participant.js';
import { haveSeenEachOther } from './sight.js';

export interface Gathering {
  readonly type: 'gathered';
  /** Whoever a decision may concern, the changed ones first. */
  readonly participants: ReadonlyMap<ResourceKey, Participant>;
  /** References that are to be decided; the histories of both ends are at hand. */
  readonly edges: readonly Edge[];
}

export const gather = (
  changed: readonly ResourceKey[],
  folded: NeighbourhoodInput['folded'],
  neighbourhood: Neighbourhood,
  { policy }: FoldContext,
): Gathering | DependencyNeeds => {
  const { get, referrersOf, recordsOf, historyOf, needs } = neighbourhood;
  const falls = new Map<ResourceKey, boolean>();

  const targetsOnRecord = (key: ResourceKey): readonly ResourceKey[] =>
    recordsOf(key).flatMap(({ unit }) => (unit.kind === 'dependency' ? [resourceKeyOf(unit.target)] : []));

  /** Whether the target's own deletes and the reference were made in ignorance of each other. */
  const isUnaware = (edge: Edge): boolean => {
    const deletions = (get(edge.target)?.deletes ?? []).map((facts) => ({ facts, owner: edge.target }));
    return deletions.length > 0 && !haveSeenEachOther(edge, deletions, neighbourhood);
  };

  /** Whether following references that may cascade leads from here to such a delete. */
  const mayFall = (start: ResourceKey): boolean => {
    const known = falls.get(start);
    if (known !== undefined) return known;
    const visited = new Set([start]);
    const cascading = [...cascadingEdges(get(start), policy)];
    let found = false;
    for (let edge = cascading.pop(); edge !== undefined && !found; edge = cascading.pop()) {
      found = isUnaware(edge);
      if (found || visited.has(edge.target)) continue;
      visited.add(edge.target);
      cascading.push(...cascadingEdges(get(edge.target), policy));
    }
    falls.set(start, found);
    return found;
  };

  const isAtIssue = (edge: Edge): boolean =>
    targetsOnRecord(edge.source).includes(edge.target) || isUnaware(edge) || mayFall(edge.target);

  /** Whether somebody who refers to it may be concerned, by what it is now or was before. */
  const concernsReferrers = ({ key, deletes, state }: Participant): boolean => {
    const before = folded.get(key)?.before?.existence ?? [];
    const isDeleted = deletes.length > 0 || before.some((facts) => facts.deletes);
    return isDeleted || state.effect?.existence !== undefined || mayFall(key);
  };

  const participants = new Map<ResourceKey, Participant>();
  const edges: Edge[] = [];
  const open = [...changed].reverse();
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const participant = get(key);
    if (participant === undefined || participants.has(key)) continue;
    participants.set(key, participant);
    const atIssue = participant.edges.filter(isAtIssue);
    edges.push(...atIssue);
    open.push(...atIssue.map(({ target }) => target), ...targetsOnRecord(key));
    if (!concernsReferrers(participant)) continue;
    for (const source of referrersOf(key))
      if (get(source)?.edges.some((edge) => edge.target === key && isAtIssue(edge)) === true) open.push(source);
  }

  for (const { source, target } of edges) {
    historyOf(source);
    if ((get(target)?.deletes ?? []).length > 0) historyOf(target);
  }
  return needs() ?? { type: 'gathered', participants, edges };
};

const cascadingEdges = (participant: Participant | undefined, policy: Policy): readonly Edge[] =>
  participant === undefined ? [] : participant.edges.filter((edge) => mayCascade(edge, participant, policy));

/** Whether a conflict about this reference may end in the deletion of its source. */
const mayCascade = ({ unit }: Edge, { state }: Participant, policy: Policy): boolean =>
  !neverCascade.has(policy.rulesFor(state.resourceType).strategyFor(unit, 'dependency').name);

/** Shipped strategies, whose names nobody else's may have. */
const neverCascade: ReadonlySet<string> = new Set(['review', 'user_choice', 'restore', 'detach']);
