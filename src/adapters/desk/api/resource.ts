/** Resources: found, explained field by field, as a graph of their events, and as they were at any cut. */
import { z } from '@hono/zod-openapi';
import { conflictSide, conflictSummary, unit } from './conflict.js';
import { cut, dot, id, natural, resourceRef, shownValue, time, valuePreview, wholeNumber } from './values.js';

export const resourcesQuery = z.object({
  resourceType: z.string().max(1_000).optional(),
  /** Ids that contain this text. */
  q: z.string().max(500).optional(),
  includeDeleted: z.stringbool().default(false),
  pendingOnly: z.stringbool().default(false),
  orderBy: z.enum(['id', 'updatedAt']).default('updatedAt'),
  after: z.string().max(4_000).optional(),
  limit: wholeNumber.pipe(z.number().min(1).max(500)).default(100),
});

export const resourceSummary = z
  .object({
    ...resourceRef.shape,
    deleted: z.boolean(),
    /** Conflicts that stand, pending or decided. */
    conflicts: natural,
    isProvisional: z.boolean(),
    updatedAt: time,
    updatedBy: z.string(),
    fields: valuePreview,
  })
  .openapi('ResourceSummary');

export const resourcesPage = z
  .object({ items: z.array(resourceSummary), next: z.string().optional() })
  .openapi('ResourcesPage');

const explained = {
  unit,
  status: z.enum(['uncontested', 'decided', 'pending', 'resolved']),
  strategy: z.string().optional(),
  reason: z.string(),
  conflictId: id.optional(),
  winner: conflictSide.optional(),
  losers: z.array(conflictSide),
};

export const fieldExplanation = z
  .object({
    field: z.string(),
    kind: z.string(),
    /** Missing where it was decided that the field is absent. */
    value: shownValue.optional(),
    isProvisional: z.boolean(),
    /** It does not fit the definition: written elsewhere, and kept. */
    isInvalid: z.boolean(),
    ...explained,
  })
  .openapi('FieldExplanation');

export const resourceView = z
  .object({
    ...resourceRef.shape,
    deleted: z.boolean(),
    heads: z.array(dot),
    updatedAt: time,
    updatedBy: z.string(),
    existence: z.object(explained),
    fields: z.array(fieldExplanation),
    /** All that are recorded about it, the pending ones first; at most 500. */
    conflicts: z.array(conflictSummary),
    /** What this replica has now. */
    cut,
    mayResolve: z.boolean(),
  })
  .openapi('ResourceView');

export const historyQuery = z.object({
  resourceType: id,
  resourceId: id,
  /** The position of the last event that was seen. */
  after: wholeNumber.default(0),
  limit: wholeNumber.pipe(z.number().min(1).max(1_000)).default(200),
});

export const historyEvent = z
  .object({
    dot,
    eventId: id,
    replicaId: z.string(),
    seq: natural,
    agentId: z.string(),
    operation: z.enum(['create', 'update', 'delete', 'resolve']),
    timestamp: time,
    counter: natural,
    parents: z.array(dot),
    note: z.string().optional(),
    /** What a resolve says it settles: a claim (R29). */
    conflictId: z.string().optional(),
    status: z.string().openapi({ description: 'local_only, synced, conflict, resolved, parked, void or refused' }),
    payload: z.array(z.object({ field: z.string(), value: valuePreview })),
    isHead: z.boolean(),
    isLocal: z.boolean(),
  })
  .openapi('HistoryEvent');

export const historyPage = z
  .object({
    /** In the order of this replica's log: parents stand before their children. */
    items: z.array(historyEvent),
    next: natural.optional(),
  })
  .openapi('HistoryPage');

/** One resource as it was: as of a cut, or of these events and all that they had seen. */
export const atRequest = z
  .object({ ...resourceRef.shape, cut: cut.optional(), dots: z.array(dot).max(1_000).optional() })
  .openapi('AtRequest');

export const atAnswer = z
  .object({
    cut,
    /** Missing where it did not exist yet. */
    resource: z
      .object({
        ...resourceRef.shape,
        deleted: z.boolean(),
        heads: z.array(dot),
        updatedAt: time,
        updatedBy: z.string(),
        provisional: z.array(z.string()),
        fields: z.array(z.object({ field: z.string(), value: valuePreview })),
        conflicts: z.array(id),
      })
      .optional(),
  })
  .openapi('AtAnswer');

export type ResourcesQuery = z.input<typeof resourcesQuery>;
export type ResourceSummary = z.infer<typeof resourceSummary>;
export type ResourcesPage = z.infer<typeof resourcesPage>;
export type FieldExplanation = z.infer<typeof fieldExplanation>;
export type ResourceView = z.infer<typeof resourceView>;
export type HistoryQuery = z.input<typeof historyQuery>;
export type HistoryEvent = z.infer<typeof historyEvent>;
export type HistoryPage = z.infer<typeof historyPage>;
export type AtRequest = z.infer<typeof atRequest>;
export type AtAnswer = z.infer<typeof atAnswer>;
