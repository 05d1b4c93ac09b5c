/**
 * A small tree of sources under the project's own configuration, with a violation planted in most of its files.
 * A guard that reports nothing may have read nothing; here it is known what it has to report.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Plant {
  readonly path: string;
  readonly source: string;
  /** The lint rule that has to report the file. */
  readonly rule?: string;
  /** What the check of the layers has to say of it. */
  readonly complaint?: string;
  /** What the compiler has to say of it, in the layer's own project. */
  readonly error?: string;
}

const bannedImport = 'eslint(no-restricted-imports)';
const bannedGlobal = 'eslint(no-restricted-globals)';
const bannedProperty = 'eslint(no-restricted-properties)';

export const plants: readonly Plant[] = [
  {
    path: 'src/domain/file.ts',
    source: `import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n`,
    rule: bannedImport,
    complaint: 'domain has no platform',
    error: `Cannot find name 'node:fs'`,
  },
  {
    path: 'src/domain/outward.ts',
    source: `import type { Port } from '../application/clean.js';\nexport type Known = Port;\n`,
    rule: bannedImport,
    complaint: 'domain may not know application',
    error: `not under 'rootDir'`,
  },
  {
    path: 'src/domain/container.ts',
    source: `export { Container } from 'inversify';\n`,
    rule: bannedImport,
    complaint: 'domain may not know inversify',
  },
  {
    path: 'src/domain/lazy.ts',
    source: `export const load = () => import('rxjs');\n`,
    rule: bannedImport,
    complaint: 'domain may not know rxjs',
  },
  {
    path: 'src/domain/environment.ts',
    source: `export const zone = process.env['TZ'];\n`,
    rule: bannedGlobal,
    error: `Cannot find name 'process'`,
  },
  {
    path: 'src/domain/page.ts',
    source: `export const title = document.title;\n`,
    rule: bannedGlobal,
    error: `Cannot find name 'document'`,
  },
  { path: 'src/domain/now.ts', source: `export const nowMs = Date.now();\n`, rule: bannedGlobal },
  { path: 'src/domain/today.ts', source: `export const today = new Date();\n`, rule: bannedGlobal },
  { path: 'src/domain/locale.ts', source: `export const order = new Intl.Collator();\n`, rule: bannedGlobal },
  { path: 'src/domain/chance.ts', source: `export const chance = Math.random();\n`, rule: bannedProperty },
  {
    path: 'src/domain/collation.ts',
    source: `export const order = (a: string, b: string): number => a.localeCompare(b);\n`,
    rule: bannedProperty,
  },
  {
    path: 'src/domain/chicken.ts',
    source: `import { egg } from './egg.js';\nexport const chicken = (): string => egg();\n`,
    rule: 'import(no-cycle)',
  },
  {
    path: 'src/domain/egg.ts',
    source: `import { chicken } from './chicken.js';\nexport const egg = (): string => chicken();\n`,
    rule: 'import(no-cycle)',
  },
  {
    path: 'src/domain/anything.ts',
    source: `export const anything = (value: any): unknown => value;\n`,
    rule: 'typescript(no-explicit-any)',
  },
  { path: 'src/domain/nameless.ts', source: `export default 1;\n`, rule: 'import(no-default-export)' },
  {
    path: 'src/domain/clean.ts',
    source: [
      `import { sha256 } from '@noble/hashes/sha2.js';`,
      `import type { StandardSchemaV1 } from '@standard-schema/spec';`,
      `export const hash = sha256;`,
      `export type Schema = StandardSchemaV1;`,
      ``,
    ].join('\n'),
  },
  {
    path: 'src/application/outward.ts',
    source: `import { store } from '../adapters/memory/clean.js';\nexport const known = store;\n`,
    rule: bannedImport,
    complaint: 'application may not know adapters/memory',
    error: `not under 'rootDir'`,
  },
  {
    path: 'src/application/timer.ts',
    source: `export const wait = (): unknown => setTimeout(() => undefined, 1);\n`,
    rule: bannedGlobal,
    error: `Cannot find name 'setTimeout'`,
  },
  {
    path: 'src/application/forgotten.ts',
    source: `const save = async (): Promise<void> => undefined;\nexport const forget = (): void => {\n  save();\n};\n`,
    rule: 'typescript(no-floating-promises)',
  },
  {
    path: 'src/application/clean.ts',
    source: [
      `import type { Observable } from 'rxjs';`,
      `import type { Schema } from '../domain/clean.js';`,
      `export interface Port {`,
      `  readonly changes$: Observable<Schema>;`,
      `}`,
      ``,
    ].join('\n'),
  },
  {
    path: 'src/adapters/memory/driver.ts',
    source: `export { default as Database } from 'better-sqlite3';\n`,
    rule: bannedImport,
    complaint: 'adapters/memory may not know better-sqlite3',
  },
  {
    path: 'src/adapters/memory/neighbour.ts',
    source: `import { open } from '../sqlite/clean.js';\nexport const known = open;\n`,
    rule: bannedImport,
    complaint: 'adapters/memory may not know adapters/sqlite',
  },
  {
    path: 'src/adapters/key-value/driver.ts',
    source: `export { ClassicLevel } from 'classic-level';\n`,
    rule: bannedImport,
    complaint: 'adapters/key-value may not know classic-level',
  },
  {
    path: 'src/adapters/key-value/neighbour.ts',
    source: `import { store } from '../memory/clean.js';\nexport const known = store;\n`,
    rule: bannedImport,
    complaint: 'adapters/key-value may not know adapters/memory',
  },
  {
    path: 'src/adapters/indexed-db/neighbour.ts',
    source: `import { store } from '../memory/clean.js';\nexport const known = store;\n`,
    rule: bannedImport,
    complaint: 'adapters/indexed-db may not know adapters/memory',
  },
  {
    path: 'src/browser/node.ts',
    source: `import { open } from '../adapters/sqlite/clean.js';\nexport const known = open;\n`,
    rule: bannedImport,
    complaint: 'browser may not know adapters/sqlite',
  },
  {
    path: 'src/browser/container.ts',
    source: `import { Container } from 'inversify';\nexport const container = new Container();\n`,
    rule: bannedImport,
    complaint: 'browser may not know inversify',
  },
  {
    path: 'src/adapters/memory/clean.ts',
    source: `import type { Port } from '../../application/clean.js';\nexport const store: Port | undefined = undefined;\n`,
  },
  {
    path: 'src/adapters/sqlite/container.ts',
    source: `import { Container } from 'inversify';\nexport const container = new Container();\n`,
    rule: bannedImport,
    complaint: 'adapters/sqlite may not know inversify',
  },
  {
    path: 'src/adapters/sqlite/clean.ts',
    source: `import { existsSync } from 'node:fs';\nimport Database from 'better-sqlite3';\nexport const open = [Database, existsSync];\n`,
  },
  {
    path: 'src/adapters/remote/bundle/neighbour.ts',
    source: `import { open } from '../../sqlite/clean.js';\nexport const known = open;\n`,
    rule: bannedImport,
    complaint: 'adapters/remote may not know adapters/sqlite',
  },
  {
    path: 'src/adapters/remote/bundle/clean.ts',
    source: `import { inside } from '../in-process/clean.js';\nexport const sibling = inside;\n`,
  },
  {
    path: 'src/adapters/hub/neighbour.ts',
    source: `import { open } from '../sqlite/clean.js';\nexport const known = open;\n`,
    rule: bannedImport,
    complaint: 'adapters/hub may not know adapters/sqlite',
  },
  {
    path: 'src/adapters/hub/terminal.ts',
    source: `export { Command } from 'commander';\n`,
    rule: bannedImport,
    complaint: 'adapters/hub may not know commander',
  },
  {
    path: 'src/adapters/hub/clean.ts',
    source: `import Database from 'better-sqlite3';\nimport { check } from '../sqlite-file/clean.js';\nexport const open = [Database, check];\n`,
  },
  { path: 'src/adapters/sqlite-file/clean.ts', source: `export const check = 1;\n` },
  { path: 'src/adapters/remote/in-process/clean.ts', source: `export const inside = 1;\n` },
  {
    path: 'src/testing/subject.ts',
    source: `import { store } from '../adapters/memory/clean.js';\nexport const known = store;\n`,
    rule: bannedImport,
    complaint: 'testing may not know adapters/memory',
  },
  { path: 'src/testing/clean.ts', source: `export { integer } from 'fast-check';\n` },
  {
    path: 'src/composition/terminal.ts',
    source: `export { Command } from 'commander';\n`,
    rule: bannedImport,
    complaint: 'composition may not know commander',
  },
  {
    path: 'src/composition/clean.ts',
    source: [
      `import 'reflect-metadata';`,
      `import { Container } from 'inversify';`,
      `import { store } from '../adapters/memory/clean.js';`,
      `export const container = (): unknown => [new Container(), store];`,
      `export const open = async (): Promise<unknown> => await import('../adapters/sqlite/clean.js');`,
      ``,
    ].join('\n'),
  },
  {
    path: 'src/cli/driver.ts',
    source: `export { default as Database } from 'better-sqlite3';\n`,
    rule: bannedImport,
    complaint: 'cli may not know better-sqlite3',
  },
  {
    path: 'src/cli/kit.ts',
    source: `import { integer } from '../testing/clean.js';\nexport const known = integer;\n`,
    rule: bannedImport,
    complaint: 'cli may not know testing',
  },
  {
    path: 'src/cli/clean.ts',
    source: `import { Command } from 'commander';\nimport { open } from '../composition/clean.js';\nexport const program = [new Command(), open];\n`,
  },
  { path: 'src/stray/helper.ts', source: `export const helper = 1;\n`, complaint: 'belongs to no layer' },
  {
    path: 'tests/focused.test.ts',
    source: `import { test } from 'vitest';\ntest.only('the others are not run', () => undefined);\n`,
    rule: 'vitest(no-focused-tests)',
  },
  {
    path: 'tests/skipped.test.ts',
    source: `import { test } from 'vitest';\ntest.skip('this one is not run', () => undefined);\n`,
    rule: 'vitest(no-disabled-tests)',
  },
];

/** The files in a folder of their own, under the configuration and the packages of this project. */
export const plant = (files: readonly Pick<Plant, 'path' | 'source'>[]): string => {
  const tree = mkdtempSync(join(tmpdir(), 'reknit-guards-'));
  const settings = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /tsconfig[^/\\]*\.json$/.test(path))
    .map((path) => join('src', path));
  for (const path of ['.oxlintrc.json', 'package.json', 'tsconfig.base.json', ...settings]) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    copyFileSync(join(root, path), join(tree, path));
  }
  for (const { path, source } of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), source);
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
  return tree;
};
