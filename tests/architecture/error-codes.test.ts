/**
 * Codes of errors are what programs go by, so each stands in the guide, and the guide names none that is gone. A code
 * is found where it is written: in the call that makes the error, as a `code` of a value, or in a union of codes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceFiles } from './check.js';
import { root } from './planted.js';

/** Functions that make an error of the code that they are given first. */
const makers = ['ReknitError', 'bundleError', 'hubError', 'problem', 'refuse', 'refused', 'refusal'];
const made = new RegExp(String.raw`\b(?:${makers.join('|')})(?:<[^>]*>)?\(\s*'([a-z_]+)'`, 'g');
const valued = /\bcode: (?:[^,'})]*\?\? )?'([a-z_]+)'/g;
/** `export type SomeErrorCode =`, with comments between the codes. */
const union = /type \w+(?:ErrorCode|Refusal) =\s*((?:\|\s*'[a-z_]+'\s*|\/\*\*.*?\*\/\s*)+);/gs;
const problems = /const statusByCode = \{(.*?)\}/s;

const sources = join(root, 'src');
// What the kits say to who tests with them is no error of the library.
const files = sourceFiles(sources).filter((path) => !path.startsWith('testing/'));

/** Members that a check of arguments names are no codes. */
const isCheck = (path: string): boolean => path === 'application/argument-checks.ts';

const codesIn = (path: string): readonly string[] => {
  const text = readFileSync(join(sources, path), 'utf8');
  const calls = isCheck(path) ? /\bReknitError\(\s*'([a-z_]+)'/g : made;
  return [
    ...[...text.matchAll(calls), ...text.matchAll(valued)].map(([, code]) => code ?? ''),
    ...[...text.matchAll(union)].flatMap(([, codes]) =>
      [...(codes ?? '').matchAll(/'([a-z_]+)'/g)].map(([, code]) => code ?? ''),
    ),
    ...[...(problems.exec(text)?.[1] ?? '').matchAll(/([a-z_]+):/g)].map(([, code]) => code ?? ''),
  ];
};

const inSources = new Set(files.flatMap(codesIn));
const guide = readFileSync(join(root, 'docs/guides/errors.md'), 'utf8');
/** The first cell of a table's row. */
const inGuide = new Set(
  [...guide.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([a-z_]+)`/g)].map(([, code]) => code ?? ''),
  ),
);

/** Each passes on a code that is found where it was written. */
const passedOn: readonly string[] = [
  'adapters/desk/problems.ts: code',
  'adapters/hub/problems.ts: code',
  'adapters/remote/bundle/bundle-error.ts: code',
  'adapters/remote/hub/hub-error.ts: code',
  'adapters/sqlite-file/errors.ts: code',
  'application/sync/connection.ts: error?.code ?? phase',
  'application/sync/push.ts: verdict.code',
  'application/sync/untaken.ts: first.code',
  'cli/demo/hub/device.ts: error.code',
  'domain/events/parse.ts: code',
  'domain/resource/decide.ts: code',
];

test('every code is in the guide', () => {
  expect([...inSources].filter((code) => !inGuide.has(code)).sort()).toEqual([]);
});

test('every code of the guide is in the sources', () => {
  expect([...inGuide].filter((code) => !inSources.has(code)).sort()).toEqual([]);
});

test('no error is made in a way that hides its code', () => {
  const hidden = files.flatMap((path) => {
    const text = readFileSync(join(sources, path), 'utf8');
    return [...text.matchAll(/new ReknitError(?:<[^>]*>)?\(\s*([^'\s][^,]*),/g)].map(([, code]) => `${path}: ${code}`);
  });

  expect(hidden.filter((place) => !passedOn.includes(place))).toEqual([]);
});
