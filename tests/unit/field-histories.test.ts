/** A resource's history reduced to the writes of one field: who of their authors had seen which, however many others stand between. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FieldWrite } from '../../src/domain/fields/field-kind.js';
import { fieldHistory, linearHistory } from '../../src/domain/resource/accumulate.js';
import { factsOf } from '../../src/domain/resource/deed.js';
import { createHistory } from '../../src/domain/resource/history.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import { sealed } from '../support/engine.js';
import { eventOf } from '../support/histories/event-builder.js';
import { graphFrom, shape, type Graph } from '../support/histories/small-graphs.js';
import { propertyOptions } from '../support/property-options.js';

const rule = definePolicy({ name: 'test', version: 1 }).rulesFor('task').unitOf('x');

type Kind = 'writes' | 'writes another field' | 'creates' | 'void';
const kinds = fc.array(fc.constantFrom<Kind>('writes', 'writes', 'writes another field', 'creates', 'void'), {
  minLength: 13,
  maxLength: 13,
});

/** The same events, as a whole history or as a part that begins after its first. */
const historyOf = (graph: Graph, kindAt: (place: number) => Kind, isWhole: boolean) => {
  const history = createHistory(isWhole);
  const events = Array.from({ length: graph.length }, (_nothing, place) => {
    const kind = kindAt(place);
    const payload = kind === 'writes' ? { x: place } : kind === 'writes another field' ? { y: place } : {};
    return eventOf(`r${place}:1`, kind === 'creates' ? 'create' : 'update', payload);
  });
  for (const [place, event] of events.entries()) {
    const parents = graph.parentsOf(place).map((parent) => sealed(events[parent] as never).dot);
    const facts = factsOf(sealed(event), 0);
    history.add({ facts, event, isVoid: kindAt(place) === 'void', completed: undefined }, parents);
  }
  return history;
};

test('each write is told with the last ones that its author had seen, and creates are among them', () => {
  fc.assert(
    fc.property(shape, kinds, fc.boolean(), fc.nat({ max: 13 }), (given, chosen, isWhole, countedEvents) => {
      const graph = graphFrom([[0], ...given.map((sees) => [0, ...sees])]);
      const kindAt = (place: number): Kind => (place === 0 ? 'writes' : (chosen[place - 1] ?? 'writes'));
      const found = fieldHistory(historyOf(graph, kindAt, isWhole), rule, countedEvents);

      const places = Array.from({ length: graph.length }, (_nothing, place) => place).filter(
        (place) => (isWhole || place > 0) && (kindAt(place) === 'writes' || kindAt(place) === 'creates'),
      );
      expect(found.writes.map(({ dot, value }) => [dot, value])).toEqual(
        places.map((place) => [`r${place}:1`, kindAt(place) === 'writes' ? place : undefined]),
      );
      expect(found.isLinear).toBe(false);
      expect(found.counted).toBe(isWhole ? 0 : places.filter((place) => place <= countedEvents).length);
      for (const [index, place] of places.entries()) {
        const seen = places.filter((earlier) => graph.hasSeen(place, earlier));
        const last = seen.filter((one) => !seen.some((other) => graph.hasSeen(other, one)));
        expect([...found.parentsOf(index)].sort((a, b) => a - b)).toEqual(last.map((one) => places.indexOf(one)));
        for (const [other, earlier] of places.entries())
          expect(found.hasSeen(index, other)).toBe(graph.hasSeen(place, earlier));
      }
    }),
    { ...propertyOptions(), numRuns: 60 },
  );
});

test('of writes in a line each has seen those before it, and follows the one before it', () => {
  const writes = [1, 2, 3] as unknown as readonly FieldWrite[];
  const { hasSeen, parentsOf, ...rest } = linearHistory(writes);

  expect(rest).toEqual({ writes, counted: 0, isLinear: true });
  expect([hasSeen(2, 1), hasSeen(2, 0), hasSeen(1, 1), hasSeen(0, 1)]).toEqual([true, true, false, false]);
  expect([parentsOf(0), parentsOf(1), parentsOf(2)]).toEqual([[], [0], [1]]);
});
