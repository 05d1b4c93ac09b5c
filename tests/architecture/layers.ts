/**
 * The layers of the package and what each may import: dependencies point inwards, and what a layer is made of
 * (a driver, the container, a terminal) is known to that layer alone. The compiler and the linter guard the same
 * borders in their own ways; this table is the exact one, and the test holds their configurations against it.
 */
export interface Layer {
  readonly name: string;
  /** Relative to the sources; a single file where it ends in `.ts`. */
  readonly path: string;
  /** Layers that it may import besides itself. */
  readonly layers: readonly string[];
  /** Packages that it may import, subpaths included. */
  readonly packages: readonly string[];
  /** Packages of which it may import types only. */
  readonly typePackages?: readonly string[];
  /** Whether it may import `node:` modules. */
  readonly node: boolean;
}

const core = ['domain', 'application'] as const;
const adapters = [
  'adapters/memory',
  'adapters/key-value',
  'adapters/sqlite',
  'adapters/remote',
  'adapters/system',
] as const;
/** Servers and pages on top of the remote protocol, for whoever mounts one. */
const servers = ['adapters/hub', 'adapters/desk'] as const;

const hubPackages = [
  '@hono/node-server',
  '@hono/zod-openapi',
  'better-sqlite3',
  'hono',
  'pino',
  'prom-client',
  'ws',
  'zod',
] as const;

const deskPackages = ['@hono/node-server', '@hono/zod-openapi', 'hono'] as const;

export const layers: readonly Layer[] = [
  {
    name: 'domain',
    path: 'domain',
    layers: [],
    packages: ['@noble/hashes', 'fast-diff'],
    typePackages: ['@standard-schema/spec'],
    node: false,
  },
  { name: 'application', path: 'application', layers: ['domain'], packages: ['rxjs'], node: false },
  { name: 'testing', path: 'testing', layers: core, packages: ['fast-check'], node: false },
  { name: 'adapters/memory', path: 'adapters/memory', layers: core, packages: [], node: false },
  { name: 'adapters/key-value', path: 'adapters/key-value', layers: core, packages: [], node: false },
  { name: 'adapters/indexed-db', path: 'adapters/indexed-db', layers: core, packages: [], node: false },
  // What every SQLite file of this project needs: whose it is, a connection, durable commits, errors.
  {
    name: 'adapters/sqlite-file',
    path: 'adapters/sqlite-file',
    layers: core,
    packages: ['better-sqlite3'],
    node: true,
  },
  {
    name: 'adapters/sqlite',
    path: 'adapters/sqlite',
    layers: [...core, 'adapters/sqlite-file'],
    packages: ['better-sqlite3'],
    node: true,
  },
  { name: 'adapters/remote', path: 'adapters/remote', layers: core, packages: ['ws'], node: true },
  { name: 'adapters/system', path: 'adapters/system', layers: core, packages: [], node: true },
  {
    name: 'adapters/hub',
    path: 'adapters/hub',
    layers: [...core, 'adapters/remote', 'adapters/sqlite-file'],
    packages: hubPackages,
    node: true,
  },
  {
    name: 'adapters/desk',
    path: 'adapters/desk',
    layers: core,
    packages: deskPackages,
    node: true,
  },
  {
    name: 'composition',
    path: 'composition',
    layers: [...core, ...adapters, ...servers],
    packages: ['inversify', 'reflect-metadata', 'rxjs'],
    node: true,
  },
  {
    name: 'browser',
    path: 'browser',
    layers: [...core, 'adapters/memory', 'adapters/key-value', 'adapters/indexed-db', 'adapters/remote'],
    packages: [],
    node: false,
  },
  { name: 'index', path: 'index.ts', layers: [...core, 'composition'], packages: [], node: false },
  {
    name: 'cli',
    path: 'cli',
    layers: ['domain', ...adapters, ...servers, 'composition', 'index'],
    packages: ['@clack/prompts', 'commander', 'cli-table3', 'cli-progress', 'fast-diff', 'picocolors', 'rxjs'],
    node: true,
  },
];

/** The layer that a file belongs to, by its path relative to the sources, with forward slashes. */
export const layerOf = (path: string): Layer | undefined =>
  layers.find((layer) => path === layer.path || path.startsWith(`${layer.path}/`));

/**
 * What importing a published entry point loads besides the package itself: an embedder of the domain pays for a
 * hash function and a diff, and nobody who stays in memory loads a database driver.
 */
export const entryPoints: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['@noble/hashes', 'fast-diff', 'inversify', 'reflect-metadata', 'rxjs'],
  'domain/index.ts': ['@noble/hashes', 'fast-diff'],
  'application/index.ts': ['@noble/hashes', 'fast-diff', 'rxjs'],
  'adapters/indexed-db/index.ts': ['@noble/hashes', 'fast-diff', 'rxjs'],
  'adapters/memory/index.ts': ['@noble/hashes', 'fast-diff', 'rxjs'],
  'adapters/key-value/index.ts': ['@noble/hashes', 'fast-diff', 'rxjs'],
  'adapters/remote/index.ts': ['@noble/hashes', 'fast-diff', 'rxjs'],
  'adapters/sqlite/index.ts': ['@noble/hashes', 'fast-diff', 'rxjs'],
  'adapters/hub/index.ts': [
    ...hubPackages.filter((name) => name !== 'better-sqlite3'),
    '@noble/hashes',
    'fast-diff',
    'rxjs',
  ],
  'adapters/desk/index.ts': [...deskPackages, '@noble/hashes', 'fast-diff', 'rxjs'],
  'browser/index.ts': ['@noble/hashes', 'fast-diff', 'rxjs'],
  'composition/index.ts': ['@noble/hashes', 'fast-diff', 'inversify', 'reflect-metadata', 'rxjs'],
  'testing/index.ts': ['@noble/hashes', 'fast-check', 'fast-diff', 'rxjs'],
};
