/**
 * Each guard is proved on a planted violation, and each is silent about the clean files beside them: the compiler
 * project of a layer, the linter with the project's own configuration, and the check of the layers.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryPointViolations, layerViolations } from './check.js';
import { importsOf } from './imports.js';
import { plant, plants, root } from './planted.js';

let tree: string;
beforeAll(() => {
  tree = plant(plants);
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

/** A tool that is installed with the project, run in the planted tree. */
const run = (tool: string, ...parameters: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'node_modules', tool), ...parameters], { cwd: tree, encoding: 'utf8' });

const clean = plants.filter(({ rule, complaint, error }) => [rule, complaint, error].every((it) => it === undefined));

describe('the compiler', () => {
  let output: readonly string[];
  beforeAll(() => {
    output = run('typescript/bin/tsc', '-b', 'src/application', '--pretty', 'false').stdout.split('\n');
  });

  test.each(plants.flatMap(({ path, error }) => (error === undefined ? [] : [[path, error] as const])))(
    'refuses %s: %s',
    (path, error) => {
      expect(output.filter((line) => line.startsWith(`${path}(`)).join('\n')).toContain(error);
    },
  );

  test('accepts the clean files', () => {
    expect(output.filter((line) => clean.some(({ path }) => line.startsWith(`${path}(`)))).toEqual([]);
  });
});

describe('the linter', () => {
  interface Diagnostic {
    readonly code: string;
    readonly filename: string;
  }
  let status: number | null;
  let found: readonly Diagnostic[];
  beforeAll(() => {
    const result = run('oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '--format', 'json');
    status = result.status;
    found = (JSON.parse(result.stdout) as { readonly diagnostics: readonly Diagnostic[] }).diagnostics;
  });

  test.each(plants.flatMap(({ path, rule }) => (rule === undefined ? [] : [[rule, path] as const])))(
    '%s reports %s',
    (rule, path) => {
      const codes = found.filter(({ filename }) => filename.replaceAll('\\', '/') === path).map(({ code }) => code);

      expect(codes).toContain(rule);
    },
  );

  test('fails because of them, and not because of the clean files', () => {
    expect(status).not.toBe(0);
    const complained = new Set(found.map(({ filename }) => filename.replaceAll('\\', '/')));
    expect(clean.filter(({ path }) => complained.has(path))).toEqual([]);
  });
});

describe('the check of the layers', () => {
  test.each(plants.flatMap(({ path, complaint }) => (complaint === undefined ? [] : [[path, complaint] as const])))(
    'reports %s: %s',
    (path, complaint) => {
      const violations = layerViolations(join(tree, 'src'));

      expect(violations).toContainEqual(expect.stringContaining(path.replace(/^src\//, '')));
      expect(violations.filter((violation) => violation.startsWith(path.replace(/^src\//, ''))).join()).toContain(
        complaint,
      );
    },
  );

  test('reports nothing else', () => {
    const expected = plants.filter(({ complaint }) => complaint !== undefined);

    expect(layerViolations(join(tree, 'src'))).toHaveLength(expected.length);
  });

  test('an import is found in every form, and nothing else is taken for one', () => {
    const source = [
      `import {`,
      `  a,`,
      `  type B,`,
      `} from 'several-lines';`,
      `import c, * as d from "double-quotes";`,
      `import type { E } from 'types';`,
      `import 'effect';`,
      `export * from 'star';`,
      `export * as f from 'named-star';`,
      `export type { G } from 'exported-types';`,
      `const h = await import('dynamic');`,
      `type I = import('type-expression').I;`,
      `// import 'line-comment';`,
      `/**`,
      ` * import 'block-comment';`,
      ` */`,
      `const from = 'no-import';`,
      `const text = "it came from 'nowhere'";`,
    ].join('\n');

    expect(importsOf(source).map(({ specifier }) => specifier)).toEqual([
      'several-lines',
      'double-quotes',
      'types',
      'star',
      'named-star',
      'exported-types',
      'effect',
      'dynamic',
      'type-expression',
    ]);
    expect(importsOf(source).flatMap(({ specifier, typeOnly }) => (typeOnly ? [specifier] : []))).toEqual([
      'types',
      'exported-types',
    ]);
  });
});

describe('the check of the entry points', () => {
  const withComposition = (source: string): readonly string[] => {
    const planted = plant([
      { path: 'src/index.ts', source: `export { open } from './composition/index.js';\n` },
      { path: 'src/composition/index.ts', source },
      { path: 'src/adapters/sqlite/open.ts', source: `export { default as open } from 'better-sqlite3';\n` },
    ]);
    try {
      return entryPointViolations(join(planted, 'src'));
    } finally {
      rmSync(planted, { recursive: true, force: true });
    }
  };

  test('reports a driver that is loaded for everyone', () => {
    const violations = withComposition(`export { open } from '../adapters/sqlite/open.js';\n`);

    expect(violations).toEqual([
      'importing index.ts loads better-sqlite3, through adapters/sqlite/open.ts',
      'importing composition/index.ts loads better-sqlite3, through adapters/sqlite/open.ts',
    ]);
  });

  test('is content with one that is loaded when it is asked for', () => {
    expect(withComposition(`export const open = () => import('../adapters/sqlite/open.js');\n`)).toEqual([]);
  });
});
