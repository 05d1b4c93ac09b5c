/**
 * Whatever is thrown at a hub, it answers with an error that has a code, or ends the connection;
 * it needs no more memory than it said, and whoever behaves is served as before.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createMemoryHubLog } from 'reknit/hub';
import { eventOf, story } from '../../src/testing/contract-story.js';
import { manualClock, reader, served, testHub, type TestHub, type TestHubOptions } from '../support/hub.js';
import { propertyOptions } from '../support/property-options.js';

const mebibyte = 1024 * 1024;
const paths = [
  '/v1/hello',
  '/v1/heads',
  '/v1/push',
  '/v1/pull',
  '/v1/live',
  '/healthz',
  '/metrics',
  '/',
  '/v1',
  '/../etc',
];

/** A hub with somebody who behaves: what they push, they are given live. */
const attacked = async (options: TestHubOptions = {}, serverLimits = {}) => {
  const own = testHub(options);
  const url = await served(own, serverLimits);
  const witness = reader(url, { replicaId: 'witness' });
  await witness.until(({ messages }) => messages.length > 0);
  let seq = 0;
  return {
    ...own,
    url,
    /** Throws where the one who behaves is not served. */
    stillServes: async () => {
      seq += 1;
      const { event, dot } = eventOf('witness', seq, `w-${seq}`, []);
      const { status, body } = await own.post(
        '/v1/push',
        { replicaId: 'witness', events: [{ event }] },
        { address: '198.51.100.7' },
      );
      expect([status, body.verdicts]).toMatchObject([200, [{ type: 'accepted' }]]);
      await witness.until(({ dots }) => dots().includes(dot));
    },
  };
};

const isTyped = ({
  status,
  body,
}: {
  readonly status: number;
  readonly body: { readonly error?: { readonly code?: unknown } };
}): boolean => status >= 400 && status < 500 && typeof body.error?.code === 'string';

/** Bytes straight onto the wire; what came back until the other side had enough. */
const onTheWire = (url: string, write: (socket: ReturnType<typeof connect>) => void): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.on('connect', () => write(socket));
  });

/** The most memory that was needed at any moment while something ran, beyond what there was. */
const memoryOf = async (run: () => Promise<unknown>): Promise<number> => {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, process.memoryUsage().rss) - before;
};

const unlimited = { addressRequestsBurst: 1e9, principalRequestsBurst: 1e9 };

