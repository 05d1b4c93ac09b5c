/** A replica in a real browser: its store keeps the contract there, tabs share it, and it meets others at a hub. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { hubRemote, openReplica } from 'reknit';
import { createHub, createMemoryHubLog, hubListener, openToEveryone } from 'reknit/hub';
import { build } from 'vite';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { expectNoComplaints, useBrowser } from './support/browser.js';
import type { StorePage } from './support/store-page.js';

const browser = useBrowser();
const root = fileURLToPath(new URL('../../', import.meta.url));
let script = '';

beforeAll(async () => {
  const sources = join(root, 'src/');
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { alias: [{ find: /^reknit\/(.+)$/, replacement: `${sources}$1/index.ts` }] },
    build: {
      write: false,
      minify: false,
      rollupOptions: { input: join(root, 'tests/e2e/support/store-page.ts'), output: { format: 'iife' } },
    },
  });
  const [bundle] = [built].flat() as { readonly output?: readonly { readonly code?: string }[] }[];
  script = bundle?.output?.[0]?.code ?? '';
}, 60_000);

/** A hub, and the page, from one origin. */
const openSite = async (): Promise<string> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const log = createMemoryHubLog();
  const hub = createHub({
    log,
    authenticate: openToEveryone,
    receiptKey: new Uint8Array(32).fill(1),
    allowedOrigins: [url],
  });
  const answer = hubListener(hub);
  server.on('request', (request, response) => {
    if (request.url === '/')
      response.setHeader('content-type', 'text/html; charset=utf-8').end('<script src="/page.js"></script>');
    else if (request.url === '/page.js')
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    else if (request.url === '/favicon.ico') response.writeHead(204).end();
    else answer(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    if (!hub.upgrade(request, socket, head)) socket.destroy();
  });
  onTestFinished(async () => {
    await hub.close();
    server.closeAllConnections();
    server.close();
    await log.close();
  });
  return url;
};

/** Until it is so; other tabs and the hub take their time. */
const soon = { timeout: 20_000 };

/** Asks the page's replica. */
const ask = <Name extends keyof StorePage>(
  page: Page,
  name: Name,
  ...given: Parameters<StorePage[Name]>
): Promise<Awaited<ReturnType<StorePage[Name]>>> =>
  page.evaluate(
    ([name, given]) =>
      (globalThis as unknown as { store: Record<string, (...given: unknown[]) => unknown> }).store[name]?.(...given),
    [name, given] as const,
  ) as Promise<Awaited<ReturnType<StorePage[Name]>>>;

test('the store keeps its contracts on IndexedDB', async () => {
  const opened = await browser.open(await openSite());

  const { cases, failures } = await ask(opened.page, 'runContracts');

  expect(failures).toEqual([]);
  expect(cases).toBeGreaterThan(70);
  expectNoComplaints(opened);
});

test('databases of others are refused and said to be that, and what cannot be stored leaves nothing', async () => {
  const { page } = await browser.open(await openSite());

  expect(await ask(page, 'openOthers')).toEqual({
    things: 'not_a_reknit_database',
    'things later': 'not_a_reknit_database',
    'our name': 'not_a_reknit_database',
    'looked at': 'not_a_reknit_database',
    newer: 'database_newer',
    'ü/\u0000\ud800?': 'fine',
    'a value that is no text': 'storage_failed',
    'what is left of it': '',
  });
});

test('a page without an origin of its own is told that it may not store anything', async () => {
  const url = await openSite();
  const { page } = await browser.open(url);
  await page.evaluate((src) => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.src = src;
    document.body.append(frame);
  }, url);
  await expect.poll(() => page.frames().length, soon).toBe(2);
  const [, frame] = page.frames();
  await frame?.waitForFunction(() => 'store' in globalThis);

  const code = await frame?.evaluate(() => (globalThis as unknown as { store: StorePage }).store.codeOfOpening());
  expect(code).toBe('storage_unavailable');
});

