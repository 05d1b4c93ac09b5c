/**
 * Whoever installs the package installs its dependencies too: each of them has to be free to use without conditions
 * beyond naming its authors. The lock file says what is installed with the package, each package under what licence.
 *
 *     node scripts/check-licenses.mjs [folder of a project]
 */
import { existsSync, readFileSync } from 'node:fs';
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

const licences = Object.entries(read('package-lock.json').packages)
  // What is optional is installed too, unless it is for another platform.
  .filter(([path, { dev = false }]) => path !== '' && !dev && existsSync(join(project, path, 'package.json')))
  .map(([path]) => read(join(path, 'package.json')))
  .map(({ name, version, license }) => ({
    id: `${name}@${version}`,
    licence: license?.type ?? license ?? 'no licence',
  }));

const refused = licences.filter(({ licence }) => !isAccepted(licence));
for (const { id, licence } of refused) console.error(`${id}: ${licence}`);
console.log(`${licences.length} dependencies, ${refused.length} under a licence that is not accepted`);
process.exit(refused.length === 0 && licences.length > 0 ? 0 : 1);