describe('bodies', () => {
  test('random bytes, of whatever type they claim to be, are refused with a code', async () => {
    const { hub, stillServes } = await attacked({ limits: unlimited });

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths.slice(0, 4)),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.string().map((text) => Buffer.from(text)),
        ),
        fc.constantFrom(
          'application/json',
          'application/json; charset=latin1',
          'text/plain',
          'multipart/form-data',
          '',
        ),
        fc.constantFrom(undefined, 'gzip', 'br', 'identity', 'gzip, gzip'),
        async (path, bytes, type, encoding) => {
          const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
          const response = await hub.fetch(
            new Request(`http://hub.test${path}`, { method: 'POST', headers, body: Buffer.from(bytes) }),
          );
          return isTyped({ status: response.status, body: (await response.json()) as never });
        },
      ),
      propertyOptions({ numRuns: 200 }),
    );
    await stillServes();
  });

  test('requests with members that do not belong there are answered, or refused with a code', async () => {
    const { post, stillServes } = await attacked({ limits: unlimited });
    const valid: Readonly<Record<string, Record<string, unknown>>> = {
      '/v1/hello': { protocol: 1, replicaId: 'ann', now: 1, lastSeq: 1, lastHash: 'h', mark: 'm', policy: 'p' },
      '/v1/heads': { replicaId: 'ann', replicaIds: ['ann'] },
      '/v1/push': { replicaId: 'ann', events: [{ event: story()[0]?.event, receipt: 'r' }], retry: true },
      '/v1/pull': {
        replicaId: 'ann',
        limit: 5,
        cursor: 'c',
        cut: { ann: 1 },
        scope: { resourceTypes: ['a'], resources: [['a', 'b']] },
      },
    };
    const strange = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom('__proto__', -1, 1e300, {}, [], [[]], [null], { __proto__: 1 }),
    );

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(valid)), fc.nat(), strange, async (path, pick, value) => {
        const request = valid[path] as Record<string, unknown>;
        const names = Object.keys(request);
        const answer = await post(path, { ...request, [names[pick % names.length] as string]: value });
        return answer.status === 200 || isTyped(answer);
      }),
      propertyOptions({ numRuns: 300 }),
    );
    await stillServes();
  });

  test('events that are none are refused one by one, and the others are taken', async () => {
    const { post, stillServes } = await attacked({ limits: unlimited });
    let seq = 0;

    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        seq += 1;
        const { event } = eventOf('ann', seq, `a-${seq}`, []);
        const { body } = await post('/v1/push', { replicaId: 'ann', events: [{ event: value }, { event }, {}] });
        const [before, own, after] = body.verdicts;
        return before.type === 'refused' && own.type === 'accepted' && after.type === 'refused';
      }),
      propertyOptions({ numRuns: 100 }),
    );
    await stillServes();
  });

  test('JSON as deep as a body is long is refused, wherever it stands', async () => {
    const { post, stillServes } = await attacked();
    const deep = `${'['.repeat(mebibyte)}${']'.repeat(mebibyte)}`;
    const nested = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;

    expect(isTyped(await post('/v1/push', deep))).toBe(true);
    expect(isTyped(await post('/v1/push', '['.repeat(mebibyte)))).toBe(true);
    expect(isTyped(await post('/v1/pull', `{"replicaId":"ann","limit":1,"scope":{"resourceTypes":${deep}}}`))).toBe(
      true,
    );
    const { status, body } = await post(
      '/v1/push',
      `{"replicaId":"ann","events":[{"event":{"payload":${nested}}},{"event":${nested}}]}`,
    );
    expect(status).toBe(200);
    expect(body.verdicts).toMatchObject([{ type: 'refused' }, { type: 'refused' }]);
    await stillServes();
  });

  test('a body that says how large it is is not read, and one that does not is read to the bound', async () => {
    const { url, stillServes } = await attacked();
    const head = 'POST /v1/push HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\n';

    const announced = await onTheWire(url, (socket) => socket.write(`${head}content-length: 99999999999\r\n\r\n`));
    let sent = 0;
    const growing = await onTheWire(url, (socket) => {
      socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
      const chunk = Buffer.alloc(mebibyte / 4, 'x');
      const more = (): void => {
        if (socket.destroyed || socket.writableEnded) return;
        sent += chunk.length;
        socket.write(`${chunk.length.toString(16)}\r\n`);
        socket.write(chunk);
        if (socket.write('\r\n')) setImmediate(more);
        else socket.once('drain', more);
      };
      more();
    });

    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    expect(announced).toContain('"code":"body_too_large"');
    expect(growing === '' || growing.startsWith('HTTP/1.1 413 ')).toBe(true);
    expect(sent).toBeLessThan(64 * mebibyte);
    await stillServes();
  });

  test('a body that inflates to more than the bound is refused, and so are many at once', async () => {
    const { post, stillServes } = await attacked();
    const bomb = gzipSync(Buffer.alloc(200 * mebibyte), { level: 9 });
    expect(bomb.length).toBeLessThan(mebibyte);

    const needed = await memoryOf(async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => post('/v1/push', bomb, { headers: { 'content-encoding': 'gzip' } })),
      );
      expect(new Set(answers.map(({ body }) => body.error.code))).toEqual(
        new Set(['body_too_large', 'too_many_requests']),
      );
    });

    expect(needed).toBeLessThan(200 * mebibyte);
    await stillServes();
  });

  test('a body that does not arrive in time is given up, and what it held is free again', async () => {
    const clock = manualClock();
    const own = await attacked({
      clock,
      limits: { bodyBytesMax: 1_000, bodiesBytesMax: 1_000, bodiesBytesPerAddressMax: 1_000 },
    });
    let cancelled = false;
    const slow = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(900)),
      cancel: () => {
        cancelled = true;
      },
    });
    const headers = { 'content-type': 'application/json' };
    const waiting = own.hub.fetch(
      new Request('http://hub.test/v1/push', { method: 'POST', headers, body: slow, duplex: 'half' }),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    const meanwhile = await own.post('/v1/push', 'x'.repeat(500));
    clock.advance(20_001);

    const answer = await waiting;
    expect([answer.status, await answer.json()]).toMatchObject([408, { error: { code: 'body_timeout' } }]);
    expect(cancelled).toBe(true);
    expect(meanwhile.status).toBe(429);
    expect((await own.post('/v1/push', 'x'.repeat(500))).status).toBe(422);
  });

  test('who sends headers drop by drop is cut off', async () => {
    const { url, stillServes } = await attacked({}, { headersMsMax: 100, requestMsMax: 200 });

    const [head, body] = await Promise.all([
      onTheWire(url, (socket) => socket.write('POST /v1/push HTTP/1.1\r\nhost: h')),
      onTheWire(url, (socket) =>
        socket.write(
          'POST /v1/push HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
        ),
      ),
    ]);

    for (const answer of [head, body]) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await stillServes();
  });
});