test('tabs that write at once lose nothing, nor does the data when one is closed in the middle', async () => {
  const url = await openSite();
  const { page: one } = await browser.open(url);
  const two = await one.context().newPage();
  await two.goto(url);
  await ask(one, 'open', 'ada');
  await ask(two, 'open', 'ada');
  await Promise.all([ask(one, 'writeMany', 0, 60), ask(two, 'writeMany', 100, 60)]);
  for (const page of [one, two]) expect(await ask(page, 'events')).toBe(120);

  await ask(one, 'beginWriting', 1_000, 400);
  await one.close();

  const left = await ask(two, 'events');
  expect(left).toBeGreaterThanOrEqual(120);
  await ask(two, 'writeMany', 2_000, 5);
  expect(await ask(two, 'events')).toBe(left + 5);
  expect(await ask(two, 'verify')).toMatchObject({ ok: true });
});

test('a tab that is frozen while it syncs is stood in for, and wakes to stand by', async () => {
  const url = await openSite();
  const { page: one } = await browser.open(url);
  const two = await one.context().newPage();
  await two.goto(url);
  for (const page of [one, two]) await ask(page, 'open', 'ada');
  await ask(one, 'connect');
  await expect.poll(async () => (await ask(one, 'status'))?.phase, soon).toBe('live');
  await ask(two, 'connect');
  await expect.poll(async () => (await ask(two, 'status'))?.phase, soon).toBe('standby');

  const control = await one.context().newCDPSession(one);
  await control.send('Debugger.enable');
  const isHeld = new Promise((resolve) => control.on('Debugger.paused', resolve));
  await ask(one, 'haltSoon');
  await isHeld;
  await ask(two, 'create', 't1', { title: 'Paint' });
  await expect.poll(async () => (await ask(two, 'status'))?.phase, soon).toBe('live');
  await expect.poll(async () => (await ask(two, 'status'))?.pending, soon).toBe(0);

  await control.send('Debugger.resume');
  await control.send('Debugger.disable');
  await expect.poll(async () => (await ask(one, 'status'))?.phase, soon).toBe('standby');
  await ask(one, 'update', 't1', { title: 'Paint it blue' });
  await expect.poll(async () => (await ask(two, 'status'))?.pending, soon).toBe(0);
  expect(await ask(two, 'fields', 't1')).toEqual({ title: 'Paint it blue' });
  for (const page of [one, two]) expect(await ask(page, 'verify')).toMatchObject({ ok: true });
});

test('tabs share a replica, write while there is no network, and meet others when there is', async () => {
  const url = await openSite();
  const opened = await browser.open(url);
  const one = opened.page;
  const two = await one.context().newPage();
  await two.goto(url);
  const [first, second] = [await ask(one, 'open', 'ada'), await ask(two, 'open', 'ada')];
  expect(second).toBe(first);
  await ask(one, 'connect');
  await expect.poll(async () => (await ask(one, 'status'))?.phase, soon).toBe('live');
  await ask(two, 'connect');
  await expect.poll(async () => (await ask(two, 'status'))?.phase, soon).toBe('standby');

  const laptop = await openReplica({ agentId: 'bob' });
  const connection = laptop.connect(hubRemote({ url }), { live: true });
  onTestFinished(async () => {
    await connection.close();
    await laptop.close();
  });
  await ask(two, 'create', 't1', { title: 'Paint', status: 'todo' });
  await expect
    .poll(async () => (await laptop.get('task', 't1'))?.fields, soon)
    .toEqual({ title: 'Paint', status: 'todo' });

  await one.context().setOffline(true);
  await ask(one, 'update', 't1', { title: 'Paint it blue' });
  await ask(two, 'update', 't1', { status: 'doing' });
  await laptop.update('task', 't1', { title: 'Paint it red' });
  await connection.synced();
  expect(await ask(two, 'fields', 't1')).toEqual({ title: 'Paint it blue', status: 'doing' });

  await one.context().setOffline(false);
  const digest = async () => new Set([await laptop.digest(), await ask(one, 'digest'), await ask(two, 'digest')]).size;
  await expect.poll(digest, soon).toBe(1);
  expect(await laptop.conflicts.list()).toHaveLength(1);

  // The tab that syncs is closed: the other one goes on.
  await one.close();
  await ask(two, 'create', 't2', { title: 'Sell' });
  await expect
    .poll(async () => (await laptop.get('task', 't2'))?.fields, { timeout: 20_000 })
    .toEqual({ title: 'Sell' });

  await two.reload();
  expect(await ask(two, 'open', 'ada')).toBe(first);
  expect(await ask(two, 'fields', 't2')).toEqual({ title: 'Sell' });
  expect(await ask(two, 'verify')).toMatchObject({ ok: true });
});
