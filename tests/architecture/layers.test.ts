/**
 * The sources as they are, held against the table of layers; and the compiler's configuration, held against the
 * same table, so that the two cannot drift apart. That these checks catch anything is shown in guards.test.ts.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { entryPointViolations, layerViolations, sourceFiles } from './check.js';
import { layerOf, layers, type Layer } from './layers.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = join(root, 'src');

interface Project {
  readonly references?: readonly { readonly path: string }[];
}

/** A tsconfig is JSON with whole-line comments. */
const readProject = (path: string): Project =>
  JSON.parse(readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, '')) as Project;

/** The folder whose tsconfig compiles the layer; the door is a single file beside the others. */
const projectFolder = (layer: Layer): string => (layer.path.endsWith('.ts') ? '.' : layer.path);

const inhabited = layers.filter((layer) => sourceFiles(sources).some((path) => layerOf(path) === layer));
const withoutPlatform = inhabited.filter((layer) => !layer.node && projectFolder(layer) === layer.path);
const byName = (layer: Layer): readonly [string, Layer] => [layer.name, layer];

describe('the layers', () => {
  test('dependencies point inwards, and each package is known to its layer alone', () => {
    expect(layerViolations(sources)).toEqual([]);
  });

  test('an entry point loads what it needs and nothing else', () => {
    expect(entryPointViolations(sources)).toEqual([]);
  });

  test('the check has read the sources', () => {
    const files = sourceFiles(sources);

    expect(files).toContain('domain/shared/result.ts');
    expect(files.length).toBeGreaterThan(10);
  });
});

describe('the compiler sees the same layers', () => {
  test.each(inhabited.map(byName))('%s references nothing that it may not import', (_name, layer) => {
    const folder = projectFolder(layer);
    const { references = [] } = readProject(join(sources, folder, 'tsconfig.json'));

    const allowed = layers.filter(({ name }) => layer.layers.includes(name)).map(projectFolder);
    expect(allowed).toEqual(expect.arrayContaining(references.map(({ path }) => posix.join(folder, path))));
  });

  test('the build compiles every layer', () => {
    const { references = [] } = readProject(join(root, 'tsconfig.build.json'));

    const built = references.map(({ path }) => path);
    const wanted = inhabited.map((layer) => posix.join('src', projectFolder(layer)));
    expect(built).toEqual(expect.arrayContaining(wanted));
  });

  test.each(withoutPlatform.map(byName))('%s compiles without Node or DOM names', (_name, layer) => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const project = join(sources, layer.path, 'tsconfig.json');

    const files = execFileSync(process.execPath, [compiler, '-p', project, '--listFilesOnly'], { encoding: 'utf8' });

    expect(files).toContain('lib.es2023.d.ts');
    expect(files.split('\n').filter((file) => /@types\/node|undici-types|lib\.(?:dom|webworker)/.test(file))).toEqual(
      [],
    );
  });
});
