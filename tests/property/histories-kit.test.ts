/** The arbitraries of the kit: what they make is what authors record, and every kind of thing is among it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dotOf } from '../../src/domain/causality/dot.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { parseEvent } from '../../src/domain/events/parse.js';
import { foldEvents } from '../../src/domain/merge/fold-events.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import { arrivalsOf, eventHistories, historyPolicy, validEvents } from '../../src/testing/index.js';
import { fastSha256 } from '../support/engine.js';
import { propertyOptions } from '../support/property-options.js';

const dot = ({ replicaId, seq }: ReknitEvent): string => dotOf(replicaId, seq);

test('every event is valid, is no other’s double by accident, and follows its parents', () => {
  fc.assert(
    fc.property(eventHistories({ twins: true }), ({ events }) => {
      const earlier = new Set<string>();
      for (const event of events) {
        expect(parseEvent(event, fastSha256)).toMatchObject({ ok: true });
        expect(event.parents.filter((parent) => !earlier.has(parent))).toEqual([]);
        expect(earlier.has(dot(event))).toBe(false);
        earlier.add(dot(event));
      }
    }),
    propertyOptions({ numRuns: 40 }),
  );
});

test('operations fit what their author saw', () => {
  fc.assert(
    fc.property(eventHistories({ writers: 1 }), ({ events }) => {
      for (const { state } of foldEvents(events, historyPolicy).resources)
        for (const { accumulated } of state.units.values()) expect(accumulated?.notes?.misfit).toBeUndefined();
    }),
    propertyOptions({ numRuns: 40 }),
  );
});

test('whatever the arrival, the fold is the same', () => {
  fc.assert(
    fc.property(
      eventHistories({ forks: true, twins: true }).chain((history) =>
        fc.tuple(fc.constant(history), arrivalsOf(history)),
      ),
      ([{ events }, arrived]) => {
        const folded = (given: readonly ReknitEvent[]): string =>
          canonicalJson(foldEvents(given, historyPolicy).resources.map(({ view }) => view));
        expect(folded(arrived)).toBe(folded(events));
      },
    ),
    propertyOptions({ numRuns: 40 }),
  );
});

test('there is every field kind, every operation, concurrency, references, forks and twins among some hundred', () => {
  const histories = fc.sample(eventHistories({ forks: true, twins: true }), { numRuns: 150, seed: 1 });
  const events = histories.flatMap((history) => history.events);
  const fields = new Set(events.flatMap(({ payload }) => Object.keys(payload ?? {})));
  const operators = new Set(
    events.flatMap(({ payload }) =>
      Object.values(payload ?? {}).flatMap((value) =>
        typeof value === 'object' && value !== null ? Object.keys(value).filter((key) => key.startsWith('$')) : [],
      ),
    ),
  );

  expect([...fields].sort()).toEqual(['notes', 'status', 'steps', 'tags', 'title', 'trackId', 'votes']);
  expect([...operators].sort()).toEqual(['$add', '$increment', '$remove', '$splice']);
  expect(new Set(events.map(({ operation }) => operation))).toEqual(new Set(['create', 'update', 'delete', 'resolve']));
  expect(events.some(({ parents }) => parents.length > 1)).toBe(true);
  expect(events.some(({ sees }) => sees !== undefined)).toBe(true);
  const repeated = (nameOf: (event: ReknitEvent) => string): boolean =>
    histories.some((history) => new Set(history.events.map(nameOf)).size < history.events.length);
  expect(repeated(dot)).toBe(true);
  expect(repeated(({ eventId }) => eventId)).toBe(true);
  expect(histories.some((history) => foldEvents(history.events, historyPolicy).conflicts.length > 0)).toBe(true);
});

test('single events are valid, and carry what nobody knows', () => {
  fc.assert(
    fc.property(validEvents(), (event) => {
      expect(parseEvent(JSON.parse(JSON.stringify(event)), fastSha256)).toMatchObject({ ok: true });
    }),
    propertyOptions(),
  );
  expect(fc.sample(validEvents(), { numRuns: 50, seed: 1 }).some((event) => Object.hasOwn(event, 'Later member'))).toBe(
    true,
  );
});
