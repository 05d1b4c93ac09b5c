/** A conflict: in a list, small however large its values are, and by itself, with all that helps to decide it. */
import { z } from '@hono/zod-openapi';
import { dot, id, json, natural, resourceRef, shownValue, time, valuePreview } from './values.js';

export const conflictType = z.enum([
  'concurrent_modification',
  'delete_update',
  'create_create',
  'dependency',
  'concurrent_resolution',
]);

export const unit = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('field'), field: z.string() }),
    z.object({ kind: z.literal('group'), group: z.string(), fields: z.array(z.string()) }),
    z.object({ kind: z.literal('resource') }),
    z.object({ kind: z.literal('existence') }),
    z.object({ kind: z.literal('dependency'), field: z.string(), target: resourceRef }),
  ])
  .openapi('Unit');

/** Changes whenever what the conflict says changes; a decision names the one that was looked at. */
export const version = z.string().min(1).max(100);

/** Put aside: kept beside this replica's data, told to nobody else. Without `until` for good. */
export const later = z.object({ until: time.optional() }).openapi('Later');

/** How a conflict ended, or what stands while it is not over. */
export const decidedBy = z
  .object({
    by: z.enum(['person', 'rule', 'strategy', 'write', 'deletion']),
    /** Of `person`, `rule` and `write`. */
    agentId: z.string().optional(),
    at: time.optional(),
    note: z.string().optional(),
    /** The strategy's name, or the rule's id where the rule is one of this replica's. */
    name: z.string().optional(),
    ruleId: z.string().optional(),
  })
  .openapi('DecidedBy');

export const conflictSummary = z
  .object({
    conflictId: id,
    version,
    ...resourceRef.shape,
    unit,
    conflictType,
    status: z.enum(['pending', 'resolved']),
    /** When this replica first recorded it. */
    createdAt: time,
    later: later.optional(),
    decidedBy: decidedBy.optional(),
    sides: z.array(
      z.object({
        eventId: id,
        agentId: z.string(),
        replicaId: z.string(),
        timestamp: time,
        isLocal: z.boolean(),
        /** Missing where the side leaves the value absent. */
        value: valuePreview.optional(),
      }),
    ),
    /** What was made of it, where that is one value. */
    result: valuePreview.optional(),
    mayResolve: z.boolean(),
  })
  .openapi('ConflictSummary');

export const clockWarning = z
  .object({
    code: z.enum(['behind_parent', 'ahead_of_now', 'counter_high']),
    message: z.string(),
    /** By how much, where it can be said. */
    byMs: natural.optional(),
  })
  .openapi('ClockWarning');

export const conflictSide = z
  .object({
    eventId: id,
    dot,
    replicaId: z.string(),
    seq: natural,
    agentId: z.string(),
    operation: z.enum(['create', 'update', 'delete', 'resolve']),
    timestamp: time,
    counter: natural,
    note: z.string().optional(),
    /** Of this replica (R32). */
    isLocal: z.boolean(),
    /** What readers see now is this side's value. */
    isShown: z.boolean(),
    /** Missing where it leaves the value absent. Of existence `alive` or `deleted`. */
    value: shownValue.optional(),
    clockWarnings: z.array(clockWarning),
  })
  .openapi('ConflictSide');

export const strategyOpinion = z
  .object({
    name: z.string(),
    version: natural,
    /** It is what the policy says of this conflict. */
    isPolicy: z.boolean(),
    outcome: z.discriminatedUnion('type', [
      z.object({ type: z.literal('winner'), eventId: id }),
      z.object({ type: z.literal('value'), value: shownValue.optional() }),
      z.object({ type: z.literal('apply'), action: z.string() }),
      z.object({ type: z.literal('undecided') }),
      z.object({ type: z.literal('failed'), message: z.string() }),
    ]),
  })
  .openapi('StrategyOpinion');

export const choices = z
  .object({
    /** A side may be taken, by its event id. */
    sides: z.boolean(),
    /** What taking both gives; missing where that means nothing for these values. */
    both: shownValue.optional(),
    /** A value may be given: any JSON that the definition accepts. */
    edit: z.boolean(),
    /** Of existence. */
    existence: z.array(z.enum(['alive', 'deleted'])).optional(),
    /** Of a dependency. */
    actions: z.array(z.enum(['restore', 'detach', 'cascade', 'keep'])).optional(),
  })
  .openapi('Choices');

export const conflict = z
  .object({
    conflictId: id,
    version,
    ...resourceRef.shape,
    unit,
    conflictType,
    status: z.enum(['pending', 'resolved']),
    createdAt: time.optional(),
    /** In the order of R1. */
    sides: z.array(conflictSide),
    /** What all sides started from, where there is one such value. */
    base: shownValue.optional(),
    /** What readers see now; provisional while the conflict is pending. */
    current: shownValue.optional(),
    decidedBy: decidedBy.optional(),
    /** What was made of it, where anything was. */
    result: shownValue.optional(),
    /** The events that closed it. */
    closedBy: z.array(conflictSide),
    /** Why the policy's strategy was of no use. */
    strategyError: z.string().optional(),
    strategies: z.array(strategyOpinion),
    choices,
    mayResolve: z.boolean(),
    undo: z.discriminatedUnion('isPossible', [
      z.object({ isPossible: z.literal(true) }),
      z.object({ isPossible: z.literal(false), code: z.string(), message: z.string() }),
    ]),
    later: later.optional(),
    /** What it grew into, where it stands no longer as it was. */
    supersededBy: id.optional(),
    /** Heads of the resource, as they are now. */
    heads: z.array(dot),
    /** Rules of this replica that match it. */
    ruleIds: z.array(z.string()),
  })
  .openapi('Conflict');

/** `GET conflicts/{conflictId}/value`: a whole value, as `wholeAt` names it. */
export const wholeValueQuery = z.object({
  of: z.enum(['side', 'base', 'current', 'result', 'both', 'strategy']),
  /** Of a side its event id, of a strategy its name. */
  name: z.string().max(1_000).optional(),
});
export const wholeValue = z.object({ value: json.optional() }).openapi('WholeValue');

export type ConflictType = z.infer<typeof conflictType>;
export type Unit = z.infer<typeof unit>;
export type Later = z.infer<typeof later>;
export type DecidedBy = z.infer<typeof decidedBy>;
export type ConflictSummary = z.infer<typeof conflictSummary>;
export type ClockWarning = z.infer<typeof clockWarning>;
export type ConflictSide = z.infer<typeof conflictSide>;
export type StrategyOpinion = z.infer<typeof strategyOpinion>;
export type Choices = z.infer<typeof choices>;
export type Conflict = z.infer<typeof conflict>;
