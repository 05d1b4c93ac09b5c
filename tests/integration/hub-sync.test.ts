/**
 * Replicas and a hub, over the real protocol: in rounds, live, away and back, and what a replica
 * does when the hub asks it to wait, or for what is missing.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hubRemote, isReknitError, replicaRemote, type Replica } from '../../src/index.js';
import type { Principal } from 'reknit/hub';
import { eventOf } from '../../src/testing/contract-story.js';
import { remoteContract } from '../../src/testing/remote-contract.js';
import { importsOf } from '../architecture/imports.js';
import { everything, manualClock, served, testHub } from '../support/hub.js';
import { askingRemote, closedAtEnd, exchange, fetchOf, statusWhere } from '../support/hub-site.js';
import { codeOf, siteOn, storyStartMs, storeKinds } from '../support/site.js';

const clock = () => manualClock(storyStartMs);

/** Resolves when the replica shows the value, however it comes there. */
const shows = (replica: Replica, id: string, field: string, value: unknown): Promise<unknown> =>
  firstValueFrom(replica.watch('task', id).pipe(filter((view) => view?.fields[field] === value)));

describe.each(storeKinds)('two replicas through a hub, on %s', (kind) => {
  test('come into step by one round each way', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    const hub = testHub({ clock: clock() });
    await laptop.create('task', 'one', { title: 'from the laptop' });
    await phone.create('task', 'two', { title: 'from the phone' });

    expect(await exchange(laptop, askingRemote(hub))).toMatchObject({ pulled: 0, pushed: 1, refused: [] });
    expect(await exchange(phone, askingRemote(hub))).toMatchObject({ pulled: 1, applied: 1, pushed: 1 });
    expect(await exchange(laptop, askingRemote(hub))).toMatchObject({ applied: 1, pushed: 0 });

    expect(await laptop.digest()).toBe(await phone.digest());
    expect((await laptop.status()).localOnly).toBe(0);
    expect(await exchange(phone, askingRemote(hub))).toMatchObject({ applied: 0, pushed: 0 });
  });

  test('that wrote concurrently decide alike', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    const hub = testHub({ clock: clock() });
    await laptop.create('task', 'one', { status: 'todo' });
    await exchange(laptop, askingRemote(hub));
    await exchange(phone, askingRemote(hub));
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'dropped' });

    await exchange(laptop, askingRemote(hub));
    const report = await exchange(phone, askingRemote(hub));
    await exchange(laptop, askingRemote(hub));

    expect(report.conflicts).toHaveLength(1);
    expect(await laptop.digest()).toBe(await phone.digest());
    for (const replica of [laptop, phone]) expect(await replica.verify()).toMatchObject({ ok: true });
  });

  test('exchange more than fits a request or a page', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    const hub = testHub({ clock: clock(), limits: { eventsMax: 7, pageEntriesMax: 11, bodyBytesMax: 3_000 } });
    for (let index = 0; index < 60; index += 1)
      await laptop.create('task', `${index}`, { title: 'é'.repeat(index * 10) });

    expect(await exchange(laptop, askingRemote(hub))).toMatchObject({ pushed: 60, refused: [] });
    expect(await exchange(phone, askingRemote(hub))).toMatchObject({ pulled: 60, applied: 60 });
    expect(await exchange(phone, askingRemote(hub))).toMatchObject({ pulled: 0, pushed: 0 });

    expect(await laptop.digest()).toBe(await phone.digest());
  });
});

/** Where sockets are real, so is the time. */
const today = { clock: () => Date.now() };

