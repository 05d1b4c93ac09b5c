/**
 * Hostile input at every door: bundle lines and files, events as objects, requests and frames of a hub, answers of a
 * hub, tokens, cursors, policies and database files. Whatever comes in, it is taken or refused with a code; nothing
 * crashes or hangs, and what is refused writes nothing (I47, I48, I49).
 *
 * `REKNIT_FUZZ` says how many inputs there are in all: 3,000 unless told, 200,000 by `npm run fuzz`. A failure names
 * its input: `REKNIT_SEED` and `REKNIT_FUZZ_AT` make that one alone.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import {
  cascade,
  counter,
  definePolicy,
  defineResource,
  isReknitError,
  openReplica,
  parseCut,
  policyFromData,
  priorityBased,
  reference,
  register,
  set,
  text,
  threeWay,
} from '../../src/index.js';
import { readBundle } from '../../src/adapters/remote/bundle/index.js';
import { readHeads, readHello, readPage, readVerdicts } from '../../src/adapters/remote/hub/answers.js';
import { parseTokenRecord, tokenIdOf } from '../../src/adapters/hub/tokens/token-record.js';
import { bearerToken } from '../../src/adapters/hub/tokens/bearer-token.js';
import { canonicalEvent } from '../../src/domain/events/canonical-event.js';
import { parseEventLine } from '../../src/domain/events/parse.js';
import { fastSha256 } from '../support/engine.js';
import { eventOf } from '../support/histories/event-builder.js';
import { hostileText, hostileValue, randomFrom, withHostileBytes, type Random } from '../support/hostile-input.js';
import { served, testHub } from '../support/hub.js';
import { collect, storyStartMs } from '../support/site.js';
import { createFolder } from '../support/temporary-folder.js';

const inputs = Number(process.env['REKNIT_FUZZ'] ?? '3000');
const seed = Number(process.env['REKNIT_SEED'] ?? Date.now() % 2 ** 31);
const only = process.env['REKNIT_FUZZ_AT'];
const timeout = 60_000 + inputs * 3;
let made = 0;
/** @param share of all inputs */
const each = async (share: number, check: (random: Random, index: number) => unknown): Promise<void> => {
  const count = Math.ceil(inputs * share);
  for (let index = 0; index < count; index += 1) {
    if (only !== undefined && index !== Number(only)) continue;
    made += 1;
    try {
      await check(randomFrom(seed, index), index);
    } catch (error) {
      const name = expect.getState().currentTestName ?? '';
      throw new Error(
        `To repeat it:\n\n  REKNIT_SEED=${seed} REKNIT_FUZZ_AT=${index} REKNIT_FUZZ=${inputs} npx vitest run tests/property/hostile-input.test.ts -t '${name}'`,
        { cause: error },
      );
    }
  }
};

/** What is thrown at a caller is ours. */
const refusedByUs = (run: () => unknown): void => {
  try {
    run();
  } catch (error) {
    if (!isReknitError(error)) throw error;
  }
};

const one = { resourceType: 'task', resourceId: 'one' };
const create = eventOf('bob:1', 'create', { title: 'A', tags: ['x'], votes: 1, notes: 'abc' }, [], { resource: one });
const valid: readonly unknown[] = [
  create,
  eventOf('bob:2', 'update', { title: 'B', votes: { $increment: 2 }, tags: { $add: ['y'] } }, [create], {
    resource: one,
  }),
  eventOf('bob:2', 'update', { notes: { $splice: [[1, 1, 'xyz']] } }, [create], { resource: one, priority: 'high' }),
  eventOf('cy:1', 'delete', null, [create], { resource: one }),
  eventOf('cy:1', 'resolve', { title: 'C' }, [create], { resource: one, conflictId: 'a'.repeat(64) }),
  eventOf('dan:7', 'update', { parent: 'two' }, ['dan:6'], { resource: one, sees: [create], dependsOn: [one] }),
];

const policy = definePolicy({
  name: 'all kinds',
  version: 1,
  default: priorityBased(),
  resources: [
    defineResource('task', {
      version: 1,
      fields: {
        title: register<string>(undefined, { strategy: threeWay() }),
        votes: counter(),
        tags: set<string>(),
        notes: text(),
        parent: reference('task', { onDelete: cascade() }),
      },
    }),
  ],
});

test('lines of a bundle', { timeout }, () =>
  each(0.588, (random) => {
    const line = hostileText(random.pick(valid), random).toString('utf8');
    const parsed = parseEventLine(line, fastSha256);
    if (!parsed.ok) {
      expect(parsed.error.code).toMatch(/^[a-z_]+$/);
      return;
    }
    // What is taken has one encoding, and that is taken as the same event.
    const again = parseEventLine(canonicalEvent(parsed.value.event), fastSha256);
    expect(again).toMatchObject({ ok: true, value: { hash: parsed.value.hash, dot: parsed.value.dot } });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  }),
);

