/** The protocol, as docs/protocol.md tells it, over HTTP and over sockets. */
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMemoryHubLog, defaultHubLimits } from 'reknit/hub';
import type { HubEntry, HubLog } from '../../src/application/ports/hub-log.js';
import { eventOf, sealed, story } from '../../src/testing/contract-story.js';
import {
  everything,
  hubStartMs,
  manualClock,
  reader,
  receiptKey,
  served,
  testHub,
  type TestHub,
} from '../support/hub.js';

afterEach(() => void vi.restoreAllMocks());

const bodies = (events: readonly { readonly event: unknown }[]) => events.map(({ event }) => ({ event }));
const pushed = async ({ post }: TestHub, events: readonly { readonly event: unknown }[], more = {}) =>
  (await post('/v1/push', { replicaId: 'ann', events: bodies(events), ...more })).body;

/** Reads to the end, in pages. */
const readAll = async ({ post }: TestHub, request: Record<string, unknown> = {}, limit = 3) => {
  const [entries, skipped]: [{ event?: { replicaId: string; seq: number }; refused?: { dot: string } }[], string[]] = [
    [],
    [],
  ];
  let cursor: string | undefined;
  let more = true;
  let pages = 0;
  while (more) {
    const { status, body } = await post('/v1/pull', {
      replicaId: 'zoe',
      limit,
      ...request,
      ...(cursor === undefined ? {} : { cursor }),
    });
    expect(status).toBe(200);
    entries.push(...body.entries);
    for (const [replicaId, ranges] of Object.entries(body.skipped as Record<string, [number, number][]>))
      for (const [from, to] of ranges) for (let seq = from; seq <= to; seq += 1) skipped.push(`${replicaId}:${seq}`);
    ({ cursor, more } = body);
    pages += 1;
  }
  const dots = entries.map(({ event, refused }) => refused?.dot ?? `${event?.replicaId}:${event?.seq}`);
  return { entries, dots, skipped, pages, cursor };
};

const dotsOf = (events: readonly { readonly dot: string }[]): readonly string[] => events.map(({ dot }) => dot);

/** A chain of one author's events, of one resource each, of alternating types. */
const chain = (replicaId: string, count: number, types = ['task']) =>
  Array.from({ length: count }, (_, index) =>
    eventOf(replicaId, index + 1, `${replicaId}-${index}`, [], { resourceType: types[index % types.length] }),
  );

describe('the handshake', () => {
  test('tells who the hub is, what it knows of the caller, what time it is, and its limits', async () => {
    const clock = manualClock();
    const own = testHub({ clock, policyFingerprint: 'abc' });
    await pushed(own, story());

    const { status, headers, body } = await own.post('/v1/hello', {
      protocol: 1,
      replicaId: 'ann',
      now: 5,
      policy: 'x',
    });

    const { hubId, epoch } = await own.log.facts();
    const { mark: head } = (await own.post('/v1/pull', { replicaId: 'x', limit: 9 })).body;
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      protocol: 1,
      hubId,
      epoch,
      now: hubStartMs,
      policy: 'abc',
      known: { seq: 5, hash: story().at(-1)?.hash },
      mark: 'none',
      head,
      limits: {
        bodyBytesMax: defaultHubLimits.bodyBytesMax,
        eventsMax: 1_000,
        eventBytesMax: 262_144,
        skewMsMax: 300_000,
      },
    });
  });

  test('a mark stands as long as the history that it was given for', async () => {
    const own = testHub();
    const { mark } = await pushed(own, story().slice(0, 5));
    await pushed(own, story().slice(5));
    const hello = { protocol: 1, replicaId: 'ann', mark };

    expect((await own.post('/v1/hello', hello)).body.mark).toBe('known');
    expect((await testHub().post('/v1/hello', hello)).body.mark).toBe('unknown');
    expect((await own.post('/v1/hello', { ...hello, mark: 'no mark at all' })).body.mark).toBe('unknown');
  });

  test('a newer protocol is refused in words, not misread', async () => {
    const { status, body } = await testHub().post('/v1/hello', { protocol: 2, replicaId: 'ann' });

    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: 'bad_request', message: expect.stringContaining('protocol') });
  });

  test('heads are told of any replica, known or not', async () => {
    const own = testHub();
    await pushed(own, story());

    const { body } = await own.post('/v1/heads', { replicaIds: ['ann', 'nobody', '__proto__'] });

    expect(JSON.stringify(body.heads)).toBe(
      `{"ann":{"seq":5,"hash":"${story().at(-1)?.hash}"},"nobody":{"seq":0,"hash":null},"__proto__":{"seq":0,"hash":null}}`,
    );
  });
});

