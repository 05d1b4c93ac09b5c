/** A replica's rules, as its facade has them: in the name of the agent that writes. */
import type { ResolutionRule } from '../../domain/automation/rule.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { isJsonObject } from '../../domain/shared/json.js';
import { pages } from '../pages.js';
import type { ConflictQuery } from '../ports/event-store.js';
import { createLocalNotes } from '../local-notes.js';
import type { ConflictOutline } from '../review/conflict-outline.js';
import type { ConflictReview } from '../review/review.js';
import type { MergeDeps } from '../merge-driver.js';
import { createRuleBook, type NewRule } from './rule-book.js';
import { previewRule, type RuledConflict } from './rule-preview.js';
import { runRules, type RuleRun, type RuleRunnerDeps, type RunRulesOptions } from './rule-runner.js';

/** The rules by which a replica resolves conflicts by itself. */
export interface ReplicaRules {
  readonly list: () => Promise<readonly ResolutionRule[]>;
  /** Owned by the replica's agent, in whose name it resolves. */
  readonly add: (rule: NewRule) => Promise<ResolutionRule>;
  readonly switch: (ruleId: string, isOn: boolean) => Promise<ResolutionRule>;
  readonly remove: (ruleId: string) => Promise<ResolutionRule>;
  /** What it would have decided, of the given conflicts or of all that are pending. */
  readonly preview: (
    rule: Pick<NewRule, 'match' | 'choose'>,
    outlines?: readonly ConflictOutline[],
  ) => Promise<readonly RuledConflict[]>;
  /** Lets the rules decide, from now until it is closed; in one process of those that use the data, best. */
  readonly run: (options?: RunRulesOptions) => RuleRun;
}

export interface ReplicaRulesDeps extends MergeDeps, Pick<RuleRunnerDeps, 'resolve' | 'changes$'> {
  readonly review: ConflictReview;
  readonly agentId: string;
}

export const createReplicaRules = (deps: ReplicaRulesDeps): ReplicaRules => {
  const { review, agentId, system } = deps;
  const book = createRuleBook(createLocalNotes(deps), system);
  return {
    list: book.list,
    add: async (rule) => book.add(given(rule), agentId),
    switch: (ruleId, isOn) => book.switch(ruleId, isOn, agentId),
    remove: (ruleId) => book.remove(ruleId, agentId),
    preview: async (rule, outlines) => {
      given(rule);
      if (outlines !== undefined) return previewRule(rule, outlines, deps);
      const found: RuledConflict[] = [];
      for await (const page of pages<ConflictQuery, ConflictOutline, string>(review.outlines, {
        status: 'pending_review',
        limit: 500,
      }))
        found.push(...(await previewRule(rule, page, deps)));
      return found;
    },
    run: (options) => runRules({ ...deps, book }, options),
  };
};

const given = <Rule>(rule: Rule): Rule => {
  if (!isJsonObject(rule)) throw new ReknitError('bad_rule', 'a rule is an object: { match, choose }');
  return rule;
};