test('bundles', { timeout }, () =>
  each(0.04, async (random) => {
    const bytes = withHostileBytes(Buffer.from(valid.map((event) => `${JSON.stringify(event)}\n`).join('')), random);
    async function* chunks(): AsyncIterable<Uint8Array> {
      const cut = random.below(bytes.length + 1);
      yield bytes.subarray(0, cut);
      yield bytes.subarray(cut);
    }
    try {
      for await (const lines of readBundle(chunks(), { sha256: fastSha256 })) expect(lines.length).toBeGreaterThan(0);
    } catch (error) {
      if (!isReknitError(error)) throw error;
    }
  }),
);

test('events as objects, into a replica: what is refused leaves no trace in the state', { timeout }, async () => {
  const open = () => openReplica({ agentId: 'ann', replicaId: 'ann', policy, clock: () => storyStartMs });
  let replica = await open();
  const resources = async (): Promise<unknown> => collect(replica.list({ includeDeleted: true }));
  await each(0.03, async (random, index) => {
    if (index % 200 === 0) {
      await replica.close();
      replica = await open();
    }
    const before = await resources();
    const batch = Array.from({ length: 1 + random.below(3) }, () => hostileValue(random.pick(valid), random));
    const report = await replica.import(batch);
    expect(report.rejected.every(({ error }) => /^[a-z_]+$/.test(error.code))).toBe(true);
    if (report.rejectedCount === batch.length) expect(await resources()).toEqual(before);
    if (index % 200 === 199) expect((await replica.verify()).problems).toEqual([]);
  });
  expect((await replica.verify()).problems).toEqual([]);
  await replica.close();
});

test(
  'requests at a hub: what is refused is not in its log, and nothing is an error of its own',
  { timeout },
  async () => {
    const hub = testHub({
      limits: {
        principalRequestsPerSecond: 1e6,
        principalRequestsBurst: 1e6,
        addressRequestsPerSecond: 1e6,
        addressRequestsBurst: 1e6,
      },
    });
    const requests: readonly (readonly [path: string, body: unknown])[] = [
      ['/v1/hello', { replicaId: 'bob', lastSeq: 3, lastHash: 'a'.repeat(64), mark: 'x', policy: 'p', now: 1 }],
      ['/v1/push', { replicaId: 'bob', events: valid.map((event) => ({ event })) }],
      ['/v1/push', { replicaId: 'cy', events: [{ event: valid[0], receipt: 'x' }], refusals: ['r'] }],
      ['/v1/pull', { replicaId: 'bob', cursor: 'x', limit: 10 }],
      [
        '/v1/pull',
        { replicaId: 'bob', cut: { bob: 1 }, limit: 10, scope: { resourceTypes: ['task'], resources: [one] } },
      ],
      ['/v1/heads', { replicaIds: ['bob', 'cy'] }],
    ];
    await each(0.08, async (random) => {
      const [path, body] = random.pick(requests);
      const before = (await hub.log.facts()).head;
      const headers: Record<string, string> =
        random.below(10) === 0 ? { authorization: 'Bearer \u00ff', 'content-type': 'text/x' } : {};
      const answer = await hub.post(path, hostileText(body, random), {
        headers,
        address: `192.0.2.${random.below(250)}`,
      });
      expect(answer.status).toBeLessThan(500);
      if (answer.status !== 200) expect((await hub.log.facts()).head).toEqual(before);
    });
  },
);

test(
  'frames of a live connection: a bad one ends the connection, and the next one is served',
  { timeout },
  async () => {
    const hub = testHub();
    const url = (await served(hub)).replace(/^http/, 'ws');
    const frames = [
      { type: 'start', replicaId: 'bob', cursor: 'x', scope: { resourceTypes: ['task'] } },
      { type: 'start', replicaId: 'bob', cut: { bob: 1 }, own: { seq: 1, hash: 'a'.repeat(64) } },
      { type: 'ack', cursor: 'x' },
      { type: 'pong' },
    ];
    const before = (await hub.log.facts()).head;
    await each(
      0.02,
      (random) =>
        new Promise<void>((resolve, reject) => {
          const socket = new WebSocket(`${url}/v1/live`, 'reknit.v1');
          socket.on('error', () => undefined);
          socket.on('close', () => resolve());
          socket.on('unexpected-response', (_, { statusCode = 0 }) =>
            statusCode < 500 ? resolve() : reject(new Error(String(statusCode))),
          );
          socket.on('open', () => {
            for (let count = 1 + random.below(3); count > 0; count -= 1)
              socket.send(hostileText(random.pick(frames), random), { binary: random.below(8) === 0 });
            socket.close();
          });
        }),
    );
    expect((await hub.log.facts()).head).toEqual(before);
    expect((await hub.get('/healthz')).status).toBe(200);
  },
);