describe('pushing', () => {
  test('gives each event its own verdict, and one that is refused delays no other', async () => {
    const own = testHub();
    const [first, second, third] = story();
    const early = eventOf('ann', 7, 'nine', ['cal:4']);

    const { verdicts } = await pushed(
      own,
      [first, { event: { replicaId: 'ann' } }, second, early, third].map((it) => it as { event: unknown }),
    );
    const again = await pushed(
      own,
      [first].map((it) => it as { event: unknown }),
    );

    expect(verdicts).toMatchObject([
      { type: 'accepted', receipt: expect.any(String) },
      { type: 'refused', code: 'missing_member', published: false },
      { type: 'accepted' },
      { type: 'parked', missing: ['cal:4'], wanted: { replicaId: 'ann', fromSeq: 3 } },
      { type: 'accepted' },
    ]);
    expect(again.verdicts).toEqual([{ type: 'duplicate', receipt: verdicts[0].receipt }]);
  });

  test('an event from the future is kept, and its author is told how far', async () => {
    const own = testHub({ clock: manualClock() });
    const ahead = eventOf('ann', 1, 'one', [], { timestamp: '2027-02-02T10:00:00.000Z' });

    const { verdicts } = await pushed(own, [ahead]);

    expect(verdicts).toMatchObject([{ type: 'accepted', aheadMs: 365 * 24 * 3_600_000 }]);
    expect((await readAll(own)).dots).toEqual(['ann:1']);
  });

  test('compressed bodies are read, and long answers are compressed on request alone', async () => {
    const own = testHub();
    const events = chain('ann', 50);

    const { status } = await own.post(
      '/v1/push',
      gzipSync(JSON.stringify({ replicaId: 'ann', events: bodies(events) })),
      {
        headers: { 'content-encoding': 'gzip' },
      },
    );
    const packed = await own.post(
      '/v1/pull',
      { replicaId: 'ann', limit: 50 },
      { headers: { 'accept-encoding': 'gzip' } },
    );
    const plain = await own.post('/v1/pull', { replicaId: 'ann', limit: 50 });

    expect(status).toBe(200);
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(packed.text).toBe(plain.text);
    expect(packed.body.entries).toHaveLength(50);
  });

  test('the hub’s receipt opens the way for somebody else’s event; a forged one, or none, does not', async () => {
    const principals = new Map([
      ['ann', { ...everything, id: 'ann', replicas: ['ann'], rights: { task: ['read', 'write'] } } as const],
      ['bob', { ...everything, id: 'bob', replicas: ['bob'], rights: { task: ['read', 'write'] } } as const],
    ]);
    const before = testHub({ principals });
    const [event] = chain('ann', 1) as [ReturnType<typeof eventOf>];
    const given = await before.post('/v1/push', { replicaId: 'ann', events: bodies([event]) }, { token: 'ann' });
    const { receipt } = given.body.verdicts[0];
    const wiped = testHub({ principals });
    const send = async (more: Record<string, string>) =>
      (await wiped.post('/v1/push', { replicaId: 'bob', events: [{ event: event.event, ...more }] }, { token: 'bob' }))
        .body.verdicts[0];

    expect(await send({})).toMatchObject({ type: 'refused', code: 'forbidden', published: false });
    expect(await send({ receipt: receipt.replace(/^./, (it: string) => (it === 'A' ? 'B' : 'A')) })).toMatchObject({
      type: 'refused',
      published: false,
    });
    expect((await wiped.log.facts()).head.position).toBe(0);
    expect(await send({ receipt })).toMatchObject({ type: 'accepted', receipt });
  });

  test('a refusal is published to every reader, and a retry with the right is accepted', async () => {
    const principals = new Map([
      ['before', { ...everything, id: 'ann', replicas: ['ann'], rights: { '*': ['read'] } } as const],
      ['after', { ...everything, id: 'ann', replicas: ['ann'], rights: { '*': ['read', 'write'] } } as const],
    ]);
    const own = testHub({ principals });
    const events = bodies([eventOf('ann', 1, 'one', []), eventOf('ann', 2, 'one', ['ann:1'])]);

    const refused = await own.post('/v1/push', { replicaId: 'ann', events }, { token: 'before' });
    const page = await own.post('/v1/pull', { replicaId: 'ann', limit: 9 }, { token: 'before' });
    const retried = await own.post('/v1/push', { replicaId: 'ann', events, retry: true }, { token: 'after' });
    const rest = await own.post(
      '/v1/pull',
      { replicaId: 'ann', limit: 9, cursor: page.body.cursor },
      { token: 'after' },
    );

    expect(refused.body.verdicts).toMatchObject([
      { type: 'refused', code: 'forbidden', published: true },
      { type: 'refused', published: true },
    ]);
    expect(page.body.entries).toMatchObject([
      { refused: { dot: 'ann:1', code: 'forbidden' } },
      { refused: { dot: 'ann:2' } },
    ]);
    expect(retried.body.verdicts).toMatchObject([{ type: 'accepted' }, { type: 'accepted' }]);
    expect(rest.body.entries).toMatchObject([{ event: { seq: 1 } }, { event: { seq: 2 } }]);
  });
});

