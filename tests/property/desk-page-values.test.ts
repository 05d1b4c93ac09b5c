/** What the desk's page makes of values: nothing that differs goes unshown, and nothing that is there goes unseen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceOf, type Difference } from '../../desk-page/values/difference.js';
import { sameValue, type Json } from '../../desk-page/values/json.js';
import { segmentsOf, spelledOut } from '../../desk-page/values/unseen.js';
import { hrefOf, routeOf, type Route } from '../../desk-page/routing/route.js';
import { propertyOptions } from '../support/property-options.js';

/** Values that hold together what makes differences hard: few keys, so that they meet, and texts of few letters. */
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, 1, '', 'a'),
    fc.string({ unit: fc.constantFrom('a', 'b', '😀', ' ', '\u202E'), maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('value')), { maxLength: 3 })
      .map(
        (members) =>
          JSON.parse(`{${members.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`) as Json,
      ),
  ),
})).value;

/** Every character there is, halves of pairs too, and often those that address bars and readers stumble over. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
    fc.constantFrom('a', '%', '/', '?', '#', '&', '+', ' ', '\u202E', '\u200D', '\uFE0F', '👩', '\r', '\n'),
  ),
});

/** One of the two values that a difference was made of. */
const sideOf = (difference: Difference, side: 'from' | 'to'): Json | undefined => {
  switch (difference.type) {
    case 'same':
      return difference.value;
    case 'added':
      return side === 'to' ? difference.to : undefined;
    case 'removed':
      return side === 'from' ? difference.from : undefined;
    case 'replaced':
      return difference[side];
    case 'text': {
      const left = side === 'from' ? 'added' : 'removed';
      return difference.parts
        .filter(({ type }) => type !== left)
        .map(({ text }) => text)
        .join('');
    }
    case 'items':
      return difference.items.flatMap((item) => {
        const value = sideOf(item, side);
        return value === undefined ? [] : [value];
      });
    case 'members':
      return Object.fromEntries(
        difference.members.flatMap(({ key, difference: member }) => {
          const value = sideOf(member, side);
          return value === undefined ? [] : [[key, value]];
        }),
      );
  }
};

describe('a difference', () => {
  test('holds both values, whatever they are', () => {
    fc.assert(
      fc.property(json, json, (from, to) => {
        const difference = differenceOf(from, to);

        expect(sameValue(sideOf(difference, 'from'), from)).toBe(true);
        expect(sameValue(sideOf(difference, 'to'), to)).toBe(true);
        expect(difference.type === 'same').toBe(sameValue(from, to));
      }),
      propertyOptions({ numRuns: 150 }),
    );
  });

  test('of two lists that share items holds both, item by item', () => {
    const list = fc.array(fc.constantFrom<Json>(1, 2, 3, 'a'), { maxLength: 8 });
    fc.assert(
      fc.property(list, list, (from, to) => {
        const difference = differenceOf(from, to);

        expect([sideOf(difference, 'from'), sideOf(difference, 'to')]).toEqual([from, to]);
      }),
      propertyOptions({ numRuns: 150 }),
    );
  });

  test('marks the characters that changed in a text', () => {
    expect(differenceOf('Merge offline', 'Merge offline work')).toEqual({
      type: 'text',
      parts: [
        { type: 'same', text: 'Merge offline' },
        { type: 'added', text: ' work' },
      ],
    });
  });

  test('tells a member __proto__ from none', () => {
    const from = JSON.parse('{"__proto__":{"a":1}}') as Json;

    expect(differenceOf(from, {})).toMatchObject({
      type: 'members',
      members: [{ key: '__proto__', difference: { type: 'removed', from: { a: 1 } } }],
    });
  });
});

describe('text of anyone', () => {
  test('is cut into pieces that are the text again, and what shows itself holds no unseen character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const segments = segmentsOf(text);

        expect(segments.map((segment) => segment.text).join('')).toBe(text);
        const plain = segments.flatMap((segment) => (segment.type === 'plain' ? [segment.text] : [])).join(' ');
        expect(plain).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069\u200B\u200E\u200F]/u);
        expect(spelledOut(text)).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
      }),
      propertyOptions({ numRuns: 150 }),
    );
  });

  test('that turns its direction is named, and obeyed by nobody', () => {
    expect(spelledOut('admin\u202Egnp.exe')).toBe('admin[U+202E]gnp.exe');
    expect(segmentsOf('a\u202Eb')[1]).toMatchObject({ type: 'unseen', name: 'right-to-left override' });
  });

  test('that joins pictures stays a picture', () => {
    expect(segmentsOf('👩‍👩‍👧')).toEqual([{ type: 'plain', text: '👩‍👩‍👧' }]);
    expect(segmentsOf('a\u200Db').map(({ type }) => type)).toEqual(['plain', 'unseen', 'plain']);
  });
});

describe('an address', () => {
  const text = anyText.filter((id) => id !== '' && id.isWellFormed());
  const routes: fc.Arbitrary<Route> = fc.oneof(
    fc.record({ view: fc.constant('conflict' as const), conflictId: text }),
    fc.record({ view: fc.constant('resource' as const), resourceType: text, resourceId: text }),
    fc.record({ view: fc.constant('resources' as const), q: text }),
    fc.record({
      view: fc.constantFrom('inbox' as const, 'resolved' as const),
      filter: fc.record(
        { q: text, type: text, kind: text, agent: text, age: text, shown: text, sort: text },
        { requiredKeys: [] },
      ),
    }),
    fc.constantFrom<Route>({ view: 'overview' }, { view: 'rules' }),
  );

  test('leads back to where it was made, whatever the ids hold', () => {
    fc.assert(
      fc.property(routes, (route) => {
        expect(routeOf(hrefOf(route))).toEqual(route);
      }),
      propertyOptions({ numRuns: 150 }),
    );
  });

  test('that is none says so, and throws nothing', () => {
    expect(routeOf('#/nowhere/at/all')).toEqual({ view: 'unknown', path: 'nowhere/at/all' });
    expect(routeOf('#/conflicts/%')).toEqual({ view: 'conflict', conflictId: '%' });
  });
});
