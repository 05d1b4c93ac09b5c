/**
 * Who may do what, as a table, and the hub held against it cell by cell: every token with every
 * agent, replica, type and operation, over HTTP and over sockets. What nobody granted is refused,
 * and what somebody may not read is in no byte that the hub sends them.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createMemoryHubLog, openTokenList, type Principal, type Right } from 'reknit/hub';
import { eventOf } from '../../src/testing/contract-story.js';
import { hubStartMs, manualClock, reader, served, testHub } from '../support/hub.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const types = ['task', 'secret'] as const;
const operations = ['create', 'update', 'delete', 'resolve'] as const;
type Granted = Readonly<Record<(typeof types)[number], string>>;
const nothing: Granted = { task: '', secret: '' };

interface Row {
  readonly grants: Readonly<Record<string, readonly Right[]>>;
  readonly bound?: 'any';
  /** Operations on events of the token's own replica and agent. */
  readonly own: Granted;
  /** Of another replica, or agent. */
  readonly foreign?: Granted;
  readonly reads: readonly string[];
}

/** What each token opens, in words of its own: not computed from the grants. */
const table: Readonly<Record<string, Row>> = {
  nothing: { grants: {}, own: nothing, reads: [] },
  reader: { grants: { task: ['read'] }, own: nothing, reads: ['task'] },
  writer: { grants: { task: ['read', 'write'] }, own: { task: 'create update', secret: '' }, reads: ['task'] },
  blind: { grants: { task: ['write'] }, own: { task: 'create update', secret: '' }, reads: [] },
  deleter: { grants: { task: ['delete'], secret: ['read'] }, own: { task: 'delete', secret: '' }, reads: ['secret'] },
  resolver: { grants: { secret: ['resolve'] }, own: { task: '', secret: 'resolve' }, reads: [] },
  'all but one': {
    grants: { '*': ['read', 'write', 'delete', 'resolve'], secret: [] },
    own: { task: 'create update delete resolve', secret: '' },
    reads: ['task'],
  },
  relay: {
    grants: { task: ['relay'] },
    own: nothing,
    foreign: { task: 'create update delete resolve', secret: '' },
    reads: [],
  },
  everything: {
    grants: { '*': ['read', 'write', 'delete', 'resolve', 'relay'] },
    bound: 'any',
    own: { task: 'create update delete resolve', secret: 'create update delete resolve' },
    foreign: { task: 'create update delete resolve', secret: 'create update delete resolve' },
    reads: ['task', 'secret'],
  },
};

const principals: ReadonlyMap<string, Principal> = new Map(
  Object.entries(table).map(([name, { grants, bound }]) => [
    name.replaceAll(' ', '-'),
    { id: name, replicas: bound ?? ['mine'], agents: bound ?? ['me'], rights: grants },
  ]),
);
const tokenOf = (name: string): string => name.replaceAll(' ', '-');

const cells = Object.keys(table).flatMap((name) =>
  ['mine', 'theirs'].flatMap((replicaId) =>
    ['me', 'them'].flatMap((agentId) =>
      types.flatMap((type) => operations.map((operation) => ({ name, replicaId, agentId, type, operation }))),
    ),
  ),
);

