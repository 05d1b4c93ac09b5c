/** A history drawn as lines says who had seen what: read back from the drawing, it gives the same parents. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphRows, parentsFirst, type GraphEvent } from '../../src/cli/output/event-graph.js';
import { propertyOptions } from '../support/property-options.js';

/** Histories, parents first: each event names some of those before it. */
const histories: fc.Arbitrary<readonly GraphEvent[]> = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 25 })
  .map((links) =>
    links.map((link, index) => ({
      dot: `e${index}`,
      parents: index === 0 ? [] : [...new Set(link.map((number) => `e${number % index}`))],
    })),
  );

/** Follows the lines of a drawing from the top: which events' lines arrive at each event. */
const childrenDrawn = (newestFirst: readonly GraphEvent[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const rows = [...graphRows(newestFirst)];
  const found = new Map<string, ReadonlySet<string>>();
  let columns: Set<string>[] = [];
  const at = (column: number): Set<string> => (columns[column] ??= new Set());
  let last: { readonly dot: string; readonly column: number } | undefined;
  for (const [index, { lanes, event }] of rows.entries()) {
    const characters = Array.from(lanes).filter((_, place) => place % 2 === 0);
    if (event !== undefined) {
      const column = characters.indexOf('●');
      for (const [place, character] of characters.entries())
        if (character === '│') expect(at(place), `a line from nowhere in ${lanes}`).not.toEqual(new Set());
      found.set(event.dot, new Set(at(column)));
      columns = characters.map((character, place) => (character === ' ' ? new Set() : at(place)));
      columns[column] = new Set(event.parents.length > 0 ? [event.dot] : []);
      last = { dot: event.dot, column };
      continue;
    }
    const target = Array.from(rows[index + 1]?.lanes ?? '')
      .filter((_, place) => place % 2 === 0)
      .indexOf('●');
    const isJoin = /[╯╰┴]/u.test(lanes);
    for (const [place, character] of characters.entries()) {
      if ('╯╰┴'.includes(character)) {
        for (const dot of at(place)) at(target).add(dot);
        columns[place] = new Set();
      }
      if ('╮╭┬'.includes(character)) columns[place] = new Set(last === undefined ? [] : [last.dot]);
      if (!isJoin && '├┤┼'.includes(character) && last !== undefined && place !== last.column) at(place).add(last.dot);
    }
  }
  return found;
};

test('following the lines down from an event leads to what its author had seen, and to nothing else', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const drawn = childrenDrawn(history.toReversed());
      for (const { dot } of history) {
        const children = history.filter(({ parents }) => parents.includes(dot)).map((child) => child.dot);
        expect([...(drawn.get(dot) ?? [])].sort()).toEqual([...children].sort());
      }
    }),
    propertyOptions({ numRuns: 300 }),
  );
});

test('whatever the order of a log, what an author had seen comes first, and nothing is left out', () => {
  fc.assert(
    fc.property(
      histories.chain((history) =>
        fc.shuffledSubarray([...history], { minLength: history.length, maxLength: history.length }),
      ),
      (log) => {
        const ordered = parentsFirst(log);
        expect([...ordered].map(({ dot }) => dot).sort()).toEqual(log.map(({ dot }) => dot).sort());
        for (const [place, { parents }] of ordered.entries())
          for (const parent of parents) expect(ordered.findIndex(({ dot }) => dot === parent)).toBeLessThan(place);
      },
    ),
    propertyOptions(),
  );
});
