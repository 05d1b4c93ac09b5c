/** Lists and texts by their parts: documents, versions, blocks, and the walker on small histories, each against a slow way. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dot, ReknitEvent } from '../../src/domain/events/event.js';
import type { Accumulated, AccumulatedNotes, FieldHistory, FieldWrite } from '../../src/domain/fields/field-kind.js';
import { sequenceAccumulator } from '../../src/domain/fields/sequence/accumulate-sequence.js';
import { blocksOf } from '../../src/domain/fields/sequence/blocks.js';
import {
  holdsPairs,
  isPair,
  listContent,
  textContent,
  type Content,
} from '../../src/domain/fields/sequence/content.js';
import { createRun } from '../../src/domain/fields/sequence/run.js';
import { createSpanList, edge, firstBase } from '../../src/domain/fields/sequence/spans.js';
import type { Splice } from '../../src/domain/fields/sequence/splices.js';
import { criticalVersions, differenceOf } from '../../src/domain/fields/sequence/versions.js';
import type { Json, JsonObject } from '../../src/domain/shared/json.js';
import { eventOf } from '../support/histories/event-builder.js';
import { graphFrom, shape, type Graph } from '../support/histories/small-graphs.js';
import { dotOf } from '../support/model/order.js';
import { createReplay, type SequenceReplay } from '../support/model/sequence.js';
import { propertyOptions } from '../support/property-options.js';

/** Small cases, so many that each kind of them comes up: a history of ten writes takes no time. */
const options = (numRuns: number) => ({ ...propertyOptions(), numRuns });

/** Of texts without characters of two code units, and of lists of them. */
const signsIn = (content: Content): readonly string[] =>
  typeof content === 'string' ? content.split('') : (content as readonly string[]);

const holdsPlain = (value: Json | undefined): boolean => typeof value === 'string' || Array.isArray(value);

describe('a document', () => {
  const edit = fc.record({ at: fc.nat(), gone: fc.nat({ max: 5 }), come: fc.string({ maxLength: 8 }) });

  test.each([
    ['text', textContent, (text: string): Content => text],
    ['list', listContent, (text: string): Content => Array.from(text)],
  ])('of a %s is what all splices made of it, at any time', (_what, kind, contentOf) => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.array(edit, { maxLength: 14 }), (start, edits) => {
        const document = kind.documentOf(contentOf(start));
        let expected = Array.from({ length: start.length }, (_, index) => start.charAt(index));
        for (const { at, gone, come } of edits) {
          const index = at % (expected.length + 1);
          const count = Math.min(gone, expected.length - index);
          document.splice(index, count, contentOf(come));
          const inserted = contentOf(come);
          expected = expected.toSpliced(index, count, ...signsIn(inserted));
          expect(document.length()).toBe(expected.length);
          const [from, to] = [index % 3, expected.length - (count % 2)];
          expect(signsIn(document.slice(from, to)).join('')).toBe(expected.slice(from, to).join(''));
        }
        expect(signsIn(document.content()).join('')).toBe(expected.join(''));
      }),
      options(60),
    );
  });

  test('takes texts and lists that do not fit on the stack, and grows', () => {
    const long = 'x'.repeat(200_000);
    const text = textContent.documentOf('ab');
    for (let index = 0; index < 6; index += 1) text.splice(1, 0, 'y');
    text.splice(3, 1, long);
    const list = listContent.documentOf([1, 2, 3]);
    list.splice(1, 1, Array.from(long));

    expect(text.content()).toBe(`ayy${long}yyyb`);
    expect(list.content()).toEqual([1, ...Array.from(long), 3]);
  });

  test('is not the list that it was made of', () => {
    const items = [1, 2];
    listContent.documentOf(items).splice(0, 1, []);

    expect(items).toEqual([1, 2]);
    expect([listContent.isContent([]), listContent.isContent('x'), textContent.isContent('x'), textContent.isContent([])]).toEqual([true, false, true, false]);
  }); // prettier-ignore

  test('knows characters of two code units', () => {
    expect(['😀', 'a\ud800', '\udfff'].every(holdsPairs)).toBe(true);
    expect(['', 'a', '\ud7ff', '\ue000'].some(holdsPairs)).toBe(false);
    expect(holdsPairs(['😀'])).toBe(false);
    expect(isPair('\ud800', '\udc00') && isPair('\udbff', '\udfff')).toBe(true);
    expect(
      [['\ud7ff', '\udc00'], ['\udc00', '\udc00'], ['\ud800', '\udbff'], ['\ud800', '\ue000'], [undefined, '\udc00'], ['\ud800', undefined], [1, 2]].some(([a, b]) => isPair(a, b)),
    ).toBe(false); // prettier-ignore
  });
});

