/**
 * The specification is a checklist in both directions: every guarantee, rule and invariant
 * stands in it once, and whatever it says is enforced names tests that are there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './planted.js';

const specification = readFileSync(join(root, 'SPEC.md'), 'utf8');
const notYetAt = specification.indexOf('\n## Not yet enforced');

interface Row {
  readonly id: string;
  readonly text: string;
  readonly isEnforced: boolean;
}

const rows: readonly Row[] = [...specification.matchAll(/^\| ([GRI]\d+) \|(.*)\|$/gm)].map((match) => ({
  id: match[1] ?? '',
  text: match[2] ?? '',
  isEnforced: match.index < notYetAt,
}));

const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

/** Names of tests without the folder `tests/` and the ending, as the tables have them. */
const testsIn = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:property|integration|unit|architecture)\/[a-z0-9/-]+)`/g)].map(([, name]) => name ?? '');

test.each([
  ['guarantee', 'G', 7],
  ['rule', 'R', 40],
  ['invariant', 'I', 50],
])('every %s stands in the specification exactly once', (_, letter, count) => {
  const found = rows.map(({ id }) => id).filter((id) => id.startsWith(letter));

  expect([...found].sort()).toEqual([...numbered(letter, count)].sort());
});

test('what is enforced names a test', () => {
  expect(notYetAt).toBeGreaterThan(0);
  expect(rows.filter(({ text, isEnforced }) => isEnforced && testsIn(text).length === 0).map(({ id }) => id)).toEqual(
    [],
  );
});

test('every test that is named is there', () => {
  const missing = testsIn(specification).filter((name) => !existsSync(join(root, 'tests', `${name}.test.ts`)));

  expect([...new Set(missing)]).toEqual([]);
});
