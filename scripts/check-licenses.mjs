/**
 * Whoever installs the package installs its dependencies too: each of them has to be free to use without conditions
 * beyond naming its authors. The lock file says what is installed with the package, each package under what licence.
 * What is bundled into the desk's page comes with it just so, whatever the lock file calls it.
 *
 *     node scripts/check-licenses.mjs [folder of a project]
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const project = process.argv[2] ?? root;
const accepted = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** `(MIT OR WTFPL)` lets us choose, `(MIT AND ISC)` asks for both. */
const isAccepted = (licence) =>
  licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => accepted.includes(part)));

const read = (path) => JSON.parse(readFileSync(join(project, path), 'utf8'));

const { packages } = read('package-lock.json');

/** Packages that the page names, with what they need themselves. */
const bundled = new Set();
const bundle = (name) => {
  const path = `node_modules/${name}`;
  if (bundled.has(path) || packages[path] === undefined) return;
  bundled.add(path);
  for (const needed of Object.keys(packages[path].dependencies ?? {})) bundle(needed);
};
const page = join(project, 'desk-page');
for (const file of existsSync(page) ? readdirSync(page, { recursive: true, encoding: 'utf8' }) : [])
  if (/\.tsx?$/.test(file) && !file.endsWith('.config.ts'))
    for (const [, name] of readFileSync(join(page, file), 'utf8').matchAll(
      /'((?:@[\w-]+\/)?[a-z][\w.-]*)(?:\/[\w./-]+)?';/g,
    ))
      bundle(name);

const licences = Object.entries(packages)
  // What is optional is installed too, unless it is for another platform.
  .filter(([path, { dev = false }]) => path !== '' && (!dev || bundled.has(path)))
  .filter(([path]) => existsSync(join(project, path, 'package.json')))
  .map(([path]) => read(join(path, 'package.json')))
  .map(({ name, version, license }) => ({
    id: `${name}@${version}`,
    licence: license?.type ?? license ?? 'no licence',
  }));

const refused = licences.filter(({ licence }) => !isAccepted(licence));
for (const { id, licence } of refused) console.error(`${id}: ${licence}`);
console.log(`${licences.length} dependencies, ${refused.length} under a licence that is not accepted`);
process.exit(refused.length === 0 && licences.length > 0 ? 0 : 1);