describe('live, over a socket', () => {
  test('what one writes the other shows, and says what it is doing', async () => {
    const site = siteOn('memory');
    const [laptop, phone] = [await site.open('laptop', today), await site.open('phone', today)];
    const url = await served(testHub());
    await laptop.create('task', 'one', { n: 0 });
    const here = closedAtEnd(laptop.connect(hubRemote({ url }), { live: true }));
    const there = closedAtEnd(phone.connect(hubRemote({ url }), { live: true }));
    await statusWhere(here, ({ phase }) => phase === 'live');
    await statusWhere(there, ({ phase }) => phase === 'live');
    await shows(phone, 'one', 'n', 0);

    for (let n = 1; n <= 20; n += 1) await laptop.update('task', 'one', { n });
    await shows(phone, 'one', 'n', 20);
    await phone.update('task', 'one', { n: 21 });
    await shows(laptop, 'one', 'n', 21);
    await Promise.all([here.synced(), there.synced()]);

    expect(await laptop.digest()).toBe(await phone.digest());
    expect(here.status).toMatchObject({ pending: 0, rejected: 0, error: undefined });
    expect((await laptop.status()).localOnly).toBe(0);
  });

  test('a replica that was away reads on from where it was, and sends what it wrote meanwhile', async () => {
    const site = siteOn('memory');
    const [laptop, phone] = [await site.open('laptop', today), await site.open('phone', today)];
    const url = await served(testHub());
    const here = closedAtEnd(laptop.connect(hubRemote({ url }), { live: true }));
    const there = closedAtEnd(phone.connect(hubRemote({ url }), { live: true }));
    await laptop.create('task', 'one', { a: 0, b: 0 });
    await shows(phone, 'one', 'a', 0);
    await here.synced();

    there.pause();
    expect(there.status.phase).toBe('offline');
    expect(await codeOf(() => there.now())).toBe('sync_paused');
    for (let n = 1; n <= 10; n += 1) await laptop.update('task', 'one', { a: n });
    for (let n = 1; n <= 10; n += 1) await phone.update('task', 'one', { b: n });
    await here.synced();
    there.resume();
    await there.synced();

    await Promise.all([shows(phone, 'one', 'a', 10), shows(laptop, 'one', 'b', 10)]);
    expect(await laptop.digest()).toBe(await phone.digest());
    expect((await laptop.status()).events).toBe(21);
  });

  test('synced waits until the hub is there, and says so to who gives up', async () => {
    const site = siteOn('memory');
    const laptop = await site.open('laptop');
    await laptop.create('task', 'one', {});
    let isThere = false;
    const hub = testHub({ clock: clock() });
    const remote = askingRemote(hub, {
      fetch: async (url, init) => {
        if (!isThere) throw new TypeError('fetch failed');
        return fetchOf(hub)(url, init);
      },
    });
    const connection = closedAtEnd(laptop.connect(remote, { live: true, retry: { firstDelayMs: 1, delayMsMax: 5 } }));
    const failing = await statusWhere(connection, ({ phase }) => phase === 'backoff');
    expect(failing.error?.code).toBe('remote_unreachable');
    const impatient = new AbortController();
    const given = connection.synced({ signal: impatient.signal });
    const patient = connection.synced();
    impatient.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });

    isThere = true;
    await patient;

    expect((await laptop.status()).localOnly).toBe(0);
    expect(connection.status).toMatchObject({ error: undefined });
  });

  test('synced asks what this hub has: what only another replica has is not sent yet', async () => {
    const site = siteOn('memory');
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    await laptop.create('task', 'one', {});
    await exchange(laptop, replicaRemote(phone));
    expect((await laptop.status()).localOnly).toBe(0);
    const hub = testHub({ clock: clock() });
    let isThere = false;
    const remote = askingRemote(hub, {
      fetch: async (url, init) => {
        if (!isThere) throw new TypeError('fetch failed');
        return fetchOf(hub)(url, init);
      },
    });
    const connection = closedAtEnd(laptop.connect(remote, { live: true, retry: { firstDelayMs: 1, delayMsMax: 5 } }));

    const away = await statusWhere(connection, ({ phase }) => phase === 'backoff');
    expect(away.pending).toBe(1);
    const impatient = new AbortController();
    const given = connection.synced({ signal: impatient.signal });
    await laptop.status();
    impatient.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });

    isThere = true;
    await connection.synced();
    expect(connection.status.pending).toBe(0);
    expect((await hub.log.heads(['laptop'])).get('laptop')?.seq).toBe(1);
  });

  test('what the hub said that answered at this address before is no word of the one that does now', async () => {
    const laptop = await siteOn('memory').open('laptop');
    await laptop.create('task', 'one', {});
    await exchange(laptop, askingRemote(testHub({ clock: clock() })));
    const hub = testHub({ clock: clock() });
    let takesEvents = false;
    const remote = askingRemote(hub, {
      fetch: async (url, init) => {
        if (url.endsWith('/push') && !takesEvents) throw new TypeError('fetch failed');
        return fetchOf(hub)(url, init);
      },
    });
    const connection = closedAtEnd(laptop.connect(remote, { live: true, retry: { firstDelayMs: 1, delayMsMax: 5 } }));
    expect((await statusWhere(connection, ({ phase }) => phase === 'backoff')).pending).toBe(1);

    takesEvents = true;
    await connection.synced();
    expect(connection.status.pending).toBe(0);
  });
});

