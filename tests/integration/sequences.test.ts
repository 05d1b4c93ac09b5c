/**
 * Published histories of concurrent editing, through the whole engine: in any order, in any
 * batches and across replicas they end as the event graph walker's reference ends (R36).
 *
 * `npm test` takes every fourth history of the conformance set; all of them are taken by `npm run test:long`.
 */
import { describe, expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { defineResource, list, text } from '../../src/domain/resource-definition/index.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import { engineOn, type Engine } from '../support/engine.js';
import { inBatches, inCausalOrder, randomFrom, shuffled } from '../support/histories/deliveries.js';
import { isLong } from '../support/long.js';
import { sharedData } from '../support/shared-data.js';
import { concurrentTrace, conformanceTraces, documentResource } from '../support/text-traces.js';

const minutes = 60_000;
const historiesApart = isLong ? 1 : 4;

const policies = {
  text: definePolicy({
    name: 'texts',
    version: 1,
    resources: [defineResource('document', { version: 1, fields: { content: text() } })],
  }),
  list: definePolicy({
    name: 'lists',
    version: 1,
    resources: [defineResource('document', { version: 1, fields: { content: list() } })],
  }),
};

const contentIn = async ({ store }: Engine): Promise<string> => {
  const content = (await store.readResource(documentResource))?.view.fields['content'];
  return Array.isArray(content) ? content.join('') : (content as string);
};

const delivered = async (engine: Engine, batches: readonly (readonly ReknitEvent[])[]): Promise<string> => {
  for (const batch of batches) await engine.deliver(batch);
  return contentIn(engine);
};

describe.each(['list', 'text'] as const)('the conformance set as %s', (kind) => {
  const path = sharedData('egwalker-conformance.json.gz');
  const policy = policies[kind];

  test.skipIf(path === undefined)(
    'every history ends as it should, in one batch and in any order and batches',
    async () => {
      for (const [index, { events, endContent }] of conformanceTraces(path ?? '', kind).entries()) {
        if (index % historiesApart !== 0) continue;
        const history = { events, replicas: [] };
        const random = randomFrom(index);

        expect(await delivered(engineOn(policy), [events]), `history ${index}`).toBe(endContent);
        expect(await delivered(engineOn(policy), inBatches(inCausalOrder(history, index), random))).toBe(endContent);
        expect(await delivered(engineOn(policy), inBatches(shuffled(history, index), random))).toBe(endContent);
      }
    },
    5 * minutes,
  );

  test.skipIf(path === undefined)(
    'three replicas that get it piece by piece from each other end alike',
    async () => {
      for (const [index, { events, endContent }] of conformanceTraces(path ?? '', kind).entries()) {
        if (index % historiesApart !== 0) continue;
        const random = randomFrom(index);
        const replicas = [engineOn(policy), engineOn(policy), engineOn(policy)];
        for (const batch of inBatches(events, random)) await replicas[Math.floor(random() * 3)]?.deliver(batch);
        for (const [place, replica] of replicas.entries())
          await replica.deliver(inCausalOrder({ events, replicas: [] }, index + place));

        for (const replica of replicas) expect(await contentIn(replica), `history ${index}`).toBe(endContent);
      }
    },
    5 * minutes,
  );
});

describe('two people typing one text', () => {
  const path = sharedData('friendsforever.json.gz');

  test.skipIf(path === undefined)(
    'ends as published, in one batch, and in batches that each come from one of them',
    async () => {
      const { events, endContent } = concurrentTrace(path ?? '');

      expect(await delivered(engineOn(policies.text), [events])).toBe(endContent);

      const batches: ReknitEvent[][] = [];
      for (let start = 0; start < events.length; start += 500) {
        const part = events.slice(start, start + 500);
        for (const replicaId of ['!', 'agent-0', 'agent-1'])
          batches.push(part.filter((event) => event.replicaId === replicaId));
      }
      expect(await delivered(engineOn(policies.text), batches)).toBe(endContent);
    },
    5 * minutes,
  );
});
