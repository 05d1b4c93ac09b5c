/**
 * The packages of the systems compared with. They are installed in a package of their own, beside this file, and are
 * loaded from there when the bench runs: whoever builds or checks Reknit needs none of them, so what a bench calls
 * of one is declared where it is called.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../bench/peers/package.json', import.meta.url));

export interface PeerPackage {
  readonly exported: unknown;
  readonly version: string;
  /** As its lock file has it. */
  readonly licence: string;
}

/** What is compared with is installed for the comparison alone, and is to be free for everyone to repeat it. */
const free = new Set(['Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT']);

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly license?: string }>>;
}

/** @param path the name as it stands in the package.json of the peers, with an entry point behind it where one is meant */
export const peerPackage = (path: string): PeerPackage => {
  const [name = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
  const { version = '', license = '' } =
    (require('./package-lock.json') as Lock).packages[`node_modules/${name}`] ?? {};
  assert.ok(free.has(license), `${name} is under ${license}, which nobody has agreed to`);
  return { exported: require(path), version, licence: license };
};
