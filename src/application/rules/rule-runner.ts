/**
 * Lets a replica's rules decide: what is pending when it starts, and what comes up from then on. It looks at what
 * changed and not at everything, one pass at a time; what a rule may not decide, or what was settled meanwhile,
 * stays as it is, and is looked at again when it changes.
 */
import type { Observable } from 'rxjs';
import type { ResolutionRule } from '../../domain/automation/rule.js';
import type { ResourceRef } from '../../domain/events/event.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import { isReknitError } from '../../domain/shared/errors.js';
import type { Policy } from '../../domain/strategies/policy.js';
import type { ReplicaChange } from '../changes.js';
import type { ConflictTracker } from '../conflict-tracker.js';
import { pages } from '../pages.js';
import type { ConflictQuery } from '../ports/event-store.js';
import type { System } from '../ports/system.js';
import type { ConflictOutline } from '../review/conflict-outline.js';
import type { ConflictReview } from '../review/review.js';
import { decidingRule, matchingRules, type RuleBook } from './rule-book.js';

/** Who may act by rules, and who is told. */
export interface RunRulesOptions {
  /** Whether the rule's owner still has the right; everybody has, where nobody says. */
  readonly mayAct?: (rule: ResolutionRule) => boolean | Promise<boolean>;
}

/** Rules at work on what is pending, until they are stopped. */
export interface RuleRun {
  /** Looks at everything that is pending: a rule is new, or was switched on. */
  readonly again: () => void;
  /** Resolves when nothing is left to look at. */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface RuleRunnerDeps {
  readonly book: RuleBook;
  readonly review: ConflictReview;
  readonly resolve: ConflictTracker['resolveConflicts'];
  readonly changes$: Observable<ReplicaChange>;
  readonly policy: Policy;
  readonly system: Pick<System, 'logger'>;
}

/** Conflicts that are looked at, and decided, together. */
const chunkSize = 500;
const pageSize = 500;

export const runRules = (deps: RuleRunnerDeps, { mayAct = () => true }: RunRulesOptions = {}): RuleRun => {
  const { book, review, resolve, changes$, policy, system } = deps;
  const state: { isAll: boolean; isClosed: boolean; running: Promise<void> | undefined } = {
    isAll: true,
    isClosed: false,
    running: undefined,
  };
  const ids = new Set<string>();
  const resources = new Map<ResourceKey, ResourceRef>();

  const activeRules = async (): Promise<readonly ResolutionRule[]> => {
    const rules: ResolutionRule[] = [];
    for (const rule of await book.list()) if (rule.isOn && (await mayAct(rule))) rules.push(rule);
    return rules;
  };

  const decide = async (outlines: readonly ConflictOutline[]): Promise<void> => {
    // Asked each time: a pass may take long, and whoever switches a rule off means the rest of it too.
    const rules = await activeRules();
    const matched = outlines.filter(
      (outline) => outline.status === 'pending_review' && matchingRules(rules, outline).length > 0,
    );
    for (let start = 0; start < matched.length && !state.isClosed; start += chunkSize) {
      const chunk = await review.consider(matched.slice(start, start + chunkSize).map(({ conflictId }) => conflictId));
      const found = chunk.flatMap((considered) => {
        const check = policy.rulesFor(considered.record.resourceType);
        const deciding = decidingRule(rules, considered.case, check);
        return deciding === undefined ? [] : [{ ...deciding, considered }];
      });
      const answers = await resolve(
        found.map(({ rule, decision, considered: { record, version } }) => ({
          conflictId: record.conflictId,
          resolution: decision,
          options: { agentId: rule.owner, note: rule.label, ruleId: rule.ruleId, ifVersion: version },
        })),
      );
      const decided = new Map<string, string[]>();
      for (const [index, { rule, considered }] of found.entries()) {
        const { ruleId } = rule;
        const { conflictId } = considered.record;
        const answer = answers[index];
        if (answer === undefined || 'answer' in answer)
          decided.set(ruleId, [...(decided.get(ruleId) ?? []), conflictId]);
        else if (isReknitError(answer.error))
          system.logger.debug('a rule decided nothing', { ruleId, conflictId, code: answer.error.code });
        else throw answer.error;
      }
      for (const [ruleId, conflictIds] of decided) await book.noteDecided(ruleId, conflictIds);
    }
  };

  const pass = async (): Promise<void> => {
    const wasAll = state.isAll;
    const someIds = [...ids];
    const someResources = [...resources.values()];
    state.isAll = false;
    ids.clear();
    resources.clear();
    if ((await activeRules()).length === 0) return;
    if (wasAll)
      for await (const page of pages<ConflictQuery, ConflictOutline, string>(review.outlines, {
        status: 'pending_review',
        limit: pageSize,
      })) {
        if (state.isClosed) return;
        await decide(page);
      }
    else {
      for (let start = 0; start < someIds.length; start += pageSize)
        await decide(await review.find(someIds.slice(start, start + pageSize)));
      for (const resource of someResources)
        for await (const page of pages<ConflictQuery, ConflictOutline, string>(review.outlines, {
          status: 'pending_review',
          resource,
          limit: pageSize,
        }))
          await decide(page);
    }
  };

  const run = async (): Promise<void> => {
    while (!state.isClosed && (state.isAll || ids.size > 0 || resources.size > 0))
      try {
        await pass();
      } catch (error) {
        // What cannot be read or written now is looked at again when something changes.
        system.logger.warn('rules could not be applied', {
          error: error instanceof Error ? error.message : String(error),
        });
      }
    state.running = undefined;
  };
  const start = (): void => {
    state.running ??= Promise.resolve().then(run);
  };

  const watching = changes$.subscribe(({ resources: changed, conflicts }) => {
    for (const id of conflicts) ids.add(id);
    if (conflicts.length === 0 && changed.length === 0) state.isAll = true;
    // Another process says which resources, and of what remote brought in only what was decided is named.
    if (conflicts.length === 0) for (const ref of changed) resources.set(resourceKeyOf(ref), ref);
    start();
  });
  start();

  return {
    again: () => {
      state.isAll = true;
      start();
    },
    settled: async () => {
      while (state.running !== undefined) await state.running;
    },
    close: async () => {
      state.isClosed = true;
      watching.unsubscribe();
      while (state.running !== undefined) await state.running;
    },
  };
};
