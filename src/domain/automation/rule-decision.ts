/** What a rule says of one conflict, from the conflict alone. */
import { lastOf } from '../causality/last-write.js';
import { takeBoth } from '../conflict/take-both.js';
import type { Json } from '../shared/json.js';
import type { ConflictCase, Sibling } from '../strategies/merge-strategy.js';
import { runStrategy, type ValueCheck } from '../strategies/run-strategy.js';
import { isRuleStrategy, matchesRule, ruleStrategy, type ResolutionRule, type RuleChoice } from './rule.js';

/** A side, by its event, or a value. */
export type RuleDecision = { readonly choose: string } | { readonly value: Json };

/** Undefined where the rule is off, does not match, or has nothing to say of these values. */
export const decideByRule = (
  rule: Pick<ResolutionRule, 'match' | 'choose'>,
  conflict: ConflictCase,
  check?: ValueCheck,
): RuleDecision | undefined =>
  matchesRule(rule.match, conflict) ? decideByChoice(rule.choose, conflict, check) : undefined;

/** The same for a choice that a person makes for many conflicts at once. */
export const decideByChoice = (
  choose: RuleChoice,
  conflict: ConflictCase,
  check?: ValueCheck,
): RuleDecision | undefined => {
  if (conflict.unit.kind === 'dependency') return undefined;
  if ('replicaId' in choose) return sideOf(conflict, ({ replicaId }) => replicaId === choose.replicaId);
  if ('agentId' in choose) return sideOf(conflict, ({ agentId }) => agentId === choose.agentId);
  if ('both' in choose) return takeBoth(conflict);
  if (!isRuleStrategy(choose.strategy)) return undefined;
  const outcome = runStrategy(ruleStrategy(choose.strategy), conflict, check);
  if (outcome.type === 'winner') {
    const winner = conflict.siblings.find(({ dot }) => dot === outcome.dot);
    return winner === undefined ? undefined : { choose: winner.eventId };
  }
  return outcome.type === 'value' && outcome.value !== undefined ? { value: outcome.value } : undefined;
};

const sideOf = ({ siblings }: ConflictCase, isMeant: (sibling: Sibling) => boolean): RuleDecision | undefined => {
  const side = lastOf(siblings.filter(isMeant), (sibling) => sibling);
  return side === undefined ? undefined : { choose: side.eventId };
};
