export { createMemoryHubLog, type MemoryHubLogOptions } from './memory/memory-hub-log.js';
export { openSqliteHubLog, type SqliteHubLog, type SqliteHubLogOptions } from './sqlite/sqlite-hub-log.js';