describe('pushing', () => {
  test.each(Object.keys(table))('%s: each cell is accepted or refused as the table says', async (name) => {
    const { own, foreign = nothing, bound } = table[name] as Row;
    for (const { replicaId, agentId, type, operation } of cells.filter((cell) => cell.name === name)) {
      const { post, log } = testHub({ principals });
      const { event } = eventOf(replicaId, 1, 'one', [], {
        agentId,
        resourceType: type,
        operation,
        payload: operation === 'delete' ? null : {},
      });

      const { status, body } = await post(
        '/v1/push',
        { replicaId: 'mine', events: [{ event }] },
        { token: tokenOf(name) },
      );

      const isOwn = replicaId === 'mine' && (agentId === 'me' || bound === 'any');
      const granted = (replicaId === 'mine' ? (isOwn ? own : nothing) : foreign)[type].split(' ');
      const isEntitled = replicaId === 'mine';
      const expected = granted.includes(operation)
        ? { type: 'accepted' }
        : { type: 'refused', code: 'forbidden', published: isEntitled };
      const cell = `${name}, ${replicaId}, ${agentId}, ${type}, ${operation}`;
      expect([cell, status, body.verdicts]).toMatchObject([cell, 200, [expected]]);
      // What was refused to a stranger leaves no trace at all.
      const isTraced = expected.type === 'accepted' || isEntitled;
      expect([cell, (await log.facts()).head.position]).toEqual([cell, isTraced ? 1 : 0]);
    }
  });

  test('nobody speaks for a replica that the token does not stand for', async () => {
    const { post } = testHub({ principals });
    for (const [path, more] of [
      ['hello', { protocol: 1 }],
      ['push', { events: [] }],
      ['pull', { limit: 1 }],
      ['heads', { replicaIds: [] }],
    ] as const)
      expect((await post(`/v1/${path}`, { replicaId: 'theirs', ...more }, { token: 'writer' })).status).toBe(403);
  });

  test('without a token, or with one that nobody knows, nothing is answered', async () => {
    const { post } = testHub({ principals });
    for (const options of [{}, { token: 'unknown' }, { headers: { authorization: 'Basic writer' } }])
      for (const path of ['hello', 'push', 'pull', 'heads']) {
        const request = { protocol: 1, replicaId: 'mine', events: [], replicaIds: [], limit: 1 };
        const { status, body } = await post(`/v1/${path}?token=writer`, request, options);
        expect(status).toBe(401);
        expect(body).toEqual({ error: { code: 'unauthorized', message: expect.any(String) } });
      }
  });
});

const canary = (type: string, what: string): string => `canary-${type}-${what}`;

/** Events of both types with a canary in everything that an author writes, two sides of a conflict, and refusals. */
const history = () => {
  const of = (type: string, replicaId: string, seq: number, parents: readonly string[], more = {}) =>
    eventOf(replicaId, seq, canary(type, 'resource'), parents, {
      eventId: canary(type, `${replicaId}-${seq}`),
      resourceType: type,
      agentId: canary(type, 'agent'),
      note: canary(type, 'note'),
      payload: { title: canary(type, `value-${seq}`) },
      ...more,
    });
  const accepted = [
    of('task', 'p', 1, []),
    of('secret', 'p', 2, []),
    of('task', 'q', 1, ['p:1']),
    of('task', 'r', 1, ['p:1']),
    of('secret', 'q', 2, ['p:2']),
    of('secret', 'r', 2, ['p:2']),
    of('secret', 'r', 3, ['q:2', 'r:2'], { operation: 'resolve' }),
    of('task', 'r', 4, ['q:1', 'r:1'], { operation: 'delete', payload: null }),
  ];
  const refused = [of('task', 'p', 3, []), of('secret', 'p', 4, [])];
  return { accepted, refused };
};

const fill = async (log: ReturnType<typeof createMemoryHubLog>) => {
  const { accepted, refused } = history();
  await log.append(
    accepted.map((sealed) => ({ sealed })),
    '2026-02-02T10:00:00.000Z',
  );
  await log.append(
    refused.map((sealed) => ({
      sealed,
      refusal: { code: 'forbidden', message: canary(sealed.event.resourceType, 'refusal') },
    })),
    '2026-02-02T10:00:00.000Z',
  );
};

const dotsReadBy = (reads: readonly string[]): readonly string[] => {
  const { accepted, refused } = history();
  return [...accepted, ...refused].filter(({ event }) => reads.includes(event.resourceType)).map(({ dot }) => dot);
};

