export { startRepair, type FileUnderRepair } from './file/replace-file.js';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.js';
