/**
 * Who looks. A session is a cookie that no script can read; the page holds the CSRF token beside it and sends it
 * with every change, in the header `x-csrf-token`.
 */
import { z } from '@hono/zod-openapi';
import { id, time } from './values.js';

export const signIn = z
  .object({
    token: z
      .string()
      .min(1)
      .max(1_000)
      .openapi({ description: "A hub's token, or the secret that the desk was given." }),
    /** Where the token stands for several agents: the one to write as. */
    agentId: id.optional(),
  })
  .openapi('SignIn');

export const session = z
  .object({
    agentId: z.string(),
    replicaId: z.string(),
    csrfToken: z.string(),
    expiresAt: time,
    rights: z.object({
      /** Of some type at least; each conflict and resource says it for itself. */
      mayResolve: z.boolean(),
      mayManageRules: z.boolean(),
      /** The queue, what waits, clocks, replicas and the audit trail, which are of all types. */
      mayOperate: z.boolean(),
    }),
    policy: z.object({ name: z.string(), fingerprint: z.string() }),
    /** Of the program. */
    version: z.string(),
    basePath: z.string(),
  })
  .openapi('Session');

export type SignIn = z.infer<typeof signIn>;
export type Session = z.infer<typeof session>;
