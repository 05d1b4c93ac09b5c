/** The policy of whoever gives none: last write wins, an update over a delete, people decide about dependencies. */
import { definePolicy } from './define-policy.js';
import type { Policy } from './policy.js';

/** Holds where nobody gives another. */
export const defaultPolicy: Policy = definePolicy({ name: 'default', version: 1 });
