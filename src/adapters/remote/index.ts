/** Remotes that run anywhere, browsers included; a bundle file is one for Node, and comes from `reknit`. */
export * from './hub/index.js';
export { replicaRemote } from './in-process/index.js';
