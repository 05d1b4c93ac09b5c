/** What stores are compared under: a policy with every kind of unit, and events in the form in which stores give them back. */
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';

export { everything as oraclePolicy } from './histories/merge-cases.js';

/** A store gives events back in canonical form, and the order of members is the order in which acts are told. */
export const inCanonicalForm = (event: ReknitEvent): ReknitEvent => JSON.parse(canonicalJson(event)) as ReknitEvent;
