/** What stores are compared under: a policy with every kind of unit, and events in the form in which stores give them back. */
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import { tinyPolicy } from './model/tiny-policy.js';
import * as tiny from './model/tiny-strategies.js';

const hashed = tiny.decidesByHash;
export const oraclePolicy = tinyPolicy({
  byUnit: { status: hashed, title: hashed, address: hashed, priority: tiny.priorityWins, parent: hashed },
  existence: hashed,
  byConflict: { dependency: hashed },
  groups: { address: ['street', 'city'] },
  references: { parent: 'task' },
  agentPriorities: { bot: 0.5 },
});

/** A store gives events back in canonical form, and the order of members is the order in which acts are told. */
export const inCanonicalForm = (event: ReknitEvent): ReknitEvent => JSON.parse(canonicalJson(event)) as ReknitEvent;
