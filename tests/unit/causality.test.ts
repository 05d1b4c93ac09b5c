/** Dots, cuts, the last-write order and the graph of who had seen what, each by itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/domain/causality/compare.js';
import { compareDots, dotOf, isDot, parseDot } from '../../src/domain/causality/dot.js';
import { createEventGraph, type EventGraph, type GraphNode } from '../../src/domain/causality/event-graph.js';
import { compareWrites, lastOf } from '../../src/domain/causality/last-write.js';
import { parentsFirst } from '../../src/domain/causality/parents-first.js';
import {
  compareVectors,
  countIn,
  joinVectors,
  parseCut,
  vectorFrom,
  vectorIncludes,
} from '../../src/domain/causality/version-vector.js';
import type { Dot, ReknitEvent, ReplicaId } from '../../src/domain/events/event.js';
import { InvariantViolation } from '../../src/domain/shared/invariant.js';
import { propertyOptions } from '../support/property-options.js';

const dot = (text: string): Dot => text as Dot;

describe('a dot', () => {
  test.each([
    ['a:1', 'a', 1],
    ['a:9', 'a', 9],
    ['a:10', 'a', 10],
    ['a:190', 'a', 190],
    ['a:b:3', 'a:b', 3],
    ['::7', ':', 7],
    ['a:9007199254740991', 'a', Number.MAX_SAFE_INTEGER],
  ])('%s is taken apart at its last colon (R1)', (text, replicaId, seq) => {
    expect(parseDot(text)).toEqual({ replicaId, seq });
    expect(isDot(text)).toBe(true);
    expect(dotOf(replicaId as ReplicaId, seq)).toBe(text);
  });

  test.each(['', ':', 'a', '1', ':1', 'a:', 'a:0', 'a:01', 'a:1x', 'a:x1', 'a:/', 'a::', 'a:-1', 'a:1.5', 'a: 1'])(
    '"%s" is none',
    (text) => {
      expect(parseDot(text)).toBeUndefined();
      expect(isDot(text)).toBe(false);
    },
  );

  test('a number that no computer counts to is none', () => {
    expect(parseDot('a:9007199254740992')).toBeUndefined();
    expect(isDot('a:9007199254740992')).toBe(false);
  });

  test('dots stand in the order of their replicas, code unit by code unit, and then of their numbers (R1)', () => {
    const ordered = ['A:2', 'a:2', 'a:10', 'a!:1', 'a:1:1', 'a:b:1', 'aa:1', 'b:1', '\u{1F600}:1', '\uFFFF:1'];

    for (const [place, a] of ordered.entries())
      for (const [other, b] of ordered.entries())
        expect(Math.sign(compareDots(a, b)), `${a} and ${b}`).toBe(Math.sign(place - other));
  });

  test('the order is that of the parts', () => {
    const replicaIds = fc.string({ unit: fc.constantFrom('a', 'b', ':', '1', 'é'), minLength: 1, maxLength: 3 });
    const parts = fc.record({ replicaId: replicaIds, seq: fc.integer({ min: 1, max: 20 }) });
    const byParts = (a: { replicaId: string; seq: number }, b: { replicaId: string; seq: number }): number => {
      if (a.replicaId !== b.replicaId) return a.replicaId < b.replicaId ? -1 : 1;
      return Math.sign(a.seq - b.seq);
    };

    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const textOf = ({ replicaId, seq }: typeof a): string => dotOf(replicaId as ReplicaId, seq);
        expect(Math.sign(compareDots(textOf(a), textOf(b)))).toBe(byParts(a, b));
      }),
      propertyOptions({ numRuns: 1_000 }),
    );
  });
});

describe('a cut', () => {
  test('counts only what it names, whatever a replica is called', () => {
    const cut = vectorFrom([
      ['laptop', 7],
      ['__proto__', 2],
    ]);

    expect(countIn(cut, 'laptop')).toBe(7);
    expect(countIn(cut, '__proto__')).toBe(2);
    expect(countIn(cut, 'phone')).toBe(0);
    expect(countIn({ laptop: 7 }, 'toString')).toBe(0);
    expect(Object.getPrototypeOf(cut)).toBeNull();
  });

  test('includes a replica’s events up to its count', () => {
    const cut = { laptop: 7 };

    expect(vectorIncludes(cut, 'laptop:6')).toBe(true);
    expect(vectorIncludes(cut, 'laptop:7')).toBe(true);
    expect(vectorIncludes(cut, 'laptop:8')).toBe(false);
    expect(vectorIncludes(cut, 'phone:1')).toBe(false);
    expect(vectorIncludes(cut, 'no dot')).toBe(false);
  });

  test('joined with another includes what either does', () => {
    expect({ ...joinVectors({ a: 3, b: 1 }, { a: 2, b: 4, c: 5 }) }).toEqual({ a: 3, b: 4, c: 5 });
  });

  test.each([
    [{}, {}, 'equal'],
    [{ a: 1 }, { a: 1 }, 'equal'],
    [{ a: 1 }, { a: 1, b: 0 }, 'equal'],
    [{ a: 1 }, { a: 2 }, 'before'],
    [{ a: 1 }, { a: 1, b: 1 }, 'before'],
    [{ a: 2 }, { a: 1 }, 'after'],
    [{ a: 1, b: 1 }, { a: 1 }, 'after'],
    [{ a: 2, b: 1 }, { a: 1, b: 2 }, 'concurrent'],
    [{ a: 1 }, { b: 1 }, 'concurrent'],
  ] as const)('%j and %j: %s', (a, b, relation) => {
    expect(compareVectors(a, b)).toBe(relation);
    expect(compare(a, b)).toBe(relation);
  });

  test.each([undefined, null, 'laptop:7', 7, [], [7]])('%j is none, and the refusal says what one is', (input) => {
    expect(() => parseCut(input)).toThrow(
      expect.objectContaining({ code: 'bad_cut', message: expect.stringContaining('{ "laptop": 7 }') }),
    );
  });

  test.each([-1, 1.5, Number.NaN, Infinity, '7', null])('a count of %j is refused with the replica’s name', (count) => {
    expect(() => parseCut({ phone: 1, laptop: count })).toThrow(
      expect.objectContaining({
        code: 'bad_cut',
        message: expect.stringContaining('"laptop"'),
        facts: { replicaId: 'laptop' },
      }),
    );
  });

  test('is taken as it was given, nothing of a replica included', () => {
    expect({ ...parseCut({ laptop: 7, phone: 0 }) }).toEqual({ laptop: 7, phone: 0 });
    expect(Object.getPrototypeOf(parseCut({}))).toBeNull();
  });
});

describe('two events', () => {
  const event = (text: string, ...parents: readonly string[]): ReknitEvent => {
    const { replicaId, seq } = parseDot(text) ?? { replicaId: '', seq: 0 };
    return { replicaId, seq, parents } as unknown as ReknitEvent;
  };
  const [first, left, right, both] = [
    event('a:1'),
    event('a:2', 'a:1'),
    event('b:1', 'a:1'),
    event('c:1', 'a:2', 'b:1'),
  ] as const;

  test('stand as their ancestry says', () => {
    expect(compare(first, left)).toBe('before');
    expect(compare(left, first)).toBe('after');
    expect(compare(left, right)).toBe('concurrent');
    expect(compare(left, event('a:2', 'a:1'))).toBe('equal');
  });

  test('need what lies between them', () => {
    expect(compare(first, both)).toBe('concurrent');
    expect(compare(first, both, [left])).toBe('before');
    expect(compare(both, first, [right])).toBe('after');
  });

  test('are compared in time however often paths meet', () => {
    const history = [first];
    for (let seq = 2; seq < 40; seq += 1) {
      const parents = history.slice(-2).map(({ replicaId, seq: number }) => `${replicaId}:${number}`);
      history.push(event(`a:${seq}`, ...parents), event(`b:${seq}`, ...parents));
    }

    expect(compare(event('z:1', 'y:1'), history.at(-1) ?? first, history)).toBe('concurrent');
    expect(compare(first, history.at(-1) ?? first, history)).toBe('before');
  });
});

describe('the last write', () => {
  const write = (timestamp: string, counter: number, text: string) => ({ timestamp, counter, dot: text });

  test('is found by time, then counter, then replica, then number (R2)', () => {
    const ordered = [
      write('2026-01-01', 9, 'z:9'),
      write('2026-01-02', 1, 'z:9'),
      write('2026-01-02', 2, 'a:2'),
      write('2026-01-02', 2, 'a:10'),
      write('2026-01-02', 2, 'b:1'),
    ];

    for (const [place, a] of ordered.entries())
      for (const [other, b] of ordered.entries()) expect(Math.sign(compareWrites(a, b))).toBe(Math.sign(place - other));
    expect(lastOf(ordered, (one) => one)).toBe(ordered.at(-1));
    expect(lastOf(ordered.toReversed(), (one) => one)).toBe(ordered.at(-1));
    expect(lastOf([], (one) => one)).toBeUndefined();
  });
});

describe('parents first', () => {
  const order = (...items: readonly (readonly [string, ...string[]])[]): readonly string[] =>
    parentsFirst(items, ([own, ...parents]) => ({ dot: dot(own), parents: parents.map(dot) })).map(([own]) => own);

  test('what is in order stays as it is', () => {
    expect(order(['b'], ['a'], ['c', 'a', 'b'])).toEqual(['b', 'a', 'c']);
  });

  test('what comes too early waits for its parents, as many passes as it takes', () => {
    expect(order(['d', 'c'], ['c', 'b'], ['b', 'a'], ['a'])).toEqual(['a', 'b', 'c', 'd']);
  });

  test('what lacks a parent for good is left out, with what builds on it', () => {
    expect(order(['a'], ['b', 'a', 'lost'], ['c', 'b'], ['d', 'a'])).toEqual(['a', 'd']);
  });
});

describe('the graph of a resource’s events', () => {
  type Drawn = readonly (readonly [string, ...string[]])[];

  const drawn = (events: Drawn, hasFloor = false): EventGraph<string> => {
    const graph = createEventGraph<string>(hasFloor);
    for (const [own, ...parents] of events) graph.add(dot(own), parents.map(dot), `item of ${own}`);
    return graph;
  };
  const chainsOf = ({ nodes }: EventGraph<string>): number => new Set(nodes.map(({ chain }) => chain)).size;
  const nodeIn = (graph: EventGraph<string>, own: string): GraphNode<string> => {
    const node = graph.get(dot(own));
    if (node === undefined) throw new Error(`${own} is not in the graph`);
    return node;
  };

  test('gives back what was put in, in that order', () => {
    const graph = drawn([['a:1'], ['b:1', 'a:1']]);

    expect(graph.nodes.map(({ index, dot: own, item }) => [index, own, item])).toEqual([
      [0, 'a:1', 'item of a:1'],
      [1, 'b:1', 'item of b:1'],
    ]);
    expect(nodeIn(graph, 'b:1').parents).toEqual([nodeIn(graph, 'a:1')]);
    expect(graph.get(dot('a:2'))).toBeUndefined();
  });

  test('an event before its parent is a defect, unless there is a floor for the parent to lie below', () => {
    expect(() => drawn([['a:2', 'a:1']])).toThrow(new InvariantViolation('a:2 was added before its parent a:1'));
    expect(nodeIn(drawn([['a:2', 'a:1']], true), 'a:2').parents).toEqual([]);
  });

  test('one replica alone is one chain, which shares what was seen', () => {
    const graph = drawn([['a:1'], ['a:2', 'a:1'], ['a:3', 'a:2']]);

    expect(graph.nodes.map(({ chain, place }) => [chain, place])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    expect(nodeIn(graph, 'a:3').seen).toBe(nodeIn(graph, 'a:1').seen);
  });

  test('replicas that take turns are one chain: there are as many as there are lines at a time', () => {
    expect(chainsOf(drawn([['a:1'], ['b:1', 'a:1'], ['a:2', 'b:1'], ['b:2', 'a:2']]))).toBe(1);
  });

  test('replicas that write beside each other keep their chains, also after they have seen one another', () => {
    const graph = drawn([
      ['a:1'],
      ['b:1'],
      ['a:2', 'a:1', 'b:1'],
      ['b:2', 'a:1', 'b:1'],
      ['a:3', 'a:2', 'b:2'],
      ['b:3', 'a:2', 'b:2'],
    ]);

    expect(chainsOf(graph)).toBe(2);
    expect(['a:1', 'a:2', 'a:3'].map((own) => nodeIn(graph, own).chain)).toEqual([0, 0, 0]);
    expect(['b:1', 'b:2', 'b:3'].map((own) => nodeIn(graph, own).chain)).toEqual([1, 1, 1]);
  });

  test('who goes on after another’s event goes on with the chain that it wrote last, if that has been seen', () => {
    const rounds = Array.from({ length: 9 }, (_, round) => 2 * round + 2);
    const graph = drawn([
      ['a:1'],
      ['b:1'],
      ...rounds.flatMap((seq): Drawn => [
        [`a:${seq}`, `a:${seq - 1}`, `b:${seq / 2}`],
        [`a:${seq + 1}`, `a:${seq}`],
        [`b:${seq / 2 + 1}`, `a:${seq}`],
      ]),
    ]);

    expect(chainsOf(graph)).toBe(2);
    expect(nodeIn(graph, 'b:10')).toMatchObject({ chain: 1, place: 10 });
  });

  test('its own chain comes before that of another, of which it could as well be the next', () => {
    const graph = drawn([['a:1'], ['b:1'], ['b:2', 'a:1', 'b:1'], ['a:2', 'a:1', 'b:1']]);

    expect(nodeIn(graph, 'b:2').chain).toBe(nodeIn(graph, 'b:1').chain);
    expect(nodeIn(graph, 'a:2').chain).toBe(nodeIn(graph, 'a:1').chain);
  });

  test.each([['c'], ['bc']])('%s, who took over a chain, keeps it', (name) => {
    const graph = drawn([
      ['a:1'],
      ['b:1'],
      [`${name}:1`, 'b:1'],
      ['a:2', 'a:1', `${name}:1`],
      ['a:3', 'a:2'],
      [`${name}:2`, 'a:2'],
    ]);

    expect(nodeIn(graph, `${name}:2`).chain).toBe(nodeIn(graph, 'b:1').chain);
    expect(chainsOf(graph)).toBe(2);
  });

  test('a replica that has not seen its own last event gets another chain (R4)', () => {
    const graph = drawn([['a:1'], ['a:2', 'a:1'], ['a:3', 'a:1']]);

    expect(graph.hasSeen(nodeIn(graph, 'a:3'), nodeIn(graph, 'a:2'))).toBe(false);
    expect(graph.hasSeen(nodeIn(graph, 'a:2'), nodeIn(graph, 'a:3'))).toBe(false);
    expect(chainsOf(graph)).toBe(2);
  });

  test('a replica whose name begins as another’s is another', () => {
    const graph = drawn([['a:1'], ['ab:1', 'a:1'], ['a:2', 'ab:1'], ['ab:2', 'a:1']]);

    expect(graph.hasSeen(nodeIn(graph, 'ab:2'), nodeIn(graph, 'a:2'))).toBe(false);
    expect(graph.hasSeen(nodeIn(graph, 'ab:2'), nodeIn(graph, 'a:1'))).toBe(true);
  });

  test('a past is a line until two lines meet, and never again', () => {
    const graph = drawn([['a:1'], ['a:2', 'a:1'], ['b:1', 'a:1'], ['c:1', 'a:2', 'b:1'], ['c:2', 'c:1']]);

    expect(graph.nodes.map(({ isLine }) => isLine)).toEqual([true, true, true, false, false]);
  });

  test('who had seen what is ancestry, for any graph', () => {
    const graphs = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', 'ab', 'c'), fc.array(fc.nat(), { maxLength: 3 })), { maxLength: 25 })
      .map((rows): Drawn => {
        const events: [string, ...string[]][] = [];
        for (const [place, [replicaId, links]] of rows.entries()) {
          const parents = new Set(place === 0 ? [] : links.map((link) => events[link % place]?.[0] ?? ''));
          events.push([`${replicaId}:${place + 1}`, ...parents]);
        }
        return events;
      });

    fc.assert(
      fc.property(graphs, (events) => {
        const graph = drawn(events);
        const pasts = new Map<string, ReadonlySet<string>>();
        for (const [own, ...parents] of events)
          pasts.set(own, new Set(parents.flatMap((parent) => [parent, ...(pasts.get(parent) ?? [])])));

        for (const later of graph.nodes)
          for (const earlier of graph.nodes)
            expect(graph.hasSeen(later, earlier), `${later.dot} and ${earlier.dot}`).toBe(
              pasts.get(later.dot)?.has(earlier.dot),
            );
      }),
      propertyOptions({ numRuns: 300 }),
    );
  });
});
