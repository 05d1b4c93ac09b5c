/**
 * Attacks on a hub and on the replicas around it, by those who have a token and by those who have
 * none, and by a hub that lies: each was one that worked, or could have.
 */
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  createHub,
  createMemoryHubLog,
  openSqliteHubLog,
  openTokenList,
  type HubOptions,
  type Principal,
} from 'reknit/hub';
import { hubRemote, isReknitError, type Remote } from '../../src/index.js';
import { eventOf } from '../../src/testing/contract-story.js';
import { everything, manualClock, receiptKey, served, testHub } from '../support/hub.js';
import { askingRemote, exchange, fetchOf } from '../support/hub-site.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { codeOf, collect, siteOn, storeKinds, storyStartMs } from '../support/site.js';

const clock = () => manualClock(storyStartMs);

const principal = (id: string, more: Partial<Principal> = {}): Principal => ({
  id,
  replicas: [id],
  agents: 'any',
  rights: { '*': ['read', 'write', 'delete', 'resolve'] },
  ...more,
});

const principalsOf = (...all: readonly Principal[]): Map<string, Principal> => new Map(all.map((one) => [one.id, one]));

describe('rights', () => {
  test('a token that only reads, for any replica, writes nothing into the log in anybody’s name', async () => {
    const auditor = principal('auditor', { replicas: 'any', rights: { '*': ['read'] } });
    const hub = testHub({ principals: principalsOf(auditor) });
    const { event } = eventOf('victim', 1, 'one', []);

    const { body } = await hub.post('/v1/push', { replicaId: 'auditor', events: [{ event }] }, { token: 'auditor' });

    expect(body.verdicts).toMatchObject([{ type: 'refused', code: 'forbidden', published: false }]);
    expect((await hub.log.facts()).head.position).toBe(0);
    expect((await hub.log.heads(['victim'])).get('victim')?.seq).toBe(0);
  });

  test.each(storeKinds)('who is given more rights is given what was kept from them, on %s', async (kind) => {
    const principals = principalsOf(everything, principal('phone', { rights: { task: ['read', 'write'] } }));
    const hub = testHub({ clock: clock(), principals });
    await hub.log.append(
      [
        eventOf('laptop', 1, 'one', []),
        eventOf('laptop', 2, 'hidden', [], { resourceType: 'secret' }),
        eventOf('laptop', 3, 'two', []),
      ].map((sealed) => ({ sealed })),
      '2026-02-02T10:00:00.000Z',
    );
    const phone = await siteOn(kind).open('phone');
    await exchange(phone, askingRemote(hub, { token: 'phone' }));
    expect((await phone.status()).events).toBe(2);

    principals.set('phone', principal('phone'));
    await exchange(phone, askingRemote(hub, { token: 'phone' }));

    expect((await phone.status()).events).toBe(3);
    expect(await phone.get('secret', 'hidden')).toBeDefined();
  });

  test.each(storeKinds)('another hub gives what the first one kept back, on %s', async (kind) => {
    const hidden = eventOf('laptop', 2, 'hidden', [], { resourceType: 'secret' });
    const all = [eventOf('laptop', 1, 'one', []), hidden, eventOf('laptop', 3, 'two', [])];
    const narrow = testHub({
      clock: clock(),
      principals: principalsOf(principal('phone', { rights: { task: ['read', 'write', 'relay'] } })),
    });
    const wide = testHub({ clock: clock() });
    for (const { log } of [narrow, wide])
      await log.append(
        all.map((sealed) => ({ sealed })),
        '2026-02-02T10:00:00.000Z',
      );
    const phone = await siteOn(kind).open('phone');

    await exchange(phone, askingRemote(narrow, { token: 'phone' }));
    await exchange(phone, askingRemote(wide));

    expect(await phone.get('secret', 'hidden')).toBeDefined();
  });
});