describe('reading', () => {
  test.each(Object.keys(table))('%s: is given what the table says and not a byte of the rest', async (name) => {
    const { reads } = table[name] as Row;
    const log = createMemoryHubLog();
    const own = testHub({ log, principals });
    await fill(log);
    const url = await served(own);
    const token = tokenOf(name);
    const sent: string[] = [];

    const dots: string[] = [];
    let cursor: string | undefined;
    for (let more = true; more;) {
      const { text, headers, body } = await own.post(
        '/v1/pull',
        { replicaId: 'mine', limit: 3, ...(cursor === undefined ? {} : { cursor }) },
        { token },
      );
      sent.push(text, JSON.stringify([...headers]));
      for (const { event, refused } of body.entries) dots.push(refused?.dot ?? `${event.replicaId}:${event.seq}`);
      ({ cursor, more } = body);
    }
    // By its header, and as a browser does, by its first message.
    const readers = [
      reader(url, { replicaId: 'mine' }, { token }),
      reader(url, { replicaId: 'mine', token }),
      reader(url, { replicaId: 'mine', token, scope: { resourceTypes: ['secret', 'task'] } }),
    ];
    for (const one of readers) {
      one.socket.on('upgrade', ({ rawHeaders }) => sent.push(rawHeaders.join()));
      await one.until(({ messages }) => messages.some(({ type, more }) => type === 'entries' && !more));
    }
    // And what comes while they read.
    const before = readers.map(({ messages }) => messages.length);
    await log.append(
      [{ sealed: eventOf('s', 1, canary('secret', 'late'), [], { resourceType: 'secret' }) }],
      '2026-02-02T10:00:00.000Z',
    );
    await log.append(
      [{ sealed: eventOf('s', 2, canary('task', 'late'), [], { resourceType: 'task' }) }],
      '2026-02-02T10:00:00.000Z',
    );
    for (const [index, one] of readers.entries())
      await one.until(
        ({ messages }) =>
          messages.length > (before[index] ?? 0) &&
          JSON.stringify(messages.slice(before[index])).includes(
            reads.includes('task') ? 'canary-task-late' : '"s":[[',
          ),
      );
    for (const question of [
      ['hello', { protocol: 1, replicaId: 'mine', mark: 'x' }],
      ['heads', { replicaId: 'mine', replicaIds: ['p', 'q', 'r'] }],
      [
        'push',
        { replicaId: 'mine', events: history().accepted.map(({ event }) => ({ event: { ...event, note: 1 } })) },
      ],
    ] as const)
      sent.push((await own.post(`/v1/${question[0]}`, question[1], { token })).text);
    for (const path of ['/metrics', '/healthz', '/readyz', '/openapi.json']) sent.push((await own.get(path)).text);
    for (const { received } of readers) sent.push(...received);

    expect(dots).toEqual(dotsReadBy(reads));
    for (const one of readers) expect(one.dots().filter((dot) => !dot.startsWith('s:'))).toEqual(dotsReadBy(reads));
    const all = sent.join('\n');
    for (const type of types) expect([type, all.includes(`canary-${type}`)]).toEqual([type, reads.includes(type)]);
    // A hash of what one may not read would confirm a guess.
    for (const { event, hash } of history().accepted)
      if (!reads.includes(event.resourceType)) expect(all).not.toContain(hash);
    const told = own.told.join('\n');
    expect(told).not.toContain('canary-');
    expect(told).not.toContain(`Bearer`);
  });

  test('a socket without a token that opens it ends with 4401, with one for another replica with 4403', async () => {
    const own = testHub({ principals });
    const url = await served(own);

    expect(await reader(url, { replicaId: 'mine' }).closed).toEqual({ code: 4401, reason: 'unauthorized' });
    expect(await reader(url, { replicaId: 'mine', token: 'unknown' }).closed).toEqual({
      code: 4401,
      reason: 'unauthorized',
    });
    expect(await reader(url, { replicaId: 'theirs', token: 'reader' }).closed).toEqual({
      code: 4403,
      reason: 'forbidden',
    });
    // The library writes the path behind it, into the query; so this is a token in the URL, which opens nothing.
    expect((await reader(`${url}/v1/live?token=reader&`, { replicaId: 'mine' }).closed).code).toBe(4401);
  });
});

