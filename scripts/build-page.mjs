/**
 * Bundles the conflict desk's page into dist, beside the server that hands it out. What it is made of is hashed, and
 * the hash kept in dist beside the page: a build of unchanged sources does nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const sources = join(root, 'desk-page');
const output = join(root, 'dist', 'adapters', 'desk');
/** By its ending no part of the package, like the compiler's own records. */
const record = join(output, 'page.tsbuildinfo');

/** The sources, what bundles them, and the versions of everything. */
const inputs = [
  ...readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort(),
  import.meta.filename,
  join(root, 'package-lock.json'),
];
const hash = createHash('sha256');
for (const path of inputs)
  hash
    .update(`${path.slice(root.length)}\0`)
    .update(readFileSync(path))
    .update('\0');
const made = hash.digest('hex');

const isMade =
  existsSync(join(output, 'page', 'index.html')) && existsSync(record) && readFileSync(record, 'utf8') === made;
if (!isMade) {
  // Loading it takes longer than finding out that there is nothing to do.
  const { build } = await import('vite');
  await build({ configFile: join(sources, 'vite.config.ts'), logLevel: 'warn' });
  mkdirSync(output, { recursive: true });
  writeFileSync(record, made);
}