describe('pulling', () => {
  test('gives everything once, in an order in which parents come first, however large the pages', async () => {
    const own = testHub();
    await pushed(own, [...story()].reverse());

    const [small, large] = [await readAll(own, {}, 2), await readAll(own, {}, 100)];

    expect([...small.dots].sort()).toEqual([...dotsOf(story())].sort());
    expect(large.dots).toEqual(small.dots);
    for (const { event, dot } of story())
      for (const parent of event.parents) expect(small.dots.indexOf(parent)).toBeLessThan(small.dots.indexOf(dot));
  });

  test('a part is what was asked for, and what was left out is named', async () => {
    const own = testHub();
    const events = [...chain('ann', 20, ['task', 'task', 'note']), ...chain('bob', 10, ['note', 'list'])];
    await pushed(own, events);

    const { dots, skipped } = await readAll(own, {
      scope: { resourceTypes: ['note'], resources: [['task', 'ann-0']] },
    });

    const wanted = events.filter(({ event }) => event.resourceType === 'note' || event.resourceId === 'ann-0');
    expect(dots).toEqual(dotsOf(wanted));
    expect([...dots, ...skipped].sort()).toEqual([...dotsOf(events)].sort());
    // As ranges, however long they are.
    const { body } = await own.post('/v1/pull', { replicaId: 'zoe', limit: 100, scope: { resourceTypes: ['list'] } });
    expect(body.skipped).toEqual({ ann: [[1, 20]], bob: [[1, 1], [3, 3], [5, 5], [7, 7], [9, 9]] }); // prettier-ignore
  });

  test('a cursor of another part, other rights, another hub or no hub is unknown', async () => {
    const [own, other] = [testHub(), testHub()];
    await pushed(own, story());
    await pushed(other, story());
    const { cursor } = await readAll(own);
    const widened = { scope: { resourceTypes: ['task', 'note'] } };

    for (const [hub, more] of [
      [own, widened],
      [other, {}],
      [own, { cursor: 'bm9uc2Vuc2U' }],
      [own, { cursor: Buffer.from('[1,"",2]').toString('base64url') }],
    ] as const) {
      const { status, body } = await hub.post('/v1/pull', { replicaId: 'zoe', limit: 9, cursor, ...more });
      expect(status).toBe(409);
      expect(body.error.code).toBe('cursor_unknown');
    }
  });

  test('what the caller has is not sent again, but every content of a forked number is: who knows which one it has', async () => {
    const own = testHub();
    const first = chain('ann', 12);
    const fork = [3, 4, 5].map((seq) => eventOf('ann', seq, `ann-${seq}-again`, [], { payload: { title: 'other' } }));
    await pushed(own, first);
    await pushed(own, fork);
    await pushed(own, chain('bob', 2));

    const { entries } = await readAll(own, { cut: { ann: 12 } }, 2);

    const titles = entries.map(({ event }) => (event as { payload?: { title?: string } } | undefined)?.payload?.title);
    expect(titles).toEqual(['ann 3', 'other', 'ann 4', 'other', 'ann 5', 'other', 'bob 1', 'bob 2']);
  });
});