describe('tokens', () => {
  const rights = { '*': ['read', 'write'] } as const;
  const wanted = { replicas: 'any', agents: 'any', rights } as const;
  const fixture = async () => {
    const clock = manualClock();
    const file = join(temporaryFolder(), 'hub.db.tokens.json');
    const tokens = openTokenList({ file, clock });
    const own = testHub({ clock, authenticate: tokens.authenticate, watchTokens: tokens.watch });
    return { clock, file, tokens, own, url: await served(own) };
  };
  const hello = { protocol: 1, replicaId: 'mine' };

  test('what was revoked, by another program too, loses open sockets and opens nothing', async () => {
    const { clock, file, tokens, own, url } = await fixture();
    const [kept, lost] = [await tokens.add(wanted), await tokens.add(wanted)];
    const open = async (token: string) => {
      const one = reader(url, { replicaId: 'mine', token });
      await one.until(({ messages }) => messages.length > 0);
      return one;
    };
    const [keeping, losing] = [await open(kept.token), await open(lost.token)];

    await openTokenList({ file, clock }).revoke(lost.record.id);
    expect((await own.post('/v1/hello', hello, { token: lost.token })).status).toBe(401);
    clock.advance(600);

    expect(await losing.closed).toEqual({ code: 4401, reason: 'unauthorized' });
    expect((await own.post('/v1/hello', hello, { token: kept.token })).status).toBe(200);
    expect(keeping.socket.readyState).toBe(1);
    expect(own.told.join()).not.toContain(lost.token);
  });

  test('what has expired loses open sockets when it does', async () => {
    const { clock, tokens, own, url } = await fixture();
    const { token } = await tokens.add({ ...wanted, expiresAt: new Date(hubStartMs + 10_000).toISOString() });
    const one = reader(url, { replicaId: 'mine' }, { token });
    await one.until(({ messages }) => messages.length > 0);

    clock.advance(9_000);
    expect((await own.post('/v1/hello', hello, { token })).status).toBe(200);
    expect(one.socket.readyState).toBe(1);
    clock.advance(1_100);

    expect(await one.closed).toEqual({ code: 4401, reason: 'unauthorized' });
    expect((await own.post('/v1/hello', hello, { token })).status).toBe(401);
  });

  test('rights that an embedder takes away are noticed within a minute, and the reader begins anew', async () => {
    const clock = manualClock();
    const changing = new Map([
      ['t', { id: 't', replicas: 'any', agents: 'any', rights: { '*': ['read'] } } as Principal],
    ]);
    const own = testHub({ clock, principals: changing });
    const one = reader(await served(own), { replicaId: 'mine', token: 't' });
    await one.until(({ messages }) => messages.length > 0);

    changing.set('t', { ...(changing.get('t') as Principal), rights: { task: ['read'] } });
    for (let seconds = 0; seconds < 61; seconds += 1) {
      clock.advance(1_000);
      if (seconds % 10 === 0 && seconds < 60) {
        one.send({ type: 'ping' });
        await vi.waitFor(() => expect(one.messages.at(-1).type).toBe('pong'));
        one.messages.pop();
      }
    }

    expect(await one.closed).toEqual({ code: 4409, reason: 'cursor_unknown' });
  });

  test('a token is shown once: the file holds a hash, and the list neither', async () => {
    const { file, tokens } = await fixture();
    const { token, record } = await tokens.add({ ...wanted, label: 'phone' });

    const secret = token.split('_').slice(2).join('_');
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(readFileSync(file, 'utf8')).not.toContain(secret);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(JSON.stringify(await tokens.list())).not.toMatch(/hash/);
    expect(record).toMatchObject({ label: 'phone', replicas: 'any' });
    expect(tokens.authenticate(token, { replicaId: 'mine', address: '' })).toMatchObject({ id: record.id });
    expect(
      tokens.authenticate(`${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`, {
        replicaId: 'mine',
        address: '',
      }),
    ).toBeUndefined();
  });

  test('a damaged list opens nothing, and says so', async () => {
    const { file, tokens, own } = await fixture();
    const { token } = await tokens.add(wanted);
    expect((await own.post('/v1/hello', hello, { token })).status).toBe(200);

    writeFileSync(file, '{"format":"reknit-hub-tokens"');

    expect((await own.post('/v1/hello', hello, { token })).status).toBe(500);
    expect(own.told.join()).toContain('is no list of tokens');
  });

  test('programs that add tokens at one time lose none of them', async () => {
    const { file, clock } = await fixture();
    const lists = [1, 2, 3].map(() => openTokenList({ file, clock }));

    await Promise.all(lists.flatMap((list) => [1, 2, 3].map(() => list.add(wanted))));

    expect(await lists[0]?.list()).toHaveLength(9);
  });
});