describe('versions', () => {
  test('are critical where all writes have seen them, or were seen', () => {
    fc.assert(
      fc.property(shape, (given) => {
        const graph = graphFrom(given);
        const writes = given.map(() => undefined as unknown as FieldWrite);
        const all = given.map((_, place) => place);
        const expected = all.map((place) =>
          all.every(
            (other) => other === place || graph.hasSeen(place, other) || (other > place && graph.hasSeen(other, place)),
          ),
        );
        // A version is what all up to it make: so none before it may be unseen by it.
        expect(criticalVersions({ ...graph, writes, counted: 0 })).toEqual(expected);
      }),
      options(150),
    );
  });

  test('differ by what only one of them holds, the latest first', () => {
    fc.assert(
      fc.property(shape, fc.nat(), fc.nat(), (given, one, other) => {
        const { parentsOf, hasSeen, length } = graphFrom(given);
        if (length === 0) return;
        const [first, second] = [one % length, other % length];
        const holds = (tip: number, place: number) => tip === place || hasSeen(tip, place);
        const places = given.map((_, place) => place).reverse();

        expect(differenceOf([first], [second], parentsOf)).toEqual({
          onlyFirst: places.filter((place) => holds(first, place) && !holds(second, place)),
          onlySecond: places.filter((place) => holds(second, place) && !holds(first, place)),
        });
        expect(differenceOf([], [second], parentsOf).onlySecond).toEqual(
          places.filter((place) => holds(second, place)),
        );
      }),
      options(100),
    );
  });
});

test('blocks are lines in which nobody parted and nobody met, parents first, counted ones before the others', () => {
  fc.assert(
    fc.property(shape, fc.nat(), fc.nat(), (given, start, split) => {
      const { parentsOf, length } = graphFrom(given);
      const from = start % (length + 1);
      const counted = from + (split % (length - from + 1));
      const { blocks, counted: countedBlocks } = blocksOf(from, counted, length, parentsOf);
      const childrenOf = (place: number) =>
        given.flatMap((_, child) => (child >= from && parentsOf(child).includes(place) ? [child] : []));
      const blockOf = new Map(blocks.flatMap(({ places }, number) => places.map((place) => [place, number] as const)));

      expect(blocks.flatMap(({ places }) => places).sort((a, b) => a - b)).toEqual(
        given.flatMap((_, place) => (place >= from ? [place] : [])),
      );
      for (const [number, { places, parents }] of blocks.entries()) {
        const inPart = (place: number | undefined) => parentsOf(place ?? 0).filter((parent) => parent >= from);
        expect(places.every((place) => place < counted === number < countedBlocks)).toBe(true);
        expect(parents).toEqual(inPart(places[0]).map((parent) => blockOf.get(parent)));
        expect(parents.every((parent) => parent < number)).toBe(true);
        for (const [index, place] of places.entries()) {
          if (index === 0) continue;
          expect(inPart(place)).toEqual([places[index - 1]]);
          expect(childrenOf(places[index - 1] ?? 0)).toEqual([place]);
        }
      }
    }),
    options(150),
  );
});

