/** Bundles: files of events to import, export and exchange. */
export { bundleRemote, type BundleRemoteOptions } from './bundle-remote.js';
export { readBundle, type BundleLine, type ReadBundleOptions } from './read-bundle.js';
export { writeBundle, type WriteBundleOptions } from './write-bundle.js';
export type { BundleErrorCode } from './bundle-error.js';