test('answers of a hub', { timeout }, () => {
  const limits = { bodyBytesMax: 1, eventsMax: 1, eventBytesMax: 1, skewMsMax: 1 };
  const answers: readonly (readonly [valid: unknown, read: (answer: unknown) => unknown])[] = [
    [
      {
        protocol: 1,
        hubId: 'h',
        epoch: 'e',
        now: '2026-02-02T10:00:00.000Z',
        known: { seq: 1, hash: 'a'.repeat(64) },
        mark: 'known',
        limits,
      },
      readHello,
    ],
    [{ heads: { bob: { seq: 1, hash: 'a'.repeat(64) } } }, (answer) => readHeads(answer, ['bob'])],
    [
      { cursor: 'c', mark: 'm', more: false, entries: [{ event: valid[0], receipt: 'r' }], skipped: { bob: [[1, 2]] } },
      readPage,
    ],
    [{ verdicts: [{ type: 'accepted', receipt: 'r' }], mark: 'm' }, (answer) => readVerdicts(answer, 1)],
  ];
  return each(0.1, (random) => {
    const [answer, read] = random.pick(answers);
    refusedByUs(() => read(hostileValue(answer, random)));
  });
});

test('tokens and cursors', { timeout }, async () => {
  const replica = await openReplica({ agentId: 'ann', replicaId: 'ann', clock: () => storyStartMs });
  await replica.create('task', 'one', {});
  const remote = replica.asRemote();
  const { cursor } = await remote.pull({ cursor: undefined, cut: {}, limit: 10 });
  const record = {
    id: 'a'.repeat(12),
    hash: 'b'.repeat(64),
    name: 'x',
    replicas: ['bob'],
    agents: 'any',
    rights: { '*': ['read'] },
    createdAt: 'x',
  };
  await each(0.06, async (random) => {
    parseTokenRecord(hostileValue(record, random));
    const text = withHostileBytes(Buffer.from(`Bearer rkt_${'a'.repeat(12)}_${'b'.repeat(43)}`), random).toString(
      'latin1',
    );
    tokenIdOf(bearerToken(text) ?? text);
    refusedByUs(() => parseCut(hostileValue({ bob: 1, cy: 2 }, random)));
    const hostile = withHostileBytes(Buffer.from(cursor), random).toString('utf8');
    await remote.pull({ cursor: hostile, cut: {}, limit: 10 }).catch((error: unknown) => {
      if (!isReknitError(error)) throw error;
    });
  });
  expect((await replica.verify()).problems).toEqual([]);
  await replica.close();
});

test('policies as data', { timeout }, () =>
  each(0.08, (random) => refusedByUs(() => policyFromData(hostileValue(policy.data, random)))),
);

test('database files', { timeout: timeout * 3 }, async () => {
  const folder = createFolder();
  const file = join(folder.path, 'ann.db');
  const made = await openReplica({ file, agentId: 'ann', policy, clock: () => storyStartMs, durability: 'process' });
  await made.import(valid);
  await made.close();
  const bytes = readFileSync(file);
  try {
    await each(0.002, async (random) => {
      const hostile = join(folder.path, 'hostile.db');
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${hostile}${suffix}`, { force: true });
      // Most of a small file is empty pages: what is changed stands where something is, and the header is kept mostly.
      const changed = Buffer.from(bytes);
      for (let count = 1 + random.below(20); count > 0; count -= 1) {
        const page = 4096 * random.below(bytes.length / 4096);
        changed[page + (random.below(2) === 0 ? random.below(16) : random.below(4096))] = random.below(256);
      }
      writeFileSync(hostile, random.below(10) === 0 ? withHostileBytes(changed, random) : changed);
      try {
        const replica = await openReplica({
          file: hostile,
          agentId: 'ann',
          readOnly: random.below(2) === 0,
          clock: () => storyStartMs,
        });
        try {
          await replica.verify();
          await collect(replica.list({ includeDeleted: true }));
        } finally {
          await replica.close();
        }
      } catch (error) {
        if (!isReknitError(error)) throw error;
      }
    });
  } finally {
    folder.remove();
  }
});

test('all of them were made', () => {
  if (only === undefined) expect(made).toBeGreaterThanOrEqual(inputs);
});
