/** The picture of a history: every event has its place, none on another's, and what comes later stands lower. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphLayout, pathOf, type GraphEvent } from '../../desk-page/resource/graph-layout.js';
import { nodeSizePx } from '../../desk-page/resource/node-size.js';
import { propertyOptions } from '../support/property-options.js';

/** Each event builds on any of those before it, one that is not shown among them. */
const histories: fc.Arbitrary<readonly GraphEvent[]> = fc
  .array(fc.array(fc.nat({ max: 30 }), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map((parents) =>
    parents.map((places, index) => ({
      dot: `r:${index + 1}`,
      parents: [...new Set(places.map((place) => `r:${place % (index + 1)}`))],
    })),
  );

test('events stand apart, below what they build on', () => {
  fc.assert(
    fc.property(histories, (events) => {
      const { nodes, edges, widthPx, heightPx } = graphLayout(events);

      expect(nodes.map(({ dot }) => dot)).toEqual(events.map(({ dot }) => dot));
      const overlapping = nodes.filter((a) =>
        nodes.some(
          (b) =>
            a !== b &&
            Math.abs(a.xPx - b.xPx) < nodeSizePx.width - 0.01 &&
            Math.abs(a.yPx - b.yPx) < nodeSizePx.height - 0.01,
        ),
      );
      expect(overlapping).toEqual([]);
      const outside = nodes.filter(
        ({ xPx, yPx }) => xPx < 0 || yPx < 0 || xPx + nodeSizePx.width > widthPx || yPx + nodeSizePx.height > heightPx,
      );
      expect(outside).toEqual([]);

      const yOf = new Map(nodes.map(({ dot, yPx }) => [dot, yPx]));
      expect(edges.filter(({ from, to }) => (yOf.get(from) ?? 0) >= (yOf.get(to) ?? 0))).toEqual([]);
      for (const { points } of edges) expect(pathOf(points)).toMatch(/^M[\d. -]+ [LQ]/);
    }),
    propertyOptions({ numRuns: 40 }),
  );
});

test('a line is drawn from every parent that no other parent has seen, and from no other', () => {
  const { edges } = graphLayout([
    { dot: 'a:1', parents: ['gone:1'] },
    { dot: 'a:2', parents: ['a:1'] },
    { dot: 'b:1', parents: ['a:1'] },
    { dot: 'a:3', parents: ['a:1', 'a:2', 'b:1'] },
  ]);

  expect(edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(['a:1 a:2', 'a:1 b:1', 'a:2 a:3', 'b:1 a:3']);
});