describe('what is no request', () => {
  test('random bytes on the wire are refused, and nothing else is disturbed', async () => {
    const { url, stillServes } = await attacked();

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => onTheWire(url, (socket) => socket.end(randomBytes(2_000)))),
    );
    const longHeader = await onTheWire(url, (socket) =>
      socket.write(`GET / HTTP/1.1\r\nx: ${'y'.repeat(mebibyte)}\r\n\r\n`),
    );

    for (const answer of answers) expect(answer === '' || answer.startsWith('HTTP/1.1 400 ')).toBe(true);
    expect(longHeader === '' || longHeader.startsWith('HTTP/1.1 431 ')).toBe(true);
    await stillServes();
  });

  test('every method at every path is answered, with a code where it is refused', async () => {
    const { hub, stillServes } = await attacked({ limits: unlimited });

    for (const path of [...paths, '/V1/PUSH', '/v1/push/', '/v1/push/x', `/${'a'.repeat(5_000)}`, '/%00', '/v1/%70ush'])
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        const response = await hub.fetch(new Request(`http://hub.test${path}`, { method }));
        const isWell =
          response.status === 200 || isTyped({ status: response.status, body: (await response.json()) as never });
        expect([method, path, response.status, isWell]).toEqual([method, path, response.status, true]);
      }
    await stillServes();
  });
});

describe('sockets', () => {
  test('thousands that say nothing are refused beyond the bound, and cost little', async () => {
    const clock = manualClock();
    const { url, stillServes } = await attacked({
      clock,
      // Time stands still but for what the test lets pass, so the readers are not made to wait for each other.
      limits: { strangersPerAddressMax: 50, addressRequestsBurst: 400, tailPauseMs: 0, tailPauseMsPerHundred: 0 },
    });

    const needed = await memoryOf(async () => {
      const crowd: ReturnType<typeof reader>[] = [];
      for (let round = 0; round < 20; round += 1) {
        crowd.push(...Array.from({ length: 100 }, () => reader(url)));
        await Promise.all(
          crowd
            .slice(-100)
            .map(({ socket }) => new Promise((resolve) => socket.once('open', resolve).once('close', resolve))),
        );
      }
      expect(crowd.filter(({ socket }) => socket.readyState === 1)).toHaveLength(50);
      await stillServes();
      clock.advance(6_000);
      await Promise.all(crowd.map(({ closed }) => closed));
    });

    expect(needed).toBeLessThan(150 * mebibyte);
    await stillServes();
  });

  describe('that take nothing in', () => {
    const pageBytesMax = mebibyte / 2;
    const limits = { pageBytesMax, socketsBufferedBytesMax: 8 * mebibyte, ...unlimited };
    const filled = async () => {
      const log = createMemoryHubLog();
      const events = Array.from({ length: 320 }, (_, index) =>
        eventOf('ann', index + 1, `${index}`, [], { payload: { text: `${index} `.repeat(30_000) } }),
      );
      await log.append(
        events.map((sealed) => ({ sealed })),
        '2026-02-02T10:00:00.000Z',
      );
      return { log, dots: events.map(({ dot }) => dot as string) };
    };
    /** Says who it is, and reads nothing from then on. */
    const stuck = (url: string, name: string) => {
      const one = reader(url, { replicaId: name }, { isTaking: false });
      one.socket.once('open', () => one.socket.pause());
      return one;
    };
    const figure = async (own: TestHub, name: string): Promise<number> => {
      const { text } = await own.get('/metrics', '127.0.0.1');
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.slice(name.length) ?? 0,
      );
    };

    test('do not fill the memory together: they are ended, and the others are served', async () => {
      const { log, dots } = await filled();
      const own = testHub({ log, limits: { ...limits, unackedPagesMax: 1_000 } });
      const url = await served(own);
      for (let index = 0; index < 8; index += 1) stuck(url, `stuck-${index}`);
      let most = 0;
      const look = async (): Promise<void> => {
        const bytes = await figure(own, 'reknit_hub_live_waiting_bytes');
        most = Math.max(most, bytes);
      };
      const timer = setInterval(() => void look(), 2);
      onTestFinished(() => clearInterval(timer));
      await vi.waitFor(() => expect(most).toBeGreaterThan(6 * mebibyte), { timeout: 20_000 });

      const quick = reader(url, { replicaId: 'quick' });
      await quick.until((one) => one.dots().length === dots.length);

      expect(quick.dots()).toEqual(dots);
      expect(await figure(own, 'reknit_hub_sockets_closed_total{reason="too_slow"}')).toBeGreaterThan(0);
      // With a bound for each alone it would be eight for each. A page may end with an event too much.
      expect(most).toBeLessThan(8.25 * mebibyte);
      expect(own.told.join()).toContain('too slow');
    });

    test('are told so where they still take that in, and read on from their cursor', async () => {
      const { log, dots } = await filled();
      // Time stands still but for two looks, so nobody is cut off.
      const clock = manualClock();
      const own = testHub({ log, limits: { ...limits, unackedPagesMax: 1_000 }, clock });
      const url = await served(own);
      const slow = [stuck(url, 'one'), stuck(url, 'two')];
      await vi.waitFor(async () => expect(await figure(own, 'reknit_hub_live_waiting_bytes')).toBeGreaterThan(6e6), {
        timeout: 20_000,
      });
      for (let looks = 0; looks < 2; looks += 1) clock.advance(1_000);
      await Promise.all(
        slow.map(({ socket }) => new Promise((resolve) => setImmediate(() => resolve(socket.resume())))),
      );

      const first = await Promise.race(slow.map(async (one) => ({ one, end: await one.closed })));
      expect(first.end).toEqual({ code: 4413, reason: 'too_slow' });
      const read = first.one.dots();
      expect(read.length).toBeLessThan(dots.length);
      const cursor = first.one.messages.findLast(({ type }) => type === 'entries')?.cursor as string;
      const again = reader(url, { replicaId: 'one', cursor });
      await again.until((one) => read.length + one.dots().length >= dots.length);

      expect([...read, ...again.dots()]).toEqual(dots);
    });
  });

  test('frames that are none end their socket alone', async () => {
    const { url, stillServes } = await attacked();
    const handshake = `GET /v1/live HTTP/1.1\r\nhost: hub\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\nsec-websocket-protocol: reknit.v1\r\n\r\n`;

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        onTheWire(url, (socket) => {
          socket.write(handshake);
          setTimeout(
            () =>
              socket.write(
                index === 0 ? Buffer.from('88ff', 'hex') : Buffer.concat([Buffer.from([0x81, 0x05]), randomBytes(500)]),
              ),
            20,
          );
          setTimeout(() => socket.end(), 100);
        }),
      ),
    );
    const withoutProtocol = await onTheWire(url, (socket) => socket.write(handshake.replace('reknit.v1', 'other')));
    const elsewhere = await onTheWire(url, (socket) => socket.write(handshake.replace('/v1/live', '/v1/push')));
    const posted = await onTheWire(url, (socket) => socket.write(handshake.replace('GET', 'POST')));

    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(withoutProtocol).toMatch(/^HTTP\/1\.1 422 [^]*"code":"bad_request"/);
    expect(elsewhere).toMatch(/^HTTP\/1\.1 404 /);
    expect(posted).toMatch(/^HTTP\/1\.1 405 /);
    await stillServes();
  });

  test('a start that asks for too much is refused, whatever it asks', async () => {
    const { url, stillServes } = await attacked({ limits: { strangersPerAddressMax: 1_000 } });
    const starts = [
      { replicaId: '' },
      { replicaId: 'x'.repeat(600) },
      { replicaId: 'a', scope: { resources: Array.from({ length: 1_001 }, () => ['a', 'b']) } },
      { replicaId: 'a', cut: { a: -1 } },
      { replicaId: 'a', cut: [] },
      { replicaId: 'a', cursor: 7 },
      { replicaId: 'a', token: 'x'.repeat(2_000) },
    ];

    for (const start of starts) expect([start, (await reader(url, start).closed).code]).toEqual([start, 4422]);
    await stillServes();
  });
});

