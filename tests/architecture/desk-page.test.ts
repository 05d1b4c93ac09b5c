/**
 * The desk's page is a program of its own beside the layers: it is bundled for a browser, so whatever it names is
 * shipped. Of the package it knows the shapes of the desk's interface, as types that leave nothing in the bundle.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { importsOf, packageOf, type ImportStatement } from './imports.js';
import { root } from './planted.js';

const page = join(root, 'desk-page');
const bundled = ['@dagrejs/dagre', '@preact/signals', '@tanstack/virtual-core', 'fast-diff', 'preact', 'uplot'];

const sources = readdirSync(page, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.tsx?$/.test(path) && path !== 'vite.config.ts');

const complaintAbout = (path: string, { specifier, typeOnly }: ImportStatement): string | undefined => {
  if (!specifier.startsWith('.')) {
    return bundled.includes(packageOf(specifier)) ? undefined : `${specifier} is none of the packages that are bundled`;
  }
  const target = posix.join(posix.dirname(path), specifier);
  if (!target.startsWith('../')) return undefined;
  if (target !== '../src/adapters/desk/api/index.js') return `${specifier} is no part of the desk's interface`;
  return typeOnly ? undefined : `${specifier} may be imported as types only`;
};

const complaintsAbout = (path: string, source: string): readonly string[] =>
  importsOf(source).flatMap((statement) => {
    const complaint = complaintAbout(path, statement);
    return complaint === undefined ? [] : [`${path}: ${complaint}`];
  });

test('the page names the packages that it bundles and the types of the interface, nothing else', () => {
  expect(sources.flatMap((path) => complaintsAbout(path, readFileSync(join(page, path), 'utf8')))).toEqual([]);
  expect(sources.length).toBeGreaterThan(40);
});

test('a planted import of the server, or of another package, is found', () => {
  const planted = [
    "import { createDesk } from '../../src/adapters/desk/index.js';",
    "import { conflict } from '../../src/adapters/desk/api/index.js';",
    "import { z } from 'zod';",
  ];

  for (const line of planted) expect(complaintsAbout('inbox/planted.ts', `${line}\n`)).toHaveLength(1);
});

test('nothing in the page loads anything from elsewhere, and nothing is inline', () => {
  const html = readFileSync(join(page, 'index.html'), 'utf8');
  const texts = sources.map((path) => readFileSync(join(page, path), 'utf8'));

  expect(html).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|https?:/);
  for (const text of texts) expect(text).not.toMatch(/innerHTML|dangerouslySetInnerHTML|https?:\/\/(?!www\.w3\.org)/);
});
