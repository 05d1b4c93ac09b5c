/** The audit trail of this replica, newest first, and its verification. */
import { z } from '@hono/zod-openapi';
import { natural, time, wholeNumber } from './values.js';

export const auditQuery = z.object({
  /** Entries before this number; the newest first, where none is named. */
  before: wholeNumber.optional(),
  limit: wholeNumber.pipe(z.number().min(1).max(200)).default(50),
});

export const auditEntry = z
  .object({
    number: natural,
    at: time,
    policy: z.string(),
    hash: z.string(),
    previousHash: z.string(),
    acts: z.array(z.looseObject({ type: z.string() })),
    /** Acts of a large commit beyond the first 100. */
    moreActs: natural,
  })
  .openapi('AuditEntry');

export const auditPage = z
  .object({
    head: z.object({ count: natural, hash: z.string() }),
    items: z.array(auditEntry),
    /** For `before`; missing on the last page. */
    next: natural.optional(),
  })
  .openapi('AuditPage');

/** The head may be held against one that was kept elsewhere. */
export const verifyRequest = z
  .object({ auditHead: z.object({ count: natural, hash: z.string().max(200) }).optional() })
  .openapi('VerifyRequest');

export const verification = z
  .object({
    ok: z.boolean(),
    events: natural,
    resources: natural,
    auditEntries: natural,
    /** The first ones; `problemCount` counts all. */
    problems: z.array(z.looseObject({ code: z.string(), message: z.string() })),
    problemCount: natural,
    /** Keep it elsewhere, and hold a later verification against it. */
    auditHead: z.object({ count: natural, hash: z.string() }),
    elapsedMs: natural,
  })
  .openapi('Verification');

export type AuditQuery = z.input<typeof auditQuery>;
export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditPage = z.infer<typeof auditPage>;
export type VerifyRequest = z.infer<typeof verifyRequest>;
export type Verification = z.infer<typeof verification>;