describe('the spans of what is replayed', () => {
  const change = fc.record({ what: fc.nat({ max: 5 }), at: fc.nat(), length: fc.integer({ min: 1, max: 4 }) });

  /** Every item by itself, in document order. */
  interface Item {
    readonly item: number;
    state: number;
    isGone: boolean;
  }

  /** Does the same to the spans and to a plain list of items; there are far more spans than a chunk holds. */
  const changed = (baseLength: number, changes: readonly { what: number; at: number; length: number }[]) => {
    const list = createSpanList(baseLength);
    const items = Array.from({ length: baseLength }, (_, at): Item => ({ item: firstBase + at, state: 1, isGone: false }));
    let inserted = 0;
    const visible = () => items.filter(({ state }) => state === 1);
    for (const { what, at, length } of changes) {
      const shown = visible();
      if (what < 3) {
        const place = (at % (shown.length + 1)) - 1;
        const cursor = list.cursorAfter(place);
        const before = place < 0 ? 0 : items.indexOf(shown[place] as Item) + 1;
        expect(list.next({ ...cursor })?.first).toBe(items[before]?.item);
        list.insert(cursor, { first: inserted, length, state: 1, isGone: false, left: edge, right: edge });
        items.splice(before, 0, ...Array.from({ length }, (_, offset): Item => ({ item: inserted + offset, state: 1, isGone: false })));
        inserted += length;
      } else if (shown.length > 0) {
        // Deletes items that are visible, or takes what stands there back for a while.
        const first = shown[at % shown.length] as Item;
        const span = list.spanAt(at % shown.length);
        expect(span.first).toBe(first.item);
        if (span.length > length) expect(list.split(span, length).first).toBe(first.item + length);
        const [state, isGone] = what === 5 ? [0, span.isGone] : [2, true];
        for (const one of items) if (one.item >= span.first && one.item < span.first + span.length) Object.assign(one, { state, isGone });
        list.change(span, state, isGone);
      }
    }
    return { list, items };
  }; // prettier-ignore

  test('show, keep and order the items that they hold, as a plain list of them does', () => {
    fc.assert(
      fc.property(fc.nat({ max: 90 }), fc.array(change, { minLength: 150, maxLength: 260 }), (baseLength, changes) => {
        const { list, items } = changed(baseLength, changes);
        const shown = items.filter(({ state }) => state === 1);
        const all: number[] = [];
        list.each(({ first, length }) => all.push(...Array.from({ length }, (_, offset) => first + offset)));

        expect(all).toEqual(items.map(({ item }) => item));
        expect([list.visible(), list.remaining()]).toEqual([shown.length, items.filter(({ isGone }) => !isGone).length]);
        expect(shown.map((_, place) => list.itemAt(place))).toEqual(shown.map(({ item }) => item));
        expect(() => list.itemAt(shown.length)).toThrow(/no visible item/u);
        let remaining = 0;
        for (const [at, { item, state, isGone }] of items.entries()) {
          const span = list.spanOf(item);
          expect([span.state, span.isGone]).toEqual([state, isGone]);
          if (span.first === item) expect(list.remainingBefore(span)).toBe(remaining);
          if (!isGone) remaining += 1;
          const other = items[(at * 7) % items.length]?.item ?? item;
          expect(list.isBefore(item, other)).toBe(at < (at * 7) % items.length);
        }
      }),
      options(12),
    );
  }); // prettier-ignore

  test('of an item that nobody inserted there is none', () => {
    const { list } = changed(0, [{ what: 0, at: 0, length: 2 }]);

    expect(() => list.spanOf(2)).toThrow('item 2 is in no span');
    expect(() => list.spanOf(firstBase)).toThrow(/is in no span/u);
    expect(createSpanList(0).next({ ...createSpanList(0).cursorAfter(-1) })).toBeUndefined();
  });

  test('grow and shrink at their ends', () => {
    const { list } = changed(5, [{ what: 0, at: 2, length: 2 }]);
    list.resize(list.spanOf(0), 4);
    list.resize(list.spanOf(firstBase + 4), 2);

    expect([list.visible(), list.remaining()]).toEqual([8, 8]);
    expect(list.spanOf(3)).toBe(list.spanOf(0));
    expect(Array.from({ length: 8 }, (_, place) => list.itemAt(place))).toEqual([
      firstBase, firstBase + 1, 0, 1, 2, 3, firstBase + 2, firstBase + 3,
    ]);
  }); // prettier-ignore
});

describe('a run of writes', () => {
  const runOf = (...writes: readonly (readonly Splice[])[]) => {
    const edits: unknown[] = [];
    const run = createRun((edit) => edits.push(edit));
    for (const [place, splices] of writes.entries()) run.add(place, splices);
    run.flushIf(false);
    const before = edits.length;
    run.flushIf(true);
    run.flushIf(true);
    return { edits, open: edits.length - before };
  };

  test('that type on, or go on deleting, is one edit', () => {
    expect(runOf([[2, 0, 'ab']], [[4, 0, 'c']], [[5, 0, 'd']])).toEqual({
      edits: [{ index: 2, deleteCount: 0, inserted: 'abcd', authors: [{ place: 0, length: 2 }, { place: 1, length: 1 }, { place: 2, length: 1 }] }],
      open: 1,
    }); // prettier-ignore
    expect(runOf([[4, 1, '']], [[3, 1, '']], [[3, 2, '']]).edits).toEqual([
      { index: 3, deleteCount: 4, inserted: '', authors: [] },
    ]);
    expect(runOf([[4, 1, []]], [[4, 0, [1]]], [[5, 0, [2, 3]]]).edits).toEqual([
      { index: 4, deleteCount: 1, inserted: [1, 2, 3], authors: [{ place: 1, length: 1 }, { place: 2, length: 2 }] },
    ]); // prettier-ignore
  });

  test('that go elsewhere are edits of their own', () => {
    expect(runOf([[2, 0, 'a']], [[2, 0, 'b']]).edits).toHaveLength(2);
    expect(runOf([[2, 0, 'a']], [[4, 0, 'b']]).edits).toHaveLength(2);
    expect(runOf([[2, 0, 'a']], [[3, 1, 'b']]).edits).toHaveLength(2);
    expect(runOf([[2, 0, 'a']], [[2, 1, '']]).edits).toHaveLength(2);
    expect(runOf([[4, 1, '']], [[6, 1, '']]).edits).toHaveLength(2);
    expect(runOf([[4, 1, '']], [[1, 1, '']]).edits).toHaveLength(2);
    expect(runOf([[4, 1, '']], [[4, 1, 'x']]).edits).toHaveLength(2);
    expect(runOf()).toEqual({ edits: [], open: 0 });
  });
});

