/**
 * The event graph walker against the slow replay of the whole graph: people who type, delete and
 * paste in one text and one list, on what each of them has seen, with and without each other
 * (R36). Whatever comes in which order and batch, the result is that of the set.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import type { Json } from '../../src/domain/shared/json.js';
import { foldEvents } from '../../src/domain/merge/fold-events.js';
import { defineResource, list, text } from '../../src/domain/resource-definition/index.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import { engineOn, fastSha256 } from '../support/engine.js';
import { inBatches, inCausalOrder, randomFrom, shuffled } from '../support/histories/deliveries.js';
import { eventOf } from '../support/histories/event-builder.js';
import { headsOf } from '../support/histories/world.js';
import { receivedOf } from '../support/model/received.js';
import { historiesOf } from '../support/model/resource-history.js';
import { sequenceOf } from '../support/model/sequence.js';
import { propertyOptions } from '../support/property-options.js';

const documentResource = { resourceType: 'document', resourceId: 'one' };

const policy = definePolicy({
  name: 'sequences',
  version: 1,
  resources: [defineResource('document', { version: 1, fields: { notes: text(), steps: list() } })],
});

const small = fc.nat({ max: 99 });
const step = fc.record({ who: small, what: small, where: small, howMuch: small, from: small });
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const writers = ['b', 'a', 'C'];
const words = ['x', 'yz', 'a long word', '😀', 'é-', 'q'];

/** What several people write; each types on where it was, or jumps. */
const historyFrom = (steps: readonly Step[]): readonly ReknitEvent[] => {
  const root = eventOf('!:1', 'create', { notes: 'start', steps: [0] }, [], { resource: documentResource });
  const known = writers.map(() => new Set([root]));
  const cursors = writers.map(() => 0);
  const counts = writers.map(() => 0);
  const events = [root];
  for (const { who, what, where, howMuch, from } of steps) {
    const at = who % writers.length;
    const mine = known[at] as Set<ReknitEvent>;
    if (what < 25) {
      for (const event of known[from % writers.length] ?? []) mine.add(event);
      continue;
    }
    const [view] = foldEvents([...mine], policy, fastSha256).resources;
    const shown = view?.view.fields ?? {};
    const payload =
      what < 85 ? { notes: typed(shown['notes'] as string) } : { steps: changed(shown['steps'] as Json[]) };
    counts[at] = (counts[at] ?? 0) + 1;
    const event = eventOf(`${writers[at]}:${counts[at]}`, 'update', payload, headsOf([...mine]), {
      resource: documentResource,
      eventId: `event ${events.length}`,
    });
    events.push(event);
    mine.add(event);

    function typed(seen: string): Json {
      if (what === 84) return 'anew';
      const isTyping = what < 60 && (cursors[at] ?? 0) <= seen.length;
      const index = wholeIndex(seen, isTyping ? (cursors[at] ?? 0) : where % (seen.length + 1));
      const end = wholeIndex(seen, what < 70 ? index : Math.min(seen.length, index + (howMuch % 6)));
      const inserted = what >= 75 && what < 80 ? '' : (words[howMuch % words.length] as string);
      cursors[at] = index + inserted.length;
      // Two splices at once now and then, the second in what the first leaves.
      const second = what === 83 ? [[0, 0, 'two']] : [];
      return { $splice: [[index, Math.max(0, end - index), inserted], ...second] };
    }

    function changed(seen: readonly Json[]): Json {
      const index = where % (seen.length + 1);
      return {
        $splice: [[index, Math.min(seen.length - index, howMuch % 3), howMuch % 2 === 0 ? [howMuch, who] : []]],
      };
    }
  }
  return events;
};

/** Never within a character. */
const wholeIndex = (seen: string, index: number): number =>
  /^[\udc00-\udfff]/.test(seen.slice(index)) ? index - 1 : index;

const slowly = (events: readonly ReknitEvent[]): unknown => {
  const [history] = historiesOf(receivedOf(events).nodes, policy).histories;
  if (history === undefined) return undefined;
  const notes = sequenceOf(history, 'notes', 'text');
  const steps = sequenceOf(history, 'steps', 'list');
  // Nobody here writes what does not fit: the walker would show it to its author otherwise.
  expect([notes.invalid, steps.invalid]).toEqual([false, false]);
  return { notes: notes.value, steps: steps.value };
};

const fieldsAfter = async (batches: readonly (readonly ReknitEvent[])[], rederives: boolean): Promise<unknown> => {
  const engine = engineOn(policy);
  for (const batch of batches) await engine.deliver(batch);
  if (rederives) await engine.rederive();
  return (await engine.store.readResource(documentResource))?.view.fields;
};

test('the walker gives what the slow replay gives, in any order and batches', async () => {
  await fc.assert(
    fc.asyncProperty(fc.noBias(fc.array(step, { maxLength: 60, size: 'max' })), fc.nat(), async (steps, seed) => {
      const events = historyFrom(steps);
      const history = { events, replicas: [] };
      const expected = slowly(events);

      expect(await fieldsAfter([events], false)).toEqual(expected);
      expect(
        await fieldsAfter(
          inCausalOrder(history, seed).map((event) => [event]),
          false,
        ),
      ).toEqual(expected);
      expect(await fieldsAfter(inBatches(inCausalOrder(history, seed), randomFrom(seed)), true)).toEqual(expected);
      expect(await fieldsAfter(inBatches(shuffled(history, seed), randomFrom(seed)), false)).toEqual(expected);
    }),
    propertyOptions({ numRuns: 60 }),
  );
}, 60_000);

test('any part of it that is closed under what its authors had seen is what the slow replay gives', () => {
  fc.assert(
    fc.property(fc.noBias(fc.array(step, { maxLength: 60, size: 'max' })), fc.nat(), (steps, seed) => {
      const order = inCausalOrder({ events: historyFrom(steps), replicas: [] }, seed);
      const part = order.slice(0, 1 + (seed % order.length));

      expect(foldEvents(part, policy, fastSha256).resources[0]?.view.fields).toEqual(slowly(part));
    }),
    propertyOptions({ numRuns: 60 }),
  );
}, 60_000);
