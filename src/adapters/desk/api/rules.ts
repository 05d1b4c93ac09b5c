/**
 * Rules made from decisions: a local automation that resolves matching conflicts in its owner's name. They are kept
 * beside this replica's data, are no part of the policy and of no event, and never decide a dependency or a
 * disagreement between resolutions.
 */
import { z } from '@hono/zod-openapi';
import { conflictSummary } from './conflict.js';
import { id, natural, time, valuePreview } from './values.js';

export const ruleMatch = z
  .strictObject({
    resourceType: id,
    resourceId: id.optional(),
    /** One field, one group of fields, the whole resource or its existence; of any of them where it is missing. */
    unit: z
      .union([
        z.strictObject({ kind: z.literal('field'), field: id }),
        z.strictObject({ kind: z.literal('group'), group: id }),
        z.strictObject({ kind: z.literal('resource') }),
        z.strictObject({ kind: z.literal('existence') }),
      ])
      .optional(),
    conflictType: z.enum(['concurrent_modification', 'delete_update', 'create_create']).optional(),
  })
  .openapi('RuleMatch');

export const ruleChoice = z
  .union([
    z.strictObject({ replicaId: id }).openapi({ description: 'The side of this replica.' }),
    z.strictObject({ agentId: id }).openapi({ description: 'The last write of this agent.' }),
    z.strictObject({ strategy: z.string().max(100) }).openapi({ description: 'What this shipped strategy decides.' }),
    z.strictObject({ both: z.literal(true) }).openapi({ description: 'Both, where the values allow it.' }),
  ])
  .openapi('RuleChoice');

export const rule = z
  .object({
    ruleId: id,
    label: z.string(),
    match: ruleMatch,
    choose: ruleChoice,
    isOn: z.boolean(),
    /** In whose name it resolves. */
    owner: z.string(),
    createdAt: time,
    decided: natural,
    lastDecidedAt: time.optional(),
    mayChange: z.boolean(),
  })
  .openapi('Rule');

export const rulesAnswer = z.object({ rules: z.array(rule) }).openapi('RulesAnswer');

/** Counts those before it in the list: the first that decides is the one. */
export const newRule = z
  .object({
    label: z.string().min(1).max(200).optional(),
    match: ruleMatch,
    choose: ruleChoice,
    isOn: z.boolean().default(true),
  })
  .openapi('NewRule');

/** `POST rules/preview`: the conflicts that it would have decided; nothing is written. */
export const rulePreview = z
  .object({
    /** Pending ones that it would decide as soon as it is on, and resolved ones that it would have. */
    pending: natural,
    resolved: natural,
    /** Resolved ones in which somebody decided otherwise. */
    otherwise: natural,
    /** The newest, at most 100. */
    items: z.array(z.object({ conflict: conflictSummary, to: valuePreview.optional(), isOtherwise: z.boolean() })),
  })
  .openapi('RulePreview');

export type RuleMatch = z.infer<typeof ruleMatch>;
export type RuleChoice = z.infer<typeof ruleChoice>;
export type Rule = z.infer<typeof rule>;
export type RulesAnswer = z.infer<typeof rulesAnswer>;
export type NewRule = z.input<typeof newRule>;
export type RulePreview = z.infer<typeof rulePreview>;
