/**
 * Hundreds of very small histories, of one resource and few fields, the same every time: so few events that nearly each of
 * them is concurrent to another. What each comes to is what the model says, at once and one by one.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engineOn } from '../support/engine.js';
import { options as fieldOptions, policy as fieldPolicy } from '../support/histories/field-cases.js';
import { inCausalOrder } from '../support/histories/deliveries.js';
import { defaultResource } from '../support/histories/event-builder.js';
import { arbitraryHistory, type HistoryOptions } from '../support/histories/history.js';
import { foldedForm, hashed, keptForm, mergedForm, modelForm } from '../support/histories/merge-cases.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import * as tiny from '../support/model/tiny-strategies.js';
import type { Policy } from '../../src/domain/strategies/policy.js';
import { createSpareStore } from '../support/spare-store.js';

const small: HistoryOptions = {
  resources: [defaultResource],
  stepsMax: 16,
  writers: { least: 2, most: 3 },
  fields: ['title', 'status'],
};
const pending = tinyPolicy({
  byConflict: {
    concurrent_modification: tiny.leaveToPerson,
    create_create: tiny.leaveToPerson,
    delete_update: tiny.leaveToPerson,
    concurrent_resolution: tiny.leaveToPerson,
  },
});

const kinds: readonly { readonly name: string; readonly history: HistoryOptions; readonly policy: Policy }[] = [
  { name: 'left to people', history: small, policy: pending },
  { name: 'decided by anything', history: small, policy: tinyPolicy({ fallback: hashed }) },
  {
    name: 'what started where, and what matters most',
    history: { ...small, priorities: true },
    policy: tinyPolicy({ byUnit: { title: tiny.threeWay, status: tiny.priorityWins }, existence: hashed }),
  },
  {
    name: 'groups',
    history: { ...small, fields: ['street', 'city', 'title'] },
    policy: tinyPolicy({ byUnit: { address: hashed }, groups: { address: ['street', 'city'] }, existence: hashed }),
  },
  { name: 'the whole resource', history: small, policy: tinyPolicy({ wholeResource: true, fallback: hashed }) },
  {
    name: 'forks and shared ids',
    history: { ...small, forks: true, sameEventIds: true, forgetfulReplicas: true },
    policy: tinyPolicy({ fallback: hashed }),
  },
  {
    name: 'votes and notes',
    history: { ...fieldOptions, ...small, fields: ['title', 'votes', 'notes'], sameEventIds: true },
    policy: fieldPolicy,
  },
];

const parts = [0, 1, 2, 3, 4, 5];
const ofPart = <Item>(items: readonly Item[], part: number): readonly Item[] =>
  items.slice((part * items.length) / parts.length, ((part + 1) * items.length) / parts.length);

describe.each(kinds)('$name', ({ name, history: options, policy }) => {
  const examples = fc
    .sample(fc.tuple(arbitraryHistory(options), fc.nat()), { seed: name.length, numRuns: 72 })
    .filter(([{ events }]) => events.length > 2)
    .map(([history, seed]) => ({ history, seed, expected: modelForm(history.events, policy) }));

  test.each(parts)('folded in memory (%i)', (part) => {
    for (const { history, expected } of ofPart(examples, part))
      expect(foldedForm(history.events, policy)).toEqual(expected);
  });

  test.each(parts)('merged one by one, and derived again (%i)', async (part) => {
    for (const { history, seed, expected } of ofPart(examples, part).slice(0, 6)) {
      const [engine, atOnce] = [engineOn(policy, createSpareStore()), engineOn(policy)];
      for (const event of inCausalOrder(history, seed)) await engine.deliver([event]);
      await atOnce.deliver(history.events);
      expect(await mergedForm(engine)).toEqual(expected);
      const kept = await keptForm(engine);
      expect(kept).toEqual(await keptForm(atOnce));
      await engine.rederive();
      expect(await keptForm(engine)).toEqual(kept);
    }
  });
});
