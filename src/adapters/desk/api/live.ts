/**
 * `GET live`: server-sent events, each with its name and its data as JSON. A page that was away asks for what it shows
 * once more; nothing is replayed. `ended` says that the session is over.
 */
import { z } from '@hono/zod-openapi';
import { connectionStatus } from './overview.js';
import { id, natural, resourceRef } from './values.js';

export const liveMessages = {
  counts: z.object({ pending: natural, later: natural, resolved: natural }),
  /** These conflicts are other than they were, new or gone. `all`: more than are named, so look at everything again. */
  conflicts: z.object({ conflictIds: z.array(id), all: z.boolean() }),
  resources: z.object({ resources: z.array(resourceRef), all: z.boolean() }),
  sync: z.object({ connections: z.array(connectionStatus) }),
  rules: z.object({}),
  ended: z.object({ code: z.string(), message: z.string() }),
} as const;

export type LiveMessages = { readonly [Name in keyof typeof liveMessages]: z.infer<(typeof liveMessages)[Name]> };
