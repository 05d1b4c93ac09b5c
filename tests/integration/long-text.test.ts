/**
 * A published trace of two people typing one text, through the whole engine, against the slow replay of the event graph
 * at cuts over it (R36). That replay takes minutes, so the first 3,000 events stand for the trace, at 40 cuts; all of
 * them, at 200 cuts: `REKNIT_LONG=true npx vitest run tests/integration/long-text.test.ts`.
 */
import { expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { defineResource, text } from '../../src/domain/resource-definition/index.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import { engineOn } from '../support/engine.js';
import { randomFrom } from '../support/histories/deliveries.js';
import { isLong } from '../support/long.js';
import { dotOf } from '../support/model/order.js';
import { textsOf } from '../support/model/sequence-by-parts.js';
import { createReplay } from '../support/model/sequence.js';
import { sharedData } from '../support/shared-data.js';
import { concurrentTrace, documentResource } from '../support/text-traces.js';

const minutes = 60_000;
const sizes = isLong ? { events: Infinity, cuts: 200 } : { events: 3_000, cuts: 40 };

const path = sharedData('friendsforever.json.gz');

const policy = definePolicy({
  name: 'texts',
  version: 1,
  resources: [defineResource('document', { version: 1, fields: { content: text() } })],
});

test.skipIf(path === undefined)(
  'at cuts from its beginning to its end the text is what the slow replay gives',
  async () => {
    const { events: all, endContent } = concurrentTrace(path ?? '');
    const events = all.slice(0, sizes.events);
    const random = randomFrom(20260202);
    const cuts = new Set(Array.from({ length: sizes.cuts }, () => Math.floor(random() * events.length)));
    cuts.add(events.length - 1);
    const engine = engineOn(policy);
    const contentNow = async (): Promise<unknown> =>
      (await engine.store.readResource(documentResource))?.view.fields['content'];
    let from = 0;
    let place = -1;
    for (const textNow of textsOf(events, 'content')) {
      place += 1;
      if (!cuts.has(place)) continue;
      await engine.deliver(events.slice(from, place + 1));
      from = place + 1;

      expect(await contentNow()).toBe(textNow());
    }
    expect(from).toBe(events.length);
    if (isLong) expect(await contentNow()).toBe(endContent);
  },
  10 * minutes,
);

test.skipIf(path === undefined)(
  'the slow replay gives the same part by part as in one piece',
  () => {
    // In one piece it takes the square of the length.
    const events = concurrentTrace(path ?? '').events.slice(0, 800);
    const pasts = new Map<string, Set<ReknitEvent>>();
    const replay = createReplay('content', 'text');
    const texts = textsOf(events, 'content');
    for (const event of events) {
      const past = new Set(event.parents.flatMap((parent) => [...(pasts.get(parent) ?? [])]));
      replay.add(event, (other) => past.has(other));
      pasts.set(dotOf(event), past.add(event));

      expect(texts.next().value?.()).toBe(replay.shown());
    }
  },
  2 * minutes,
);