describe('the walker, on small histories', () => {
  const words = ['x', 'yz', '😀', 'q', ''];
  const write = fc.record({ sees: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }), at: fc.nat(), gone: fc.nat({ max: 3 }), what: fc.nat({ max: 40 }) }); // prettier-ignore
  const writes = fc.array(write, { minLength: 1, maxLength: 9 });
  const authors = ['b', 'a', 'C', 'd'];

  /** The first write is a create that all have seen; the others do what they can to what their authors saw. */
  const historyFrom = (given: readonly (typeof writes extends fc.Arbitrary<readonly (infer Write)[]> ? Write : never)[], kind: 'text' | 'list', { isSloppy = false, isLine = false } = {}) => {
    const graph = graphFrom([[0], ...given.map(({ sees }, index) => (isLine ? [index] : [0, ...sees]))]);
    const seenBy = (place: number) => given.flatMap((_, at) => (graph.hasSeen(place, at) ? [at] : []));
    const first = kind === 'list' ? [1, 2] : isSloppy && given.length % 2 === 0 ? 's😀t' : 'st';
    const events: ReknitEvent[] = [eventOf('!:1', 'create', { f: first })];
    const replayOf = (places: readonly number[]) => {
      const replay = createReplay('f', kind);
      for (const place of places)
        replay.add(events[place] as ReknitEvent, (other) => graph.hasSeen(place, events.indexOf(other)));
      return replay;
    };
    for (const [index, { at, gone, what }] of given.entries()) {
      const place = index + 1;
      const shown = replayOf(seenBy(place)).shown() as Content;
      let from = at % (shown.length + (isSloppy ? 2 : 1));
      let to = isSloppy ? from + gone : Math.min(shown.length, from + gone);
      if (!isSloppy && typeof shown === 'string') {
        if (isPair(shown[from - 1], shown[from])) from -= 1;
        if (isPair(shown[to - 1], shown[to])) to += 1;
      }
      const word = words[what % words.length] ?? '';
      const inserted = kind === 'text' ? word : Array.from(word).map((sign) => `${sign}${place}`);
      const second = isSloppy && what < 10 ? [[at % 4, gone % 3, inserted]] : [];
      const value: Json = what === 40 ? inserted : what === 39 ? 7 : { $splice: [[from, Math.max(0, to - from), inserted], ...second] };
      const operation = what === 38 ? 'create' : 'update';
      const payload: JsonObject = what === 37 ? {} : { f: operation === 'create' ? inserted : value };
      const parents = graph.parentsOf(place).map((parent) => events[parent] as ReknitEvent);
      events.push(eventOf(`${authors[at % authors.length] ?? ''}:${place}`, operation, payload, parents, { eventId: `${place}` }));
    }
    return { events, graph, replayOf };
  }; // prettier-ignore

  const fieldHistory = (events: readonly ReknitEvent[], graph: Graph, from: number, counted: number): FieldHistory => ({
    writes: events.slice(from).map((event) => ({ dot: dotOf(event) as Dot, event, value: event.payload?.['f'] })),
    counted,
    isLinear: false,
    hasSeen: (later, earlier) => graph.hasSeen(later + from, earlier + from),
    parentsOf: (place) => graph.parentsOf(place + from).filter((parent) => parent >= from).map((parent) => parent - from),
  }); // prettier-ignore

  test.each(['text', 'list'] as const)('a %s is what the slow replay makes of it, at once and step by step', (kind) => {
    const { accumulate, initial } = sequenceAccumulator(kind === 'text' ? textContent : listContent);
    fc.assert(
      fc.property(writes, (given) => {
        const { events, graph, replayOf } = historyFrom(given, kind);
        const places = events.map((_, place) => place);
        const expected = replayOf(places).shown();
        const whole = accumulate(initial, fieldHistory(events, graph, 0, 0));
        expect(whole?.value).toEqual(expected);
        if (graph.isLinear)
          expect(accumulate(initial, { ...fieldHistory(events, graph, 0, 0), isLinear: true })).toEqual(whole);

        let state: Accumulated = accumulate(initial, fieldHistory(events.slice(0, 1), graph, 0, 0)) ?? initial;
        for (let count = 2; count <= events.length; count += 1) {
          const known = events.slice(0, count);
          state =
            accumulate(state, fieldHistory(known, graph, 1, count - 2)) ??
            (accumulate(initial, fieldHistory(known, graph, 0, 0)) as Accumulated);
          expect(state.value).toEqual(replayOf(places.slice(0, count)).shown());
        }
        expect(state).toEqual(whole);
      }),
      options(120),
    );
  });

  /** What is to be remembered of all these writes beside what they come to. */
  const notesOf = (
    events: readonly ReknitEvent[],
    graph: Graph,
    { misfits, clearing }: SequenceReplay,
  ): AccumulatedNotes => {
    const hasSeen = (one: ReknitEvent, other: ReknitEvent) => graph.hasSeen(events.indexOf(one), events.indexOf(other));
    const written = events.flatMap((event) => {
      const value = event.payload?.['f'];
      if (typeof value === 'string') return [value];
      const splices = event.operation === 'create' ? undefined : (value as JsonObject | undefined)?.['$splice'];
      return Array.isArray(splices) ? (splices as readonly Splice[]).map(([, , inserted]) => inserted) : [];
    });
    return {
      ...(misfits.some((misfit) => !clearing.some((clear) => hasSeen(clear, misfit))) ? { misfit: true } : {}),
      ...(misfits.length > 0 ? { odd: true } : {}),
      ...(written.some(holdsPairs) ? { pairs: true } : {}),
    };
  };

  test.each(['text', 'list'] as const)('writes to a %s may not fit: then they do nothing, which is noted, and only then all may be needed (R35)', (kind) => {
    const { accumulate, initial } = sequenceAccumulator(kind === 'text' ? textContent : listContent);
    fc.assert(
      fc.property(writes, fc.boolean(), (given, isLine) => {
        const { events, graph, replayOf } = historyFrom(given, kind, { isSloppy: true, isLine });
        const after = (count: number): Accumulated => {
          const known = events.slice(0, count);
          const replay = replayOf(known.map((_, place) => place));
          const notes = notesOf(known, graph, replay);
          return { value: replay.shown(), ...(Object.keys(notes).length === 0 ? {} : { notes }) };
        };
        expect(accumulate(initial, fieldHistory(events, graph, 0, 0))).toEqual(after(events.length));

        let [state, inTurn] = [after(1), after(1)];
        for (let count = 2; count <= events.length; count += 1) {
          const known = events.slice(0, count);
          const last = fieldHistory(known, graph, count - 1, 0);
          if (isLine) inTurn = accumulate(inTurn, { ...last, isLinear: true }) as Accumulated;
          if (isLine) expect(inTurn).toEqual(after(count));
          const found = accumulate(state, fieldHistory(known, graph, 1, count - 2));
          const isReplaced = known.slice(1, -1).some(({ operation, payload }) => operation === 'create' || holdsPlain(payload?.['f']));
          if (count > 2 && (state.notes?.['odd'] === true || isReplaced)) expect(found).toBeUndefined();
          else if (after(count).notes?.['pairs'] !== true) expect(found).toBeDefined();
          if (found !== undefined) expect(found).toEqual(after(count));
          state = after(count);
        }
      }),
      options(150),
    );
  }); // prettier-ignore

  test.each([
    ['text', false],
    ['text', true],
    ['list', false],
  ] as const)('the last write of a %s can be said anew for who has seen all of it (%s)', (kind, isSloppy) => {
    const content = kind === 'text' ? textContent : listContent;
    const { rebase } = sequenceAccumulator(content);
    fc.assert(
      fc.property(writes, (given) => {
        const { events, graph, replayOf } = historyFrom(given, kind, { isSloppy });
        const last = events.length - 1;
        const value = events[last]?.payload?.['f'] as JsonObject | Content | undefined;
        const rebased = rebase?.(fieldHistory(events, graph, 0, 0)) as { $splice: readonly Splice[] } | Json;
        if (value === undefined) return;
        if (typeof value !== 'object' || Array.isArray(value)) {
          expect(rebased).toEqual(value);
          return;
        }
        const document = content.documentOf(
          replayOf(events.slice(0, last).map((_, place) => place)).shown() as Content,
        );
        for (const splice of (rebased as { $splice: readonly Splice[] }).$splice) document.splice(...splice);
        expect(document.content()).toEqual(replayOf(events.map((_, place) => place)).shown());
      }),
      options(80),
    );
  });
});
