/**
 * Everything that a person who settles conflicts looks at, wherever it is shown: lists without cost, one conflict
 * with what helps to decide it, and what a decision would change.
 */
import type { Json } from '../../domain/shared/json.js';
import { ruleOfUnit } from '../../domain/resource-definition/unit-rules.js';
import { jsonProblem } from '../../domain/shared/json-check.js';
import { isJsonObject } from '../../domain/shared/json.js';
import type { Unit } from '../../domain/strategies/merge-strategy.js';
import { checkTexts } from '../argument-checks.js';
import type { ConflictTracker } from '../conflict-tracker.js';
import type { Decision } from '../resolving/decision-requests.js';
import type { History } from '../history.js';
import { createLocalNotes } from '../local-notes.js';
import type { MergeDeps } from '../merge-driver.js';
import type { ConflictQuery, Page } from '../ports/event-store.js';
import { considerConflicts, type ConsideredConflict } from './consider.js';
import { knownReplicas, type KnownReplica } from './known-replicas.js';
import { dryRun } from '../recording/dry-run.js';
import { isReknitError, type ReknitError } from '../../domain/shared/errors.js';
import { outlinesOf, type ConflictOutline } from './conflict-outline.js';
import { previewDecisions, type DecisionsPreview } from './preview-decisions.js';
import { createPutAside, type PutAside } from './put-aside.js';

/** What does not fit, by field where it is about one. */
export interface ValueIssue {
  readonly field?: string;
  readonly message: string;
}

/** Conflicts as somebody reviews them: in outline, in full, considered, tried and decided. */
export interface ConflictReview {
  /** A page of conflicts by id, without folding histories. */
  readonly outlines: (query: ConflictQuery) => Promise<Page<ConflictOutline, string>>;
  /** Those of these ids that are known, superseded ones too. */
  readonly find: (conflictIds: readonly string[]) => Promise<readonly ConflictOutline[]>;
  readonly consider: (conflictIds: readonly string[]) => Promise<readonly ConsideredConflict[]>;
  /** What these decisions would change. Nothing is written. */
  readonly preview: (decisions: readonly Decision[]) => Promise<DecisionsPreview>;
  /** What the definition says of a value for a unit. */
  readonly check: (resourceType: string, unit: Unit, value: Json) => readonly ValueIssue[];
  /** Such as `register` or `counter`. */
  readonly fieldKind: (resourceType: string, field: string) => string;
  readonly putAside: PutAside;
  /** Why `undo` would be refused; undefined where it would not. */
  readonly undoProblem: (conflictId: string) => Promise<ReknitError | undefined>;
  readonly replicas: () => Promise<readonly KnownReplica[]>;
}

export interface ReviewDeps extends MergeDeps {
  readonly history: History;
  readonly tracker: ConflictTracker;
}

export const createConflictReview = (deps: ReviewDeps): ConflictReview => {
  const { store, policy, system } = deps;
  return {
    outlines: async (query) => {
      const { items, next } = await store.readConflicts(query);
      const outlines = await outlinesOf(items, deps);
      return next === undefined ? { items: outlines } : { items: outlines, next };
    },
    find: async (conflictIds) => {
      checkTexts(conflictIds, 'conflictIds');
      return outlinesOf(await store.findConflicts(conflictIds), deps);
    },
    consider: async (conflictIds) => {
      checkTexts(conflictIds, 'conflictIds');
      return considerConflicts(await store.findConflicts(conflictIds), deps);
    },
    preview: (decisions) => previewDecisions(deps, decisions),
    check: (resourceType, unit, value) => {
      // Before anything else: what no event can carry is no value.
      const problem = jsonProblem(value, 'the value', 1);
      if (problem !== undefined) return [{ message: problem }];
      const rules = policy.rulesFor(resourceType);
      const issueOf = (field: string, given: Json): readonly ValueIssue[] => {
        const message =
          rules.unitOf(field).kind.refuse(given, 'resolve', undefined)?.message ?? rules.validate(field, given);
        return message === undefined ? [] : [{ field, message }];
      };
      if (unit.kind === 'field') return issueOf(unit.field, value);
      if (unit.kind === 'existence')
        return value === 'alive' || value === 'deleted' ? [] : [{ message: 'it is "alive" or "deleted"' }];
      if (unit.kind === 'dependency') return [{ message: 'a dependency is settled by an action, not by a value' }];
      if (!isJsonObject(value) || Object.keys(value).length === 0)
        return [{ message: 'it is an object of the fields, with one at least' }];
      const key = ruleOfUnit(unit, rules)?.key;
      return Object.entries(value).flatMap(([field, given]) =>
        unit.kind === 'group' && rules.unitOf(field).key !== key
          ? [{ field, message: `the group "${unit.group}" has no such field` }]
          : issueOf(field, given),
      );
    },
    undoProblem: async (conflictId) => {
      try {
        const { answers } = await dryRun(deps, [await deps.tracker.undoingRequest(conflictId)]);
        for (const answer of answers) if ('error' in answer) throw answer.error;
        return undefined;
      } catch (error) {
        if (isReknitError(error)) return error;
        throw error;
      }
    },
    replicas: () => knownReplicas(store),
    fieldKind: (resourceType, field) => policy.rulesFor(resourceType).unitOf(field).kind.name,
    putAside: createPutAside(createLocalNotes(deps), system),
  };
};