describe('a hub that asks for patience', () => {
  test('is left alone for as long as it says (Retry-After), and then it goes on', async () => {
    const laptop = await siteOn('memory').open('laptop');
    await laptop.create('task', 'one', {});
    const hub = testHub({ clock: clock() });
    let isBusy = true;
    let calls = 0;
    const remote = askingRemote(hub, {
      fetch: async (url, init) => {
        calls += 1;
        return isBusy
          ? new Response('{"error":{"code":"too_many_requests","message":"wait"}}', {
              status: 429,
              headers: { 'retry-after': '30' },
            })
          : fetchOf(hub)(url, init);
      },
    });
    const time = manualClock(storyStartMs);
    const connection = closedAtEnd(laptop.connect(remote, { live: true, timers: time, chance: () => 0.5 }));
    const { retryAt } = await statusWhere(connection, ({ phase }) => phase === 'backoff');
    expect(Date.parse(retryAt ?? '') - storyStartMs).toBe(30_250);

    time.advance(30_000);
    expect(calls).toBe(1);
    isBusy = false;
    time.advance(250);
    await statusWhere(connection, ({ phase, lastSyncedAt }) => phase === 'live' && lastSyncedAt !== undefined);
    expect((await laptop.status()).localOnly).toBe(0);
  });
});

describe('a hub that lacks numbers of a replica', () => {
  test('asks for them, and gets them', async () => {
    const laptop = await siteOn('memory').open('laptop');
    for (const id of ['one', 'two', 'three', 'four']) await laptop.create('task', id, {});
    const hub = testHub({ clock: clock() });
    let lost = 0;
    const sound = askingRemote(hub);
    // Everything but the last is said to have been taken, and was not.
    await exchange(laptop, {
      ...sound,
      push: async (events, signal, options) => {
        lost = events.length;
        return (await sound.push(events.slice(0, 1), signal, options)).concat(
          events.slice(1).map(() => ({ type: 'accepted' })),
        );
      },
    });
    expect(lost).toBe(4);
    const { heads, ...headless } = askingRemote(hub);
    expect((await heads?.(['laptop']))?.get('laptop')?.seq).toBe(1);
    await laptop.create('task', 'five', {});

    // A remote that cannot say what it has is not refilled: it has to ask.
    const report = await exchange(laptop, headless);

    expect(report.pushed).toBe(5);
    expect((await askingRemote(hub).heads?.(['laptop']))?.get('laptop')?.seq).toBe(5);
    const phone = await siteOn('memory').open('phone');
    await exchange(phone, askingRemote(hub));
    expect(await phone.digest()).toBe(await laptop.digest());
  });
});

