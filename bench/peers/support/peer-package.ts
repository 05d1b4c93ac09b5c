/**
 * The packages of the systems compared with. They are installed in a package of their own, beside this file, and are
 * loaded from there when the bench runs: whoever builds or checks Reknit needs none of them, so what a bench calls
 * of one is declared where it is called.
 */
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../bench/peers/package.json', import.meta.url));

/** @param name as it stands in the package.json of the peers */
export const peerPackage = (name: string): { readonly exported: unknown; readonly version: string } => {
  const lock = require('./package-lock.json') as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
  };
  return { exported: require(name), version: lock.packages[`node_modules/${name}`]?.version ?? '' };
};