test('what the caller has written itself is not sent back, as long as it is what the hub has', async () => {
  const hub = testHub({ clock: manualClock() });
  const [one, two, three] = chain('ann', 3);
  const others = chain('ann:1', 2);
  const fork = eventOf('ann', 2, 'ann-1', [], { resourceType: 'task', payload: { title: 'another content' } });
  if (one === undefined || two === undefined || three === undefined) throw new Error('a chain of three');
  await pushed(hub, [one, two, ...others, three]);
  const own = { seq: 3, hash: three.hash };

  const before = await readAll(hub, { replicaId: 'ann', own });
  expect(before.dots).toEqual(dotsOf(others));
  await pushed(hub, [fork]);
  const after = await readAll(hub, { replicaId: 'ann', own, cursor: before.cursor });
  // Whoever has the fork under that number has yet to hear of the other content.
  expect(after.dots).toEqual(['ann:2', 'ann:2']);
  // Who was spared nothing is given each of the six events once (M2), in one page, in many, or as they come.
  const all = ['ann:1', 'ann:1:1', 'ann:1:2', 'ann:2', 'ann:2', 'ann:3'];
  for (const reader of [
    { replicaId: 'ann', own: { seq: 3, hash: fork.hash } },
    { replicaId: 'ann', own: { seq: 2, hash: two.hash } },
    { replicaId: 'zoe', own },
    { replicaId: 'zoe', cut: {} },
  ]) {
    expect([...(await readAll(hub, reader)).dots].sort()).toEqual(all);
    expect([...(await readAll(hub, reader, 1)).dots].sort()).toEqual(all);
  }
});

