/** The fields of generated histories: one of every kind, and the policy that declares them. */
import { counter } from '../../domain/fields/counter.js';
import { list } from '../../domain/fields/list.js';
import { reference } from '../../domain/fields/reference.js';
import { register } from '../../domain/fields/register.js';
import { set } from '../../domain/fields/set.js';
import { text } from '../../domain/fields/text.js';
import { defineResource } from '../../domain/resource-definition/index.js';
import { definePolicy, type Policy } from '../../domain/strategies/index.js';
import type { HistoryField } from './authoring.js';

export const defaultHistoryFields: Readonly<Record<string, HistoryField>> = {
  title: 'register',
  status: 'register',
  votes: 'counter',
  tags: 'set',
  steps: 'list',
  notes: 'text',
  trackId: { referenceTo: 'track' },
};

const fields = {
  title: register(),
  status: register(),
  votes: counter(),
  tags: set(),
  steps: list(),
  notes: text(),
  trackId: reference('track'),
};

/** Everything else as the default policy has it. */
export const historyPolicy: Policy = definePolicy({
  name: 'histories',
  version: 1,
  resources: [defineResource('task', { version: 1, fields }), defineResource('track', { version: 1, fields })],
});
