/** A replica's store in a browser, on IndexedDB. */
export { openIndexedDb, type IndexedDbOptions } from './open-indexed-db.js';
export type { IndexedDbFactory } from './indexed-db.js';
