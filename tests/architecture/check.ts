/**
 * Holds a tree of sources against the table of layers: who imports whom, and what an entry point loads. Both
 * answer with a list of sentences, empty when all is well, so that a failing test says what to change.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { importsOf, packageOf, type ImportStatement } from './imports.js';
import { entryPoints, layerOf, type Layer } from './layers.js';

/** Every import in the tree that the table does not allow, and every file that no layer owns. */
export const layerViolations = (sources: string): readonly string[] =>
  sourceFiles(sources).flatMap((path) => {
    const layer = layerOf(path);
    if (layer === undefined) return [`${path} belongs to no layer`];
    return importsOf(readFileSync(join(sources, path), 'utf8')).flatMap((statement) => {
      const complaint = complaintAbout(layer, path, statement);
      return complaint === undefined ? [] : [`${path} imports ${statement.specifier}: ${complaint}`];
    });
  });

/** Every package that an entry point loads at once, and that whoever imports it should not have to load. */
export const entryPointViolations = (sources: string): readonly string[] =>
  Object.entries(entryPoints).flatMap(([entry, allowed]) =>
    [...packagesLoadedBy(sources, entry)]
      .filter(([name]) => !allowed.includes(name))
      .map(([name, path]) => `importing ${entry} loads ${name}, through ${path}`),
  );

/** The sources of a tree, relative to it, with forward slashes. */
export const sourceFiles = (sources: string): readonly string[] =>
  readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort();

const complaintAbout = (layer: Layer, path: string, { specifier, typeOnly }: ImportStatement): string | undefined => {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier);
    const owner = layerOf(target.replace(/\.js$/, '.ts'));
    if (owner === undefined) return 'it leads out of the layers';
    return owner === layer || layer.layers.includes(owner.name)
      ? undefined
      : `${layer.name} may not know ${owner.name}`;
  }
  if (specifier.startsWith('node:')) return layer.node ? undefined : `${layer.name} has no platform`;
  const name = packageOf(specifier);
  if (layer.packages.includes(name)) return undefined;
  if (layer.typePackages?.includes(name) === true) return typeOnly ? undefined : `${layer.name} may use its types only`;
  return `${layer.name} may not know ${name}`;
};

/** Follows what is loaded at once (no types, no dynamic imports); each package with the file that loads it first. */
const packagesLoadedBy = (sources: string, entry: string): ReadonlyMap<string, string> => {
  const packages = new Map<string, string>();
  const seen = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path) || !existsSync(join(sources, path))) continue;
    seen.add(path);
    for (const { specifier, typeOnly, dynamic } of importsOf(readFileSync(join(sources, path), 'utf8'))) {
      if (typeOnly || dynamic || specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) {
        waiting.push(posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts'));
      } else if (!packages.has(packageOf(specifier))) {
        packages.set(packageOf(specifier), path);
      }
    }
  }
  return packages;
};
