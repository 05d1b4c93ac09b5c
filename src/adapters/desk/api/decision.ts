/**
 * Deciding. Whoever decides names the version that was looked at (in the body, or as If-Match): where the conflict is
 * another by now, nothing is written and the answer is 409 `conflict_changed` with the conflict as it is.
 */
import { z } from '@hono/zod-openapi';
import { conflict, version } from './conflict.js';
import { inboxFilter } from './inbox.js';
import { id, json, natural, resourceRef, time, valuePreview } from './values.js';

export const bulkMax = 500;
const note = z.string().max(10_000).optional();

/** In an answer's words: which forms a union has is nothing that its parts can say. */
const resolutions =
  '{ "choose": the event id of a side }, { "value": any JSON }, { "both": true }, { "apply": "restore", "detach", "cascade" or "keep" }';

/** For one conflict: exactly one of these. */
export const resolution = z
  .union(
    [
      z.strictObject({ choose: id }).openapi({ description: 'The event id of a side, or local, or remote.' }),
      z.strictObject({ value: json }),
      z.strictObject({ both: z.literal(true) }),
      z.strictObject({ apply: z.enum(['restore', 'detach', 'cascade', 'keep']) }),
    ],
    { error: `say one of ${resolutions}` },
  )
  .openapi('Resolution');

/** For many conflicts: what it means for each is seen in the preview. */
export const bulkChoice = z
  .union(
    [
      resolution,
      z.strictObject({ agentId: id }).openapi({ description: 'The last write of this agent.' }),
      z.strictObject({ replicaId: id }).openapi({ description: 'The side of this replica.' }),
      z.strictObject({ strategy: z.string().max(100) }).openapi({ description: 'What this shipped strategy decides.' }),
    ],
    { error: `say one of ${resolutions}, { "agentId" }, { "replicaId" }, { "strategy": its name }` },
  )
  .openapi('BulkChoice');

export const resolveRequest = z.object({ version: version.optional(), resolution, note }).openapi('ResolveRequest');
export const undoRequest = z.object({ version: version.optional(), note }).openapi('UndoRequest');
/** Makes the value of this side what is shown: a new decision while the conflict stands, a write after it was closed. */
export const restoreRequest = z.object({ version: version.optional(), eventId: id, note }).openapi('RestoreRequest');
/** Put aside until then, or for good; or taken up again. */
export const laterRequest = z
  .object({ conflictIds: z.array(id).min(1).max(bulkMax), later: z.boolean(), until: time.optional() })
  .openapi('LaterRequest');
export const checkRequest = z.object({ value: json }).openapi('CheckRequest');

/** What was written, and the conflict after it. */
export const decided = z.object({ eventId: id, conflict }).openapi('Decided');
/** With 409 and 412: the conflict as it is now. */
export const changed = z
  .object({ error: z.looseObject({ code: z.string(), message: z.string() }), conflict: conflict.optional() })
  .openapi('Changed');
export const checked = z
  .object({ isValid: z.boolean(), issues: z.array(z.object({ field: z.string().optional(), message: z.string() })) })
  .openapi('Checked');
export const laterAnswer = z.object({ changed: natural }).openapi('LaterAnswer');

export const previewRequest = z
  .object({
    /** These, or what a filter finds (the first 500 of it; `total` says how many there are). */
    conflictIds: z.array(id).min(1).max(bulkMax).optional(),
    filter: inboxFilter.optional(),
    choice: bulkChoice,
  })
  .openapi('PreviewRequest');

const refused = z.object({ code: z.string(), message: z.string() });

export const previewItem = z
  .object({
    conflictId: id,
    version,
    ...resourceRef.shape,
    /** What is seen of the field, group, resource or existence now and after; missing where absent. */
    from: valuePreview.optional(),
    to: valuePreview.optional(),
    changes: z.boolean(),
    refused: refused.optional(),
  })
  .openapi('PreviewItem');

export const preview = z
  .object({
    items: z.array(previewItem),
    total: natural,
    willSettle: natural,
    willChange: natural,
    refusedCount: natural,
    /** Resources as they would be, and the conflicts that would stand about them besides. */
    resources: z.array(
      z.object({
        ...resourceRef.shape,
        deleted: z.object({ from: z.boolean(), to: z.boolean() }),
        fields: z.array(z.object({ field: z.string(), from: valuePreview.optional(), to: valuePreview.optional() })),
        conflicts: z.object({ closed: z.array(id), opened: z.array(id) }),
      }),
    ),
  })
  .openapi('Preview');

export const bulkRequest = z
  .object({
    items: z
      .array(z.object({ conflictId: id, version }))
      .min(1)
      .max(bulkMax),
    choice: bulkChoice,
    note,
  })
  .openapi('BulkRequest');

export const bulkAnswer = z
  .object({
    items: z.array(
      z.discriminatedUnion('verdict', [
        z.object({ conflictId: id, verdict: z.literal('done'), eventId: id }),
        z.object({ conflictId: id, verdict: z.literal('stale'), version: version.optional() }),
        z.object({ conflictId: id, verdict: z.literal('refused'), ...refused.shape }),
      ]),
    ),
    done: natural,
    stale: natural,
    refused: natural,
  })
  .openapi('BulkAnswer');

export type Resolution = z.infer<typeof resolution>;
export type BulkChoice = z.infer<typeof bulkChoice>;
export type ResolveRequest = z.infer<typeof resolveRequest>;
export type UndoRequest = z.infer<typeof undoRequest>;
export type RestoreRequest = z.infer<typeof restoreRequest>;
export type LaterRequest = z.infer<typeof laterRequest>;
export type LaterAnswer = z.infer<typeof laterAnswer>;
export type CheckRequest = z.infer<typeof checkRequest>;
export type Checked = z.infer<typeof checked>;
export type Decided = z.infer<typeof decided>;
export type Changed = z.infer<typeof changed>;
export type PreviewRequest = z.input<typeof previewRequest>;
export type PreviewItem = z.infer<typeof previewItem>;
export type Preview = z.infer<typeof preview>;
export type BulkRequest = z.infer<typeof bulkRequest>;
export type BulkAnswer = z.infer<typeof bulkAnswer>;