describe('strangers', () => {
  test('who asks for a socket elsewhere, and is gone before the answer, brings nothing down', async () => {
    const hub = testHub();
    const url = await served(hub);
    const failures: unknown[] = [];
    const note = (error: unknown): void => void failures.push(error);
    process.on('uncaughtException', note);
    onTestFinished(() => void process.off('uncaughtException', note));
    const { hostname, port } = new URL(url);

    for (let attempt = 0; attempt < 30; attempt += 1)
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write('GET /elsewhere HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
          setTimeout(() => {
            socket.resetAndDestroy();
            resolve();
          }, attempt % 3);
        });
        socket.on('error', () => undefined);
      });
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(failures).toEqual([]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test('who asks for a socket elsewhere is let go, and holds no connection', async () => {
    const url = await served(testHub());
    const { hostname, port } = new URL(url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    const ended = vi.fn<() => void>();
    socket.on('error', ended).on('close', ended).resume();

    socket.write('GET /elsewhere HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await new Promise((resolve) => socket.on('end', resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write('x');
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write('x');

    await vi.waitFor(() => expect(ended).toHaveBeenCalled());
  });
});

const failureOf = async (run: () => unknown): Promise<Error> => {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was not refused');
};

describe('tokens', () => {
  test.each(['two\nlines-of-a-secret', 'secret…token', 'secret token', ''])(
    'one that no header can carry (%j) is refused in words that do not hold it',
    async (token) => {
      const remote = hubRemote({ url: 'http://127.0.0.1:9', token: () => token });

      const error = await failureOf(() => remote.hello({ replicaId: 'a' }));

      expect(isReknitError(error, 'bad_token')).toBe(true);
      expect(`${error.message} ${String(error.cause)}`).not.toMatch(/secret/);
    },
  );

  test.each([
    [
      'throws',
      () => {
        throw new Error('no secret to be had');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('no secret to be had'))],
  ] as const)('a function that gives them and %s is told apart from a hub that is not there', async (_how, token) => {
    const remote = hubRemote({ url: 'http://127.0.0.1:9', token });

    const error = await failureOf(() => remote.hello({ replicaId: 'a' }));

    expect(isReknitError(error, 'token_failed')).toBe(true);
    expect(error.message).not.toMatch(/secret/);
    expect(String(error.cause)).toMatch(/no secret/);
  });

  test.each([
    ['replicas', undefined],
    ['replicas', []],
    ['agents', 'laptop'],
    ['rights', { task: ['reed'] }],
    ['rights', null],
    ['expiresAt', 'tomorrow'],
    ['expiresAt', '2001-01-01T00:00:00.000Z'],
  ])('a list takes none that is none (%s: %j), and goes on working', async (member, value) => {
    const tokens = openTokenList({ file: join(temporaryFolder(), 'tokens.json'), clock: manualClock() });
    const wanted = { replicas: 'any', agents: 'any', rights: { '*': ['read'] } } as const;

    const error = await failureOf(() => tokens.add({ ...wanted, [member]: value }));

    expect(isReknitError(error, 'wrong_type')).toBe(true);
    expect(error.message).toContain(member);
    const { token } = await tokens.add(wanted);
    expect(tokens.authenticate(token, { replicaId: 'a', address: '' })).toBeDefined();
  });

  test('an answer that never comes is not waited for, also by a fetch that knows of no signal', async () => {
    const never = <Value>(): Promise<Value> => new Promise(() => undefined);
    const silent = { ok: true, status: 200, body: { getReader: () => ({ read: never, cancel: never }) } };
    for (const fetch of [never<Response>, async () => silent as unknown as Response]) {
      const remote = hubRemote({ url: 'http://127.0.0.1:9', fetch, timeoutMs: 30 });
      expect(await codeOf(() => remote.hello({ replicaId: 'a' }))).toBe('remote_timeout');
      const ending = new AbortController();
      const patient = hubRemote({ url: 'http://127.0.0.1:9', fetch });
      const asked = patient.hello({ replicaId: 'a', signal: ending.signal });
      ending.abort(new Error('enough'));
      await expect(asked).rejects.toThrow('enough');
    }
  });

  test('one that never comes is not waited for', async () => {
    const remote = hubRemote({
      url: 'http://127.0.0.1:9',
      token: () => new Promise<string>(() => undefined),
      timeoutMs: 30,
    });

    expect(await codeOf(() => remote.hello({ replicaId: 'a' }))).toBe('remote_timeout');
    const ending = new AbortController();
    const asked = codeOf(() => remote.hello({ replicaId: 'a', signal: ending.signal }));
    ending.abort(new Error('enough'));
    await asked;
  });
});

describe('a refusal whose author is gone', () => {
  const principals = principalsOf(
    principal('gone', { rights: { task: ['read', 'write'] } }),
    principal('phone'),
    principal('narrow', { rights: { task: ['read', 'write'] } }),
    principal('reader', { rights: { '*': ['read'] } }),
  );
  const refusedEvent = eventOf('gone', 2, 'hidden', [], { resourceType: 'payroll' });
  const events = [
    eventOf('gone', 1, 'one', []),
    refusedEvent,
    eventOf('gone', 3, 'built', [refusedEvent.dot], { resourceType: 'task' }),
    eventOf('gone', 4, 'one', ['gone:1'], { operation: 'update' }),
  ].map(({ event }) => ({ event }));

  test.each(storeKinds)('is given back to a hub that was wiped, by whoever holds it, on %s', async (kind) => {
    const hub = testHub({ clock: clock(), principals });
    await hub.post('/v1/push', { replicaId: 'gone', events }, { token: 'gone' });
    const before = (await hub.log.read({ after: 0, limit: 100, bytesMax: 1e9 })).entries;
    const phone = await siteOn(kind).open('phone');
    await exchange(phone, askingRemote(hub, { token: 'phone' }));

    const wiped = testHub({ clock: clock(), principals });
    await exchange(phone, askingRemote(wiped, { token: 'phone' }));

    const { entries } = await wiped.log.read({ after: 0, limit: 100, bytesMax: 1e9 });
    expect((await wiped.log.heads(['gone'])).get('gone')).toMatchObject({ seq: 4 });
    expect((await wiped.log.counts()).parked).toBe(0);
    const refusals = (all: typeof entries) => all.flatMap((entry) => (entry.type === 'refusal' ? [entry.refusal] : []));
    expect(refusals(entries)).toEqual(refusals(before));
    expect(refusals(entries).map(({ dot, resourceType }) => [dot, resourceType])).toContainEqual(['gone:2', 'payroll']);
    // Once more, and nothing is new.
    const { head } = await wiped.log.facts();
    await exchange(phone, askingRemote(wiped, { token: 'phone' }));
    expect((await wiped.log.facts()).head).toEqual(head);
    // Who may not read the type is told nothing of it.
    const { text } = await wiped.post('/v1/pull', { replicaId: 'narrow', limit: 100 }, { token: 'narrow' });
    expect(text).not.toContain('payroll');
    expect(text).not.toContain(refusedEvent.hash);
  });

  test('is taken by its genuine receipt alone, and from those alone who may write', async () => {
    const hub = testHub({ clock: clock(), principals });
    await hub.post('/v1/push', { replicaId: 'gone', events }, { token: 'gone' });
    const { body } = await hub.post('/v1/pull', { replicaId: 'phone', limit: 100 }, { token: 'phone' });
    const { receipt } = body.entries.find(({ refused }: { refused?: unknown }) => refused !== undefined).refused;
    const accepted = body.entries.find(({ event }: { event?: unknown }) => event !== undefined).receipt;
    const [content, signature] = receipt.split('.');
    const forged = Buffer.from(Buffer.from(content, 'base64url').toString().replace('gone:', 'good:')).toString(
      'base64url',
    );
    const wiped = testHub({ clock: clock(), principals });
    const verdictOn = async (refused: unknown, token: string) =>
      (await wiped.post('/v1/push', { replicaId: token, events: [{ refused }] }, { token })).body.verdicts[0];

    for (const text of [
      '',
      '.',
      'x'.repeat(10_000),
      `${forged}.${signature}`,
      `${content}.`,
      `${receipt}.`,
      accepted,
      content,
    ])
      expect([text, await verdictOn(text, 'phone')]).toMatchObject([
        text,
        { type: 'refused', code: 'forbidden', published: false },
      ]);
    expect(await verdictOn(receipt, 'reader')).toMatchObject({ type: 'refused', published: false });
    expect((await wiped.log.facts()).head.position).toBe(0);
    // What stood before it may be gone with its author: it waits for no number.
    expect(await verdictOn(receipt, 'phone')).toMatchObject({ type: 'refused', published: true });
    expect((await wiped.log.heads(['gone'])).get('gone')).toMatchObject({ seq: 0 });
    // A receipt of a refusal opens nothing for the event itself.
    const { body: pushed } = await wiped.post(
      '/v1/push',
      { replicaId: 'phone', events: [{ event: refusedEvent.event, receipt }] },
      { token: 'phone' },
    );
    expect(pushed.verdicts).toMatchObject([{ type: 'refused', code: 'forbidden', published: false }]);
  });
});

describe('a hub that lies about the time', () => {
  test.each([1e300, -1e300, 1e15, 253_402_300_800_000])('by %d ms is not believed', async (now) => {
    const laptop = await siteOn('memory').open('laptop');
    const hub = testHub({ clock: clock() });
    const lying: Remote = askingRemote(hub, {
      fetch: async (url, init) => {
        const response = await fetchOf(hub)(url, init);
        return url.endsWith('/hello') ? Response.json({ ...((await response.json()) as object), now }) : response;
      },
    });
    await laptop.create('task', 'one', {});

    expect(await codeOf(() => exchange(laptop, lying))).toBe('remote_failed');
    const { event } = { event: (await laptop.create('task', 'two', {})) as { readonly timestamp: string } };
    expect(event.timestamp.slice(0, 4)).toBe(new Date(storyStartMs).toISOString().slice(0, 4));
  });
});

describe('options that make no sense', () => {
  const options = (): HubOptions => ({ log: createMemoryHubLog(), authenticate: () => everything, receiptKey });

  test.each([
    ['metrics', 'localhost'],
    ['basePath', 'sync'],
    ['basePath', '/sync/'],
    ['allowedOrigins', ['https://app.example/']],
    ['allowedOrigins', ['app.example']],
    ['allowedOrigins', 'https://app.example'],
    ['allowedOrigins', ['*']],
    ['limits', { bodyBytesMax: Number.NaN }],
    ['limits', { unackedPagesMax: 0 }],
    ['limits', { eventsMax: '100' }],
    ['limits', { bodyBytes: 100 }],
    ['receiptKey', 'a key as a text that is long enough'],
    ['receiptKey', undefined],
    ['authenticate', undefined],
    ['log', {}],
    ['watchTokens', true],
  ])('to createHub: %s %j', (member, value) => {
    const error = (() => {
      try {
        createHub({ ...options(), [member]: value });
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();

    expect(isReknitError(error, 'wrong_type')).toBe(true);
    expect(String(error)).toContain(member);
  });

  test('undefined stands for the default, and opens no bound', async () => {
    const hub = testHub({ limits: { bodyBytesMax: undefined } as never });

    expect((await hub.post('/v1/push', JSON.stringify({ x: 'x'.repeat(5_000_000) }))).status).toBe(413);
  });

  test.each([
    ['timeoutMs', Number.NaN],
    ['timeoutMs', 0],
    ['timeoutMs', 1e12],
    ['pingMs', 0],
    ['pingMs', Infinity],
    ['answerBytesMax', Number.NaN],
    ['token', 7],
    ['fetch', 'fetch'],
    ['WebSocket', {}],
    ['url', undefined],
  ])('to hubRemote: %s %j', async (member, value) => {
    const error = await failureOf(() => hubRemote({ url: 'https://hub.test', [member]: value }));

    expect(isReknitError(error)).toBe(true);
    expect(isReknitError(error, 'wrong_type') || isReknitError(error, 'bad_url')).toBe(true);
  });

  test.each([
    { leaseMs: 0 },
    { intervalMs: 0 },
    { intervalMs: 1e12 },
    { retry: { delayMsMax: 1e12 } },
    { retry: { firstDelayMs: 0, delayMsMax: 0 } },
    { subscribe: { types: ['task'] } },
    { subscribe: { resources: 'task' } },
    { subscribe: { resources: [['task', 'one']] } },
  ])('to connect: %j', async (given) => {
    const laptop = await siteOn('memory').open('laptop');

    const error = await failureOf(async () => {
      const connection = laptop.connect(hubRemote({ url: 'http://127.0.0.1:9' }), given as never);
      await connection.close();
    });

    expect(isReknitError(error, 'wrong_type')).toBe(true);
  });
});

describe('two hubs', () => {
  test('that are visited in turn are not taken for one that was wiped', async () => {
    const laptop = await siteOn('memory').open('laptop');
    const [one, another] = [testHub({ clock: clock() }), testHub({ clock: clock() })];
    await laptop.create('task', 'one', {});
    for (let round = 0; round < 4; round += 1)
      for (const hub of [one, another]) await exchange(laptop, askingRemote(hub));

    const refills = (await collect(laptop.audit.entries())).filter(({ acts }) =>
      acts.some(({ type }) => type === 'RemoteRefilled'),
    );
    expect(refills.length).toBeLessThanOrEqual(1);
  });
});

describe('what costs a hub much and its caller little', () => {
  test('a stranger with slow bodies takes his own room, and nobody else’s', async () => {
    const hub = testHub({ limits: { bodyBytesMax: 400, bodiesBytesMax: 1_000, bodiesBytesPerAddressMax: 400 } });
    const slowly = (address: string) =>
      hub.hub.fetch(
        new Request('http://hub.test/v1/push', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(190)) }),
          duplex: 'half',
        }),
        { address },
      );
    for (let count = 0; count < 10; count += 1) void slowly('203.0.113.66');
    await new Promise((resolve) => setTimeout(resolve, 20));

    const { event } = eventOf('ann', 1, 'one', []);
    expect((await hub.post('/v1/push', { replicaId: 'ann', events: [{ event }] })).status).toBe(200);
  });

  test('a stranger with long questions is told to wait sooner than one with short ones', async () => {
    const hub = testHub({
      clock: manualClock(),
      principals: new Map(),
      limits: { addressRequestsBurst: 100, addressRequestsPerSecond: 1 },
    });
    const ask = async (replicaIds: readonly string[]): Promise<number> =>
      (await hub.post('/v1/heads', { replicaIds })).status;
    const long = Array.from({ length: 9_000 }, () => 'x'.repeat(400));

    const answers = [await ask(long), await ask(long), await ask(long)];

    expect(answers).toEqual([401, 429, 429]);
  });

  test('events that deny their own past, on a resource with a long history, are refused at once', async () => {
    const log = openSqliteHubLog({ file: join(temporaryFolder(), 'hub.db') });
    onTestFinished(log.close);
    const at = '2026-02-02T10:00:00.000Z';
    const length = 3_000;
    const history = Array.from({ length }, (_, index) =>
      eventOf('many', index + 1, 'one', index === 0 ? ['own:1'] : [`many:${index}`], {
        operation: 'update',
        timestamp: at,
      }),
    );
    await log.append(
      [eventOf('own', 1, 'one', [])].map((sealed) => ({ sealed })),
      at,
    );
    for (let from = 0; from < length; from += 1_000)
      await log.append(
        history.slice(from, from + 1_000).map((sealed) => ({ sealed })),
        at,
      );
    // A fork of the history beside it, which has not seen the author's own event.
    const beside = Array.from({ length }, (_, index) =>
      eventOf('beside', index + 1, 'one', index === 0 ? [] : [`beside:${index}`], {
        operation: 'update',
        timestamp: at,
      }),
    );
    for (let from = 0; from < length; from += 1_000)
      await log.append(
        beside.slice(from, from + 1_000).map((sealed) => ({ sealed })),
        at,
      );

    const attack = Array.from({ length: 300 }, (_, index) =>
      eventOf('own', index + 2, 'one', [`beside:${length}`], { operation: 'update', timestamp: at }),
    );
    const startedMs = performance.now();
    const verdicts = await log.append(
      attack.map((sealed) => ({ sealed })),
      at,
    );

    expect(new Set(verdicts.map((verdict) => verdict.type === 'refused' && verdict.code))).toEqual(
      new Set(['own_past_unseen']),
    );
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

test('what is sent because the hub asked for it counts as offered, and is never written anew', async () => {
  const laptop = await siteOn('memory').open('laptop');
  await laptop.create('task', 'one', {});
  const sent: { readonly dot: string; readonly hash: string }[] = [];
  let clockOffsetMs = 0;
  const asking: Remote = {
    capabilities: { canPull: false, canPush: true, pushMax: 100 },
    hello: async () => ({ remoteId: 'asking', policyFingerprint: undefined, knownSeq: 0, clockOffsetMs }),
    pull: async () => ({ events: [], cursor: '', more: false }),
    push: async (events) => {
      const isFirst = sent.length === 0;
      sent.push(...events);
      if (!isFirst) return events.map(() => ({ type: 'accepted' }));
      // Written here while the answer is on its way.
      await laptop.create('task', 'two', {});
      return [{ type: 'parked', missing: [], wanted: { replicaId: 'laptop', fromSeq: 1 } }];
    },
    close: async () => undefined,
  };
  await exchange(laptop, asking);
  expect(new Set(sent.map(({ dot }) => dot))).toEqual(new Set(['laptop:1', 'laptop:2']));

  clockOffsetMs = 365 * 24 * 3_600_000;
  await exchange(laptop, asking);

  expect(new Set(sent.map(({ dot, hash }) => `${dot} ${hash}`)).size).toBe(2);
});

test.each(storeKinds)(
  'a wiped hub is told what it refused before what was written in its place, on %s',
  async (kind) => {
    const reading = principal('laptop', { rights: { '*': ['read'] } });
    const principals = principalsOf(reading);
    const hub = testHub({ clock: clock(), principals });
    const laptop = await siteOn(kind).open('laptop');
    await laptop.create('task', 'one', { title: 'refused' });
    for (let round = 0; round < 2; round += 1) await exchange(laptop, askingRemote(hub, { token: 'laptop' }));
    principals.set('laptop', principal('laptop'));
    await laptop.create('task', 'one', { title: 'taken' });
    await exchange(laptop, askingRemote(hub, { token: 'laptop' }));
    expect(await laptop.status()).toMatchObject({ rejected: 1, localOnly: 0 });

    const wiped = testHub({ clock: clock(), principals });
    await exchange(laptop, askingRemote(wiped, { token: 'laptop' }));

    const { entries } = await wiped.log.read({ after: 0, limit: 10, bytesMax: 1e9 });
    expect(entries.map((entry) => [entry.type, entry.position])).toEqual([
      ['refusal', 1],
      ['event', 2],
    ]);
    expect(await laptop.status()).toMatchObject({ rejected: 1, localOnly: 0 });
  },
);

test('a refusal that was given back before the numbers before it counts after a restart, once', async () => {
  const at = '2026-02-02T10:00:00.000Z';
  const first = eventOf('gone', 1, 'one', []);
  const hidden = eventOf('gone', 2, 'hidden', [], { resourceType: 'payroll' });
  const hub = testHub();
  await hub.log.append([{ sealed: first }, { sealed: hidden, refusal: { code: 'forbidden', message: 'no' } }], at);
  const { body } = await hub.post('/v1/pull', { replicaId: 'x', limit: 9 });
  const file = join(temporaryFolder(), 'hub.db');
  let log = openSqliteHubLog({ file });
  const give = async () =>
    (
      await testHub({ log }).post('/v1/push', {
        replicaId: 'x',
        events: [{ refused: body.entries[1].refused.receipt }],
      })
    ).body.verdicts[0];
  expect(await give()).toMatchObject({ type: 'refused', published: true });
  expect(await give()).toMatchObject({ type: 'refused', published: true });
  expect((await log.facts()).head.position).toBe(1);
  await log.close();

  log = openSqliteHubLog({ file });
  onTestFinished(() => log.close());
  await log.append([{ sealed: first }], at);

  const { entries } = await log.read({ after: 0, limit: 9, bytesMax: 1e9 });
  expect(entries.map((entry) => (entry.type === 'refusal' ? entry.refusal : entry.sealed.dot))).toEqual([
    expect.objectContaining({ dot: 'gone:2', hash: hidden.hash, resourceType: 'payroll', code: 'forbidden' }),
    'gone:1',
  ]);
  expect((await log.heads(['gone'])).get('gone')).toMatchObject({ seq: 2 });
  expect(await give()).toMatchObject({ type: 'refused', published: true });
  expect((await log.facts()).head.position).toBe(2);
});

test.each(storeKinds)('a part that was narrowed and widened again is whole, on %s', async (kind) => {
  const hub = testHub({ clock: clock() });
  const all = [
    eventOf('gone', 1, 'one', []),
    eventOf('gone', 2, 'n', [], { resourceType: 'note' }),
    eventOf('gone', 3, 'two', []),
  ];
  await hub.log.append(
    all.map((sealed) => ({ sealed })),
    '2026-02-02T10:00:00.000Z',
  );
  const phone = await siteOn(kind).open('phone');
  const read = async (subscribe?: { readonly resourceTypes: readonly string[] }): Promise<number> => {
    const connection = phone.connect(askingRemote(hub), subscribe === undefined ? {} : { subscribe });
    await connection.now();
    await connection.close();
    return (await phone.status()).events;
  };

  expect(await read({ resourceTypes: ['note'] })).toBe(1);
  expect(await read({ resourceTypes: ['task'] })).toBe(3);
  expect(await read({ resourceTypes: ['note'] })).toBe(3);
  expect(await read()).toBe(3);
  expect(await phone.cut()).toEqual({ gone: 3 });
});

test('a hub that sends on and on, and waits for nobody, is left', async () => {
  const url = await stubbornHub(10_000);
  const remote = hubRemote({ url });
  onTestFinished(remote.close);
  const end = await new Promise<unknown>((resolve) => {
    remote.live?.(
      { cursor: undefined, cut: {} },
      { onStarted: () => undefined, onPage: () => new Promise(() => undefined), onEnd: resolve },
    );
  });

  expect(isReknitError(end, 'remote_failed')).toBe(true);
});

/** Gives so many pages at once, each in a form that a sound hub does not use. */
const stubbornHub = async (pages: number): Promise<string> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'reknit.v1' });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    for (let page = 0; page < pages; page += 1)
      socket.send(
        JSON.stringify({ entries: [], type: 'entries', skipped: {}, cursor: `${page}`, mark: 'm', more: false }),
      );
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
