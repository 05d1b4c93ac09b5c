/** The conflicts, searched, filtered, counted and paged. */
import { z } from '@hono/zod-openapi';
import { conflictSummary, conflictType } from './conflict.js';
import { anyOf, listOf, natural, time, wholeNumber } from './values.js';

export const inboxPageMax = 500;

export const inboxFilter = z
  .object({
    status: z.enum(['pending', 'resolved', 'all']).default('pending'),
    /** What was put aside: left out, only that, or both. */
    later: z.enum(['hide', 'only', 'include']).default('hide'),
    /**
     * Words that must all occur, in whatever case: in types, resource ids, fields,
     * agents, replicas, notes and the beginning of values; or the beginning of a conflict's id, eight characters or more.
     */
    q: z.string().max(500).optional(),
    resourceType: anyOf,
    resourceId: anyOf,
    conflictType: listOf(conflictType),
    /** Who wrote a side. */
    agent: anyOf,
    replica: anyOf,
    field: anyOf,
    /** Recorded here before, or since. */
    olderThan: time.optional(),
    newerThan: time.optional(),
  })
  .openapi('InboxFilter');

export const inboxQuery = inboxFilter.extend({
  sort: z.enum(['newest', 'oldest', 'resource']).default('newest'),
  /** Where the page before it ended; or, to jump, how many to pass over. */
  after: z.string().max(1_000).optional(),
  offset: wholeNumber.optional(),
  limit: wholeNumber.pipe(z.number().min(1).max(inboxPageMax)).default(100),
});

const counts = z.array(z.object({ value: z.string(), count: natural }));

export const inboxPage = z
  .object({
    items: z.array(conflictSummary),
    /** For `after`; missing on the last page. */
    next: z.string().optional(),
    /** Of this filter. */
    total: natural,
    /** Each counts what the other filters leave. Most first, at most 100 of each. */
    facets: z.object({ resourceType: counts, conflictType: counts, agent: counts, replica: counts, field: counts }),
    /** More conflicts are recorded here than are searched: the oldest resolved ones are left out. */
    isPartial: z.boolean(),
  })
  .openapi('InboxPage');

export type InboxFilter = z.input<typeof inboxFilter>;
export type InboxQuery = z.input<typeof inboxQuery>;
export type InboxPage = z.infer<typeof inboxPage>;
