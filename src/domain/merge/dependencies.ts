/**
 * Conflicts between resources: a live one refers to one that was deleted concurrently
 * (R25 to R28).
 *
 * Decisions on existence and fields are settled before and are not touched. What a batch
 * changed, and whatever a decision about that can reach, is decided anew as a whole, so the
 * answer is the one of a fold from scratch. Where a batch changed nothing that others could
 * look at, nothing is asked for.
 */
import { evaluate, type Evaluation } from '../conflict/evaluate.js';
import type { ResourceKey } from '../resource/resource-key.js';
import { conclude, type DependencyDecisions } from './dependencies/conclude.js';
import { gather } from './dependencies/gather.js';
import { createNeighbourhood, type DependencyNeeds, type NeighbourhoodInput } from './dependencies/neighbourhood.js';
import { canTakePart, participantOf, stanceOf } from './dependencies/participant.js';
import { settle } from './dependencies/settle.js';
import type { FoldContext, FoldedResource } from './fold-resources.js';
import { isRefolded } from './refold-resource.js';

export type { DependencyDecisions } from './dependencies/conclude.js';
export type { DependencyNeeds } from './dependencies/neighbourhood.js';
export { dependsOnField } from './dependencies/participant.js';
export type { DependencyWorld, WorldRequest } from './dependencies/world.js';

export interface DependencyInput extends NeighbourhoodInput {
  /** Derived again under another policy: what was decided about them before means nothing. */
  readonly rederived: readonly ResourceKey[];
}

export const decideDependencies = (
  input: DependencyInput,
  context: FoldContext,
): DependencyDecisions | DependencyNeeds => {
  const rederived = new Set(input.rederived);
  if (!input.world.hasReferences && !refersToAny(input, context)) return nothingRefers;
  const changed = [...input.folded]
    .filter(([key, folded]) => rederived.has(key) || isChanged(folded, input.evaluations.get(key), context))
    .map(([key]) => key);
  const neighbourhood = createNeighbourhood(input, context);
  const gathering = gather(changed, input.folded, neighbourhood, context);
  if (gathering.type === 'needs') return gathering;
  const settlements = settle(gathering, neighbourhood, context);
  return conclude(gathering.participants, settlements, input, neighbourhood, context.policy);
};

/**
 * Whether some resource of the batch refers to another, or bears what was decided about references. Where nothing stored
 * refers, none of them did before.
 */
const refersToAny = ({ folded }: DependencyInput, { policy }: FoldContext): boolean => {
  for (const { state } of folded.values())
    if (
      state.effect !== undefined ||
      state.dependsOn.length > 0 ||
      policy.rulesFor(state.resourceType).references.length > 0
    )
      return true;
  return false;
};

const nothingRefers: DependencyDecisions = {
  type: 'done',
  effects: new Map(),
  pending: new Map(),
  neighbours: new Map(),
  records: [],
  removed: [],
  sides: [],
  acts: [],
};

/**
 * Whether anything changed that decisions depend on. New events alone may matter where a
 * conflict is on record: an author may turn out to have seen the other side after all. Where
 * none is, knowing more makes none. Voids (R5) can make an author have seen less.
 */
const isChanged = (
  folded: FoldedResource,
  evaluation: Evaluation | undefined,
  { policy, sha256 }: FoldContext,
): boolean => {
  const { state, before } = folded;
  const rules = policy.rulesFor(state.resourceType);
  if (state.effect !== undefined) return true;
  if (!canTakePart(state, rules) && (before === undefined || !canTakePart(before, rules))) return false;
  if (isRefolded(folded)) return true;
  const then = before === undefined ? '' : stanceOf(participantOf(before, evaluate(before, policy, sha256), rules));
  return evaluation === undefined || then !== stanceOf(participantOf(state, evaluation, rules));
};
