/** What stands in the way of serving a hub is said with what to do about it. */
import { join } from 'node:path';
import express from 'express';
import { hubRemote, openReplica } from 'reknit';
import {
  createHub,
  createMemoryHubLog,
  hubListener,
  openReceiptKey,
  openTokenList,
  openToEveryone,
  serveHub,
} from 'reknit/hub';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf } from '../support/site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const testHub = () => {
  const log = createMemoryHubLog();
  const hub = createHub({ log, authenticate: openToEveryone, receiptKey: new Uint8Array(32) });
  onTestFinished(async () => {
    await hub.close();
    await log.close();
  });
  return hub;
};

test('a port that is in use, or a host that is not here, is refused by name, and the next one serves', async () => {
  const first = await serveHub({ hub: testHub() });
  const hub = testHub();

  expect(await codeOf(() => serveHub({ hub, port: first.port }))).toBe('address_in_use');
  expect(await codeOf(() => serveHub({ hub, host: '192.0.2.1', allowPlainHttp: true }))).toBe('address_unusable');
  const second = await serveHub({ hub });

  expect((await fetch(`${second.url}/healthz`)).status).toBe(200);
  for (const server of [first, second]) await server.close();
});

test('a body that was read before the hub got it, and a path that is not its own, are told as what they are', async () => {
  const app = express();
  app.use(express.json());
  app.use(hubListener(testHub()));
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  const served = await serveHub({ hub: testHub() });
  onTestFinished(() => served.close());
  const replica = await openReplica({ agentId: 'ada' });
  onTestFinished(() => replica.close());

  const read = replica.connect(hubRemote({ url: `http://127.0.0.1:${port}` })).now();
  await expect(read).rejects.toThrow('mount the hub before');
  const elsewhere = replica.connect(hubRemote({ url: `${served.url}/elsewhere` })).now();
  await expect(elsewhere).rejects.toThrow('base path');
});

test('files beside the log that cannot be read, or made, are named', async () => {
  const folder = temporaryFolder();

  expect(await codeOf(() => openReceiptKey(folder))).toBe('bad_key_file');
  expect(await codeOf(() => openReceiptKey(join(folder, 'none', 'key')))).toBe('bad_key_file');
  expect(await codeOf(() => openTokenList({ file: folder }))).toBe('bad_token_file');
});