describe('live', () => {
  test('continues from the cursor with no gap and nothing twice, while others write', async () => {
    const own = testHub({ limits: { pageEntriesMax: 7, tailPauseMs: 1 } });
    const url = await served(own);
    const events = chain('ann', 200, ['task', 'note']);
    await pushed(own, events.slice(0, 30));
    const { cursor } = (await own.post('/v1/pull', { replicaId: 'zoe', limit: 5 })).body;

    const writing = (async () => {
      for (let index = 30; index < events.length; index += 3) await pushed(own, events.slice(index, index + 3));
    })();
    const readers = [];
    for (let index = 0; index < 12; index += 1) {
      const scope = index % 3 === 0 ? { scope: { resourceTypes: ['note'] } } : {};
      readers.push(reader(url, { replicaId: `r${index}`, ...scope, ...(index % 3 === 1 ? { cursor } : {}) }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;

    for (const [index, one] of readers.entries()) {
      const wanted =
        index % 3 === 0
          ? events.filter(({ event }) => event.resourceType === 'note')
          : events.slice(index % 3 === 1 ? 5 : 0);
      await one.until(({ dots }) => dots().length >= wanted.length);
      expect(one.dots()).toEqual(dotsOf(wanted));
      expect(one.messages[0]).toEqual({ type: 'started', mark: expect.any(String) });
    }
  });

  test('an entry is written once for all readers of the same part, and the log is read once', async () => {
    const memory = createMemoryHubLog();
    let reads = 0;
    const written = new Map<number, number>();
    const counted = (entry: HubEntry): HubEntry =>
      Object.defineProperty({ ...entry }, 'canonical', {
        get: () => {
          written.set(entry.position, (written.get(entry.position) ?? 0) + 1);
          return undefined;
        },
      });
    const log: HubLog = {
      ...memory,
      read: async (query) => {
        reads += 1;
        const { entries, more } = await memory.read(query);
        return { entries: entries.map(counted), more };
      },
    };
    const own = testHub({ log });
    const url = await served(own);
    const readers = Array.from({ length: 40 }, (_, index) =>
      reader(url, { replicaId: 'zoe', ...(index % 2 === 0 ? {} : { scope: { resourceTypes: ['task'] } }) }),
    );
    await pushed(own, chain('ann', 1));
    for (const one of readers) await one.until(({ dots }) => dots().length === 1);
    await vi.waitFor(() => expect(own.told.length).toBeGreaterThan(0));
    reads = 0;
    written.clear();

    await pushed(own, chain('bob', 1));
    for (const one of readers) await one.until(({ dots }) => dots().length === 2);

    expect([...written.values()]).toEqual([1]);
    expect(reads).toBeLessThanOrEqual(2);
  });

  test('who takes nothing is given a few pages and no more, and the others do not wait', async () => {
    const own = testHub({
      limits: { pageEntriesMax: 2, unackedPagesMax: 3, tailPauseMs: 0, tailPauseMsPerHundred: 0 },
    });
    const url = await served(own);
    const [slow, quick] = [
      reader(url, { replicaId: 'slow' }, { isTaking: false }),
      reader(url, { replicaId: 'quick' }),
    ];
    for (const one of [slow, quick]) await one.until(({ messages }) => messages.length > 0);
    const events = chain('ann', 40);

    for (const event of events) await pushed(own, [event]);
    await quick.until(({ dots }) => dots().length === events.length);
    const given = slow.messages.filter(({ type }) => type === 'entries');
    expect(given).toHaveLength(3);
    slow.socket.on('message', (bytes: Buffer) => {
      const { type, cursor } = JSON.parse(bytes.toString()) as { type: string; cursor: string };
      if (type === 'entries') slow.send({ type: 'ack', cursor });
    });
    slow.send({ type: 'ack', cursor: given.at(-1).cursor });

    await slow.until(({ dots }) => dots().length === events.length);
    expect(slow.dots()).toEqual(dotsOf(events));
  });

  test('a reader of one hub is given what came to another hub on the same log', async () => {
    const log = createMemoryHubLog();
    const [one, other] = [testHub({ log }), testHub({ log })];
    const reading = reader(await served(one), { replicaId: 'zoe' });
    await reading.until(({ messages }) => messages.length > 0);

    await pushed(other, story());

    await reading.until(({ dots }) => dots().length === story().length);
  });

  test('a socket that says nothing, or goes silent, is closed; one that answers is not', async () => {
    const clock = manualClock();
    const own = testHub({ clock });
    const url = await served(own);
    const [mute, silent, awake] = [
      reader(url),
      reader(url, { replicaId: 'silent' }, { isAnswering: false }),
      reader(url, { replicaId: 'awake' }),
    ];
    for (const one of [silent, awake]) await one.until(({ messages }) => messages.length > 0);
    await vi.waitFor(() => expect(mute.socket.readyState).toBe(1));

    clock.advance(6_000);
    expect(await mute.closed).toEqual({ code: 4408, reason: 'silence' });
    for (let seconds = 0; seconds < 60; seconds += 5) {
      clock.advance(5_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }

    expect(await silent.closed).toEqual({ code: 4408, reason: 'silence' });
    expect(awake.socket.readyState).toBe(1);
    awake.send({ type: 'ping' });
    await awake.until(({ messages }) => messages.some(({ type }) => type === 'pong'));
  });

  test('what does not belong there ends the socket with a reason', async () => {
    const own = testHub({ limits: { messagesBurst: 10, messageBytesMax: 2_000 } });
    const url = await served(own);
    await pushed(own, story());
    const endOf = async (send: (one: ReturnType<typeof reader>) => void, start: unknown = { replicaId: 'zoe' }) => {
      const one = reader(url, start ?? undefined);
      await one.until(({ messages }) => start === null || messages.length > 0);
      if (start === null) await new Promise((resolve) => one.socket.once('open', resolve));
      send(one);
      return (await one.closed).code;
    };

    expect(await endOf(({ send }) => send('no json'))).toBe(4422);
    expect(await endOf(({ socket }) => socket.send(Buffer.from('{"type":"ping"}')))).toBe(4422);
    expect(await endOf(({ send }) => send({ type: 'start', replicaId: 'zoe' }))).toBe(4422);
    expect(await endOf(({ send }) => send({ type: 'start', replicaId: 'zoe', cursor: 'old' }), null)).toBe(4409);
    expect(await endOf(({ send }) => send('x'.repeat(3_000)))).toBe(1009);
    expect(await endOf(({ send }) => Array.from({ length: 30 }, () => send({ type: 'ping' })))).toBe(4429);
    expect(
      await endOf(({ send }) => Array.from({ length: 30 }, () => send({ type: 'ack', cursor: 'never given' }))),
    ).toBe(4429);
    expect(await endOf(({ socket }) => Array.from({ length: 30 }, () => socket.ping()))).toBe(4429);
  });

  test('sockets are limited by principal, and the first ones stay', async () => {
    const own = testHub({ limits: { socketsPerPrincipalMax: 2 } });
    const url = await served(own);
    const kept = [reader(url, { replicaId: 'a' }), reader(url, { replicaId: 'b' })];
    for (const one of kept) await one.until(({ messages }) => messages.length > 0);

    expect(await reader(url, { replicaId: 'c' }).closed).toEqual({ code: 4429, reason: 'too_many_requests' });
    kept[0]?.socket.close();
    await kept[0]?.closed;
    const next = reader(url, { replicaId: 'd' });
    await next.until(({ messages }) => messages.length > 0);
    expect(kept[1]?.socket.readyState).toBe(1);
  });
});

describe('around the protocol', () => {
  test('only pages of origins that were named may call', async () => {
    const own = testHub({ allowedOrigins: ['https://app.example'] });
    const url = await served(own);
    const hello = { protocol: 1, replicaId: 'ann' };

    const friend = await own.post('/v1/hello', hello, { headers: { origin: 'https://app.example' } });
    const stranger = await own.post('/v1/hello', hello, { headers: { origin: 'https://evil.example' } });
    const preflight = await own.hub.fetch(
      new Request('http://hub.test/v1/hello', { method: 'OPTIONS', headers: { origin: 'https://app.example' } }),
    );
    const opened = reader(url, { replicaId: 'ann' }, { options: { origin: 'https://app.example' } });
    await opened.until(({ messages }) => messages.length > 0);
    const refused = reader(url, { replicaId: 'ann' }, { options: { origin: 'https://evil.example' } });

    expect(friend.status).toBe(200);
    expect(friend.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(stranger.status).toBe(403);
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await refused.closed).code).toBe(1006);
  });

  test('the description of the interface names each question and its answers', async () => {
    const { status, body } = await testHub({ basePath: '/sync' }).get('/sync/openapi.json');

    expect(status).toBe(200);
    expect(Object.keys(body.paths)).toEqual(['/sync/v1/hello', '/sync/v1/heads', '/sync/v1/push', '/sync/v1/pull']);
    expect(Object.keys(body.paths['/sync/v1/pull'].post.responses)).toEqual(
      expect.arrayContaining(['200', '401', '409', '429']),
    );
    expect(body.components.schemas.PushRequest.required).toEqual(['replicaId', 'events']);
  });

  test('health is anyone’s business, figures are this machine’s', async () => {
    const own = testHub();
    await pushed(own, story());

    expect((await own.get('/healthz')).status).toBe(200);
    expect((await own.get('/readyz')).status).toBe(200);
    expect((await own.get('/metrics')).status).toBe(404);
    expect((await own.get('/metrics', '127.0.0.1', { 'x-forwarded-for': '192.0.2.9' })).status).toBe(404);
    const { status, text } = await own.get('/metrics', '127.0.0.1');
    expect(status).toBe(200);
    expect(text).toContain('reknit_hub_events_total{verdict="accepted"} 9');
    expect(text).toContain('reknit_hub_log{what="events"} 9');
  });

  test('who asks too often is told when to come back, and nobody else is', async () => {
    const clock = manualClock();
    const principals = new Map([
      ['a', { ...everything, id: 'a' }],
      ['b', { ...everything, id: 'b' }],
    ]);
    const own = testHub({ clock, principals, limits: { principalRequestsPerSecond: 1, principalRequestsBurst: 3 } });
    const ask = async (token: string) => own.post('/v1/hello', { protocol: 1, replicaId: 'ann' }, { token });
    for (let index = 0; index < 3; index += 1) expect((await ask('a')).status).toBe(200);

    const refused = await ask('a');

    expect(refused.status).toBe(429);
    expect(refused.body.error.code).toBe('too_many_requests');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await ask('b')).status).toBe(200);
    clock.advance(1_000);
    expect((await ask('a')).status).toBe(200);
  });

  test('closing lets what was begun end, refuses the rest, and says so to open sockets', async () => {
    const memory = createMemoryHubLog();
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const log: HubLog = {
      ...memory,
      append: async (...given) => {
        await held;
        return memory.append(...given);
      },
    };
    const own = testHub({ log });
    const reading = reader(await served(own), { replicaId: 'zoe' });
    await reading.until(({ messages }) => messages.length > 0);

    const begun = pushed(own, story());
    await vi.waitFor(() => expect(own.hub).toBeDefined());
    const closing = own.hub.close();
    const late = await own.post('/v1/hello', { protocol: 1, replicaId: 'ann' });
    const ready = await own.get('/readyz');
    const alive = await own.get('/healthz');
    release?.();
    await closing;

    expect((await begun).verdicts).toHaveLength(9);
    expect(late.status).toBe(503);
    expect(late.headers.get('retry-after')).toBe('2');
    expect([ready.status, alive.status]).toEqual([503, 200]);
    expect(await reading.closed).toEqual({ code: 1001, reason: 'shutting_down' });
  });

  test('what fails inside is told to the operator, and to nobody else', async () => {
    const memory = createMemoryHubLog();
    const log: HubLog = { ...memory, read: async () => Promise.reject(new Error('secret: /var/lib/hub.db')) };
    const own = testHub({ log });

    const { status, text } = await own.post('/v1/pull', { replicaId: 'ann', limit: 1 });

    expect(status).toBe(500);
    expect(text).not.toContain('secret');
    expect(own.told.join('\n')).toContain('secret');
  });

  test('a key of receipts that is too short is refused at once', () => {
    expect(() => testHub({ receiptKey: receiptKey.subarray(0, 16) })).toThrow('"receiptKey" must be 32 bytes or more');
    expect(sealed(story()[0]?.event).dot).toBe('ann:1');
  });
});