describe('who may not', () => {
  const reads: Principal = { ...everything, id: 'reader', replicas: ['laptop'], rights: { task: ['read'] } };

  test('is told, and waits for a token instead of asking on and on', async () => {
    const laptop = await siteOn('memory').open('laptop');
    const hub = testHub({ clock: clock(), principals: new Map([['right', everything]]) });
    let token = 'wrong';
    const time = manualClock(storyStartMs);
    const connection = closedAtEnd(
      laptop.connect(askingRemote(hub, { token: () => token }), { live: true, timers: time, chance: () => 0.5 }),
    );
    const { error, retryAt } = await statusWhere(connection, ({ phase }) => phase === 'unauthorized');
    expect(error?.code).toBe('unauthorized');
    expect(Date.parse(retryAt ?? '') - storyStartMs).toBe(30_000);
    expect(await codeOf(() => connection.synced())).toBe('accepted');
    await laptop.create('task', 'one', {});
    expect(await codeOf(() => connection.synced())).toBe('unauthorized');

    token = 'right';
    await connection.now();
    expect((await laptop.status()).localOnly).toBe(0);
  });

  test('has its events listed with the reason, and they delay nothing (R9)', async () => {
    const laptop = await siteOn('memory').open('laptop');
    const hub = testHub({
      clock: clock(),
      principals: new Map([['t', { ...reads, rights: { task: ['read', 'write'] } } as Principal]]),
    });
    await laptop.create('secret', 's', { title: 'not for this hub' });
    await laptop.create('task', 'one', {});
    const connection = closedAtEnd(laptop.connect(askingRemote(hub, { token: 't' })));

    const report = await connection.now();
    expect(report.refused).toMatchObject([{ dot: 'laptop:1', code: 'forbidden' }]);
    expect(await codeOf(() => connection.synced())).toBe('accepted');
    expect(await connection.rejected.list()).toMatchObject([{ dot: 'laptop:1', code: 'forbidden' }]);
    expect(connection.status.rejected).toBe(1);
    expect(await laptop.get('secret', 's')).toBeUndefined();

    const [listed] = await connection.rejected.list();
    await connection.rejected.shelve(listed?.eventId ?? '');
    expect(await connection.rejected.list()).toEqual([]);
    expect(connection.status.rejected).toBe(0);
  });
});

