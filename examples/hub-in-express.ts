/** A hub in an Express server, with its log in a file and tokens from the list beside it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { hubRemote, openReplica } from 'reknit';
import { createHub, hubListener, openReceiptKey, openSqliteHubLog, openTokenList } from 'reknit/hub';

const say = (step: string, facts: string): void => console.log(`${step.padEnd(8)} ${facts}`);
const folder = mkdtempSync(join(tmpdir(), 'reknit-hub-'));
const file = join(folder, 'hub.db');

// 1. The log, the tokens and the key lie in three files: who has one has not the others.
const log = openSqliteHubLog({ file });
const tokens = openTokenList({ file: `${file}.tokens.json` });
const hub = createHub({
  log,
  basePath: '/sync',
  authenticate: tokens.authenticate,
  watchTokens: tokens.watch,
  receiptKey: openReceiptKey(`${file}.receipt-key`),
});

// 2. Mounted before anything that reads bodies, since the hub reads its own, within its own bounds.
const app = express();
app.all('/sync/{*path}', hubListener(hub));
app.use(express.json());
app.get('/', (_request, response) => void response.json({ hello: 'world' }));
const server = app.listen(0, '127.0.0.1');
server.on('upgrade', (request, socket, head) => {
  if (!hub.upgrade(request, socket, head)) socket.destroy();
});
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sync`;
say('server', 'listens, with a hub under /sync');

// 3. A token that may write tasks and read everything; what it may not write is refused, and told why.
const { token, record } = await tokens.add({
  replicas: ['laptop'],
  agents: ['ada'],
  rights: { '*': ['read'], task: ['read', 'write'] },
});
const laptop = await openReplica({ replicaId: 'laptop', agentId: 'ada' });
await laptop.create('task', 't1', { title: 'Pack' });
await laptop.create('salary', 's1', { amount: 1 });
const connection = laptop.connect(hubRemote({ url, token }));
const report = await connection.now();
const [refused] = report.refused;
say('sync', `pushed ${report.pushed}, refused ${report.refused.length}: ${refused?.message ?? ''}`);
assert.equal(refused?.code, 'forbidden');
assert.deepEqual(await log.counts(), { events: 1, refusals: 1, parked: 0, replicas: 1 });

// 4. A token that is revoked opens nothing any more.
await tokens.revoke(record.id);
await assert.rejects(connection.now(), { code: 'unauthorized' });
say('revoked', 'the laptop is told so, and keeps what it has');

await connection.close();
await laptop.close();
await hub.close();
await new Promise((resolve) => server.close(resolve));
tokens.close();
await log.close();
rmSync(folder, { recursive: true, force: true });
