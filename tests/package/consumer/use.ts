// A stranger's program, with the types that the package ships: two replicas, one on disk, that end up equal.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hubRemote, openReplica } from 'reknit';
import * as adaptersIndexedDb from 'reknit/adapters/indexed-db';
import * as adaptersKeyValue from 'reknit/adapters/key-value';
import * as adaptersMemory from 'reknit/adapters/memory';
import * as adaptersRemote from 'reknit/adapters/remote';
import * as adaptersSqlite from 'reknit/adapters/sqlite';
import * as application from 'reknit/application';
import * as browser from 'reknit/browser';
import * as composition from 'reknit/composition';
import * as desk from 'reknit/desk';
import * as domain from 'reknit/domain';
import * as hub from 'reknit/hub';
import * as testing from 'reknit/testing';

const folder = mkdtempSync(join(tmpdir(), 'reknit-consumer-'));
try {
  const laptop = await openReplica({ file: join(folder, 'work.db'), agentId: 'consumer' });
  await laptop.create('feature', 'feat-1', { title: 'Merge offline', status: 'todo' });
  await laptop.update('feature', 'feat-1', { status: 'done' });

  const phone = await openReplica({ agentId: 'consumer' });
  await phone.import(laptop.export());

  const view = await phone.get('feature', 'feat-1');
  assert.deepEqual(view?.fields, { title: 'Merge offline', status: 'done' });
  assert.deepEqual(await phone.digest(), await laptop.digest());

  const log = hub.createMemoryHubLog();
  const server = await hub.serveHub({
    hub: hub.createHub({ log, authenticate: hub.openToEveryone, receiptKey: new Uint8Array(32) }),
  });
  const connection = laptop.connect(hubRemote({ url: server.url }));
  assert.equal((await connection.now()).pushed, 2);
  await connection.close();
  await server.close();
  await log.close();
  const opened = desk.createDesk({ replica: phone });
  const page = await opened.fetch(new Request(`http://127.0.0.1${opened.newLink()}`));
  assert.equal(page.status, 303);
  await opened.close();
  await phone.close();
  await laptop.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const entry of [
  adaptersIndexedDb,
  adaptersKeyValue,
  adaptersMemory,
  adaptersRemote,
  adaptersSqlite,
  application,
  browser,
  composition,
  desk,
  domain,
  hub,
  testing,
]) {
  assert.ok(Object.keys(entry).length > 0);
}
console.log('two replicas agree');