describe('what is no hub', () => {
  const answering = async (answer: Parameters<typeof createServer>[1]): Promise<string> => {
    const server: Server = createServer(answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const json = { 'content-type': 'application/json' };

  test.each([
    ['a portal that shows a page', 'remote_failed', 200, { 'content-type': 'text/html' }, '<html>sign in</html>'],
    ['a portal that leads elsewhere', 'remote_unreachable', 302, { location: 'http://127.0.0.1:9/' }, ''],
    ['an answer of another kind', 'remote_failed', 200, json, '{"hello":"world"}'],
    ['a version of tomorrow', 'protocol_unsupported', 200, json, '{"protocol":2}'],
    ['an error of a proxy', 'remote_failed', 502, { 'content-type': 'text/html' }, 'Bad Gateway'],
    ['a proxy that says conflict', 'remote_failed', 409, {}, ''],
  ])('%s is an error with a name, and nothing is marked', async (_what, code, status, headers, body) => {
    const laptop = await siteOn('memory').open('laptop');
    await laptop.create('task', 'one', {});
    const url = await answering((_request, response) => {
      response.writeHead(status, headers).end(body);
    });

    expect(await codeOf(() => exchange(laptop, hubRemote({ url, token: 'secret' })))).toBe(code);
    expect((await laptop.status()).localOnly).toBe(1);
  });

  test('an answer that is cut off anywhere is no answer', async () => {
    const site = siteOn('memory');
    const laptop = await site.open('laptop');
    await laptop.create('task', 'one', { title: 'x' });
    const hub = testHub({ clock: clock() });
    for (let cut = 0; cut < 200; cut += 13) {
      await laptop.create('task', `${cut}`, {});
      const remote = askingRemote(hub, {
        fetch: async (url, init) => {
          const response = await fetchOf(hub)(url, init);
          if (!url.endsWith('/push')) return response;
          const text = await response.text();
          return new Response(text.slice(0, Math.min(cut, text.length - 1)), { status: 200 });
        },
      });
      expect(await codeOf(() => exchange(laptop, remote))).toBe('remote_failed');
      expect((await laptop.status()).localOnly).toBeGreaterThan(0);
    }
    await exchange(laptop, askingRemote(hub));
    expect((await laptop.status()).localOnly).toBe(0);
  });

  test('an answer without an end is bounded, and one that never comes is not waited for', async () => {
    const laptop = await siteOn('memory').open('laptop');
    const endless = await answering((_request, response) => {
      response.writeHead(200, json);
      const more = (): void => {
        if (!response.destroyed) response.write(' '.repeat(65_536), () => setImmediate(more));
      };
      more();
    });
    expect(await codeOf(() => exchange(laptop, hubRemote({ url: endless, answerBytesMax: 1_000_000 })))).toBe(
      'remote_failed',
    );
    const silent = await answering(() => undefined);
    expect(await codeOf(() => exchange(laptop, hubRemote({ url: silent, timeoutMs: 20 })))).toBe('remote_timeout');
  });

  test('no token is sent in the open, nor stands in an address', async () => {
    const codes = [
      'http://hub.example.org',
      'https://me:secret@hub.example.org',
      'https://h.org/?token=t',
      'ftp://h',
      'no',
    ].map((url) => {
      try {
        hubRemote({ url, token: 'secret' });
        return 'accepted';
      } catch (error) {
        return isReknitError(error) ? error.code : error;
      }
    });
    expect(codes).toEqual(['insecure_url', 'bad_url', 'bad_url', 'bad_url', 'bad_url']);
    const asked: string[] = [];
    const remote = hubRemote({
      url: 'https://hub.example.org/base/',
      token: 'secret',
      fetch: async (url) => {
        asked.push(url);
        return new Response('{}', { status: 500 });
      },
    });
    await codeOf(() => remote.hello({ replicaId: 'laptop' }));
    expect(asked).toEqual(['https://hub.example.org/base/v1/hello']);
  });
});

test('events of others that came by another way are left where they may not be relayed', async () => {
  const laptop = await siteOn('memory').open('laptop');
  const hub = testHub({
    clock: clock(),
    principals: new Map([
      ['t', { id: 'l', replicas: ['laptop'], agents: 'any', rights: { '*': ['read', 'write'] } } as Principal],
    ]),
  });
  await laptop.import([eventOf('elsewhere', 1, 'far', []).event]);
  await laptop.create('task', 'one', {});
  const connection = closedAtEnd(laptop.connect(askingRemote(hub, { token: 't' })));

  expect((await connection.now()).refused).toMatchObject([{ dot: 'elsewhere:1', code: 'forbidden' }]);
  expect((await laptop.status()).localOnly).toBe(0);
  expect((await laptop.status()).rejected).toBe(0);
});

describe('hubRemote keeps the contract of a remote', () => {
  const create = () => {
    const [one, another] = [testHub({ clock: clock() }), testHub({ clock: clock() })];
    return Promise.resolve({
      connect: () => Promise.resolve(hubRemote({ url: 'http://127.0.0.1:1', fetch: fetchOf(one) })),
      connectElsewhere: () => Promise.resolve(hubRemote({ url: 'http://127.0.0.1:1', fetch: fetchOf(another) })),
    });
  };
  for (const { name, run } of remoteContract(create)) test(name, run);
});

test('the client loads nothing that a browser does not have', () => {
  const sources = fileURLToPath(new URL('../../src/', import.meta.url));
  const seen = new Set<string>();
  const waiting = ['adapters/remote/index.ts'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { specifier, typeOnly } of importsOf(readFileSync(join(sources, path), 'utf8'))) {
      if (typeOnly) continue;
      expect(specifier.startsWith('node:') || specifier === 'ws', `${path} loads ${specifier}`).toBe(false);
      if (specifier.startsWith('.')) waiting.push(posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts'));
    }
  }
  expect(seen.size).toBeGreaterThan(8);
});
