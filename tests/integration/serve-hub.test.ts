/** What stands in the way of serving a hub is said with what to do about it. */
import { createHub, createMemoryHubLog, openToEveryone, serveHub } from 'reknit/hub';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf } from '../support/site.js';

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
