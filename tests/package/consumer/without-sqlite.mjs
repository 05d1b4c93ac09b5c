// Where the database driver is not installed, everything works that keeps no file, and a file says what to install.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hubRemote, isReknitError, openReplica } from 'reknit';
import { openSqliteStore } from 'reknit/adapters/sqlite';
import { createHub, createMemoryHubLog, openSqliteHubLog, openToEveryone } from 'reknit/hub';

await assert.rejects(import('better-sqlite3'), { code: 'ERR_MODULE_NOT_FOUND' });

const log = createMemoryHubLog();
const hub = createHub({ log, authenticate: openToEveryone, receiptKey: new Uint8Array(32) });
const remote = () => hubRemote({ url: 'http://localhost', fetch: (url, init) => hub.fetch(new Request(url, init)) });
const laptop = await openReplica({ agentId: 'ada' });
const phone = await openReplica({ agentId: 'bob' });
await laptop.create('feature', 'f1', { title: 'Merge offline' });
await laptop.connect(remote()).now();
await phone.connect(remote()).now();
assert.equal((await phone.get('feature', 'f1'))?.fields.title, 'Merge offline');
for (const each of [laptop, phone, hub, log]) await each.close();

const missing = (error) =>
  isReknitError(error, 'sqlite_unavailable') && /npm install better-sqlite3/.test(error.message);
await assert.rejects(openReplica({ agentId: 'ada', file: 'work.db' }), missing);
await assert.rejects(async () => openSqliteStore({ file: 'work.db' }), missing);
await assert.rejects(async () => openSqliteHubLog({ file: 'hub.db' }), missing);

const { status, stderr } = spawnSync(
  process.execPath,
  ['node_modules/reknit/dist/cli/main.js', 'record', 'create', 'a', 'b', '--agent', 'ada', '--db', 'work.db', '--json'],
  { encoding: 'utf8' },
);
assert.equal(JSON.parse(stderr).error.code, 'sqlite_unavailable');
assert.notEqual(status, 0);
console.log('without the database driver, memory, hub and remotes work');
