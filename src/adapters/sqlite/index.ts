export { startRepair, type FileUnderRepair } from './replace-file.js';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.js';
