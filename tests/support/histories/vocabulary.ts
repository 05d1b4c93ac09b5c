/**
 * The few words that generated histories are made of: few, so that writers collide and
 * agree often, and chosen for the orders and encodings that programs get wrong.
 */
import type { ResourceRef } from '../../../src/domain/events/event.js';
import type { Json } from '../../../src/domain/shared/json.js';

/**
 * The order in which replicas appear is never their order by R1. Among them: two that
 * look alike (one letter, composed and decomposed), an upper-case one (before lower case,
 * unlike in dictionaries), a pair that UTF-16 and code points order differently (the
 * emoji's surrogates against a full-width sign), digits that sort differently as numbers,
 * and one whose dots hold two colons.
 */
export const replicaIds: readonly string[] = ['b', 'a', 'é', 'Z', 'a:1', 'e\u0301', '\uFF5E', '😀', '10', '9'];

export const agentIds: readonly string[] = ['ann', 'bot', 'cy'];

/** Equal ids under two types, so that an id alone never names a resource. */
export const resources: readonly ResourceRef[] = [
  { resourceType: 'task', resourceId: 'one' },
  { resourceType: 'task', resourceId: 'two' },
  { resourceType: 'note', resourceId: 'one' },
];

/** With this one, resources of one type can refer to each other in a chain. */
export const endOfChain: ResourceRef = { resourceType: 'task', resourceId: 'three' };

export const fields: readonly string[] = ['status', 'title', 'priority', 'street', 'city', 'parent'];

/** Equal values in other words (key order), values that are easily taken for absent, and valid priorities. */
export const values: readonly Json[] = [
  'todo',
  'done',
  null,
  1,
  0,
  { a: 1, b: [true, null] },
  { b: [true, null], a: 1 },
  'high',
  '',
  ['todo'],
  'é',
];