describe('floods', () => {
  test('who floods is told to wait, and the others do not', async () => {
    const own: TestHub & { stillServes: () => Promise<void> } = await attacked({
      limits: { addressRequestsBurst: 100, addressRequestsPerSecond: 1 },
    });
    const flood = Promise.all(
      Array.from({ length: 3_000 }, () =>
        own.post('/v1/hello', { protocol: 1, replicaId: 'x' }, { address: '203.0.113.66' }),
      ),
    );

    await own.stillServes();
    const answers = await flood;
    await own.stillServes();

    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(2_800);
    for (const { headers, body } of refused.slice(0, 5)) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(body.error.code).toBe('too_many_requests');
    }
  });

  test('guessing tokens costs the guesser more than asking', async () => {
    const own = testHub({
      principals: new Map(),
      limits: { addressRequestsBurst: 110, addressRequestsPerSecond: 1 },
      clock: manualClock(),
    });
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1)
      statuses.push((await own.post('/v1/hello', { protocol: 1, replicaId: 'x' }, { token: `guess-${index}` })).status);

    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.slice(10)).toEqual(Array.from({ length: 10 }, () => 429));
  });

  test('addresses that nobody has heard of before do not fill the memory', async () => {
    const own = testHub({ clock: manualClock() });

    const needed = await memoryOf(async () => {
      for (let index = 0; index < 12_000; index += 1)
        await own.get('/healthz', `2001:db8::${index.toString(16)}${'0'.repeat(200)}`);
    });

    expect(needed).toBeLessThan(150 * mebibyte);
    expect((await own.get('/healthz')).status).toBe(200);
  });
});
