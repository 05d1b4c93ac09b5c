/** A bundle file as a remote: the contract, and what files go through that no other remote does. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeOrTakeBack, type AppendHandle } from '../../src/adapters/remote/bundle/append-bundle.js';
import { bundleRemote, type BundleRemoteOptions } from '../../src/adapters/remote/bundle/index.js';
import type { Remote } from '../../src/application/ports/remote.js';
import type { ReknitEvent, SealedEvent } from '../../src/domain/events/event.js';
import { vectorFrom } from '../../src/domain/causality/version-vector.js';
import { remoteContract } from '../../src/testing/remote-contract.js';
import { asGzip, eventNumber, eventNumbers, eventsIn, plainBundle, readAll, sealedOf } from '../support/bundles.js';
import { createFolder, temporaryFolder } from '../support/temporary-folder.js';

const sealedNumbers = (from: number, upTo: number): readonly SealedEvent[] => eventNumbers(from, upTo).map(sealedOf);
const nothing = vectorFrom([]);

/** A connection that is closed when the test is over. */
const open = (options: BundleRemoteOptions): Remote => {
  const remote = bundleRemote(options);
  onTestFinished(() => remote.close());
  return remote;
};

const pullAll = async (remote: Remote, limit = 3): Promise<readonly unknown[]> => {
  const events: unknown[] = [];
  for (let cursor: string | undefined, isMore = true; isMore;) {
    const page = await remote.pull({ cursor, cut: nothing, limit });
    events.push(...page.events);
    cursor = page.cursor;
    isMore = page.more;
  }
  return events;
};

const fileWith = (events: readonly ReknitEvent[], isGzip = false): string => {
  const file = join(temporaryFolder(), 'bundle.ndjson');
  writeFileSync(file, asGzip(plainBundle(events), isGzip));
  return file;
};

describe.each([
  ['plain', false],
  ['gzipped', true],
])('the contract, %s', (_name, gzip) => {
  const create = () => {
    const folder = createFolder();
    const connectTo = (name: string) => () => Promise.resolve(bundleRemote({ file: join(folder.path, name), gzip }));
    return Promise.resolve({
      connect: connectTo('one'),
      connectElsewhere: connectTo('another'),
      dispose: () => Promise.resolve(folder.remove()),
    });
  };

  for (const { name, run } of remoteContract(create)) test(name, run);
});

describe('the file', () => {
  test('is not there before the first push, and holds the events as they are afterwards', async () => {
    const file = join(temporaryFolder(), 'new.ndjson');
    const remote = open({ file });
    expect(await remote.hello({ replicaId: 'laptop' })).toMatchObject({ knownSeq: 0 });
    expect(await remote.pull({ cursor: undefined, cut: nothing, limit: 9 })).toMatchObject({ events: [], more: false });
    expect(existsSync(file)).toBe(false);

    await remote.push(sealedNumbers(1, 2));
    await remote.push(sealedNumbers(2, 3));

    expect(readFileSync(file)).toEqual(plainBundle(eventNumbers(1, 3)));
    expect(readdirSync(join(file, '..'))).toEqual(['new.ndjson']);
  });

  test('is compressed if its name says so, and each push is a member that any reader understands', async () => {
    const file = join(temporaryFolder(), 'new.ndjson.gz');
    const remote = open({ file });

    await remote.push(sealedNumbers(1, 2));
    await remote.push(sealedNumbers(3, 3));

    expect(gunzipSync(readFileSync(file))).toEqual(plainBundle(eventNumbers(1, 3)));
  });

  test('stays compressed, or plain, whatever is asked for', async () => {
    for (const isGzip of [false, true]) {
      const file = fileWith(eventNumbers(1, 2), isGzip);

      await open({ file, gzip: !isGzip }).push(sealedNumbers(3, 3));

      const { lines, error } = await readAll(file);
      expect(error).toBeUndefined();
      expect(eventsIn(lines)).toEqual(eventNumbers(1, 3));
    }
  });

  test('without an end of its last line gets one', async () => {
    for (const isGzip of [false, true]) {
      const file = fileWith([]);
      writeFileSync(file, asGzip(plainBundle(eventNumbers(1, 2)).subarray(0, -1), isGzip));
      const remote = open({ file });
      expect(await pullAll(remote)).toEqual(eventNumbers(1, 2));

      expect(await remote.push(sealedNumbers(2, 3))).toEqual([{ type: 'duplicate' }, { type: 'accepted' }]);

      expect(await pullAll(remote)).toEqual(eventNumbers(1, 3));
      expect(await pullAll(open({ file }), 1)).toEqual(eventNumbers(1, 3));
    }
  });

  test('whose compressed data lost its end keeps every line that is whole', async () => {
    const whole = gzipSync(plainBundle(eventNumbers(1, 2)).subarray(0, -1));
    for (const bytes of [whole.subarray(0, -3), Buffer.concat([whole, Buffer.alloc(600)])]) {
      const file = fileWith([]);
      writeFileSync(file, bytes);
      expect(eventsIn((await readAll(file)).lines)).toEqual(eventNumbers(1, 2));
      const remote = open({ file });
      expect(await pullAll(remote, 1)).toEqual(eventNumbers(1, 2));

      expect(await remote.push(sealedNumbers(2, 3))).toEqual([{ type: 'duplicate' }, { type: 'accepted' }]);

      expect(gunzipSync(readFileSync(file))).toEqual(plainBundle(eventNumbers(1, 3)));
    }
  });

  test('of which a crash left nothing but zeros is a new one', async () => {
    const file = join(temporaryFolder(), 'new.ndjson.gz');
    writeFileSync(file, Buffer.alloc(300));

    await open({ file }).push(sealedNumbers(1, 1));

    expect(gunzipSync(readFileSync(file))).toEqual(plainBundle(eventNumbers(1, 1)));
  });

  test('that is something else is left as it is', async () => {
    for (const content of ['Dear diary,\ntoday', 'one line', '%PDF-1.7\n\0\0', gzipSync('Dear diary,\ntoday\n')]) {
      const file = fileWith([]);
      writeFileSync(file, content);

      await expect(open({ file }).push(sealedNumbers(1, 1))).rejects.toMatchObject({ code: 'not_a_bundle' });

      expect(readFileSync(file)).toEqual(Buffer.from(content));
    }
    await expect(open({ file: temporaryFolder() }).hello({ replicaId: 'a' })).rejects.toMatchObject({
      code: 'not_a_bundle',
    });
  });

  test('that is damaged gives what comes before the damage, then says so, and takes nothing', async () => {
    const events = eventNumbers(1, 500).map((event) => ({
      ...event,
      payload: { title: randomBytes(300).toString('hex') },
    }));
    const file = fileWith(events, true);
    appendFileSync(file, 'something else');
    const content = readFileSync(file);
    const remote = open({ file });
    const pulled: unknown[] = [];

    const reading = async (): Promise<never> => {
      for (let cursor: string | undefined; ;) {
        const page = await remote.pull({ cursor, cut: nothing, limit: 50 });
        pulled.push(...page.events);
        cursor = page.cursor;
      }
    };

    await expect(reading()).rejects.toMatchObject({ code: 'bundle_corrupt' });
    expect(pulled.length).toBeGreaterThan(100);
    expect(pulled).toEqual(events.slice(0, pulled.length));
    await expect(remote.push(sealedNumbers(501, 501))).rejects.toMatchObject({ code: 'bundle_corrupt' });
    expect(readFileSync(file)).toEqual(content);
  });

  test('in a folder that is not there is refused with its name', async () => {
    const file = join(temporaryFolder(), 'unplugged', 'bundle.ndjson');

    await expect(open({ file }).push(sealedNumbers(1, 1))).rejects.toMatchObject({
      code: 'bundle_unwritable',
      facts: { file },
    });
  });
});

describe('pages', () => {
  test('give lines that are no events as what stands there, for the caller to refuse', async () => {
    const [first, last] = [eventNumber(1), eventNumber(2)];
    const lines = ['{"eventId": oops}', '{"eventId":"x"}', `{"seq":1,${JSON.stringify(first).slice(1)}`];
    const file = fileWith([]);
    writeFileSync(file, [JSON.stringify(first), ...lines, JSON.stringify(last), ''].join('\n'));

    expect(await pullAll(open({ file }), 1)).toEqual([first, lines[0], { eventId: 'x' }, lines[2], last]);
  });

  test('do not give half a line at the end, until it is whole', async () => {
    for (const isGzip of [false, true]) {
      const file = fileWith(eventNumbers(1, 2), isGzip);
      const remote = open({ file });
      const next = asGzip(plainBundle(eventNumbers(3, 4)), isGzip);
      const cut = isGzip ? 12 : 100;

      const { cursor } = await remote.pull({ cursor: undefined, cut: nothing, limit: 9 });
      appendFileSync(file, next.subarray(0, cut));
      const half = await remote.pull({ cursor, cut: nothing, limit: 9 });
      expect(half).toEqual({ events: [], cursor, more: false });
      appendFileSync(file, next.subarray(cut));

      expect((await remote.pull({ cursor, cut: nothing, limit: 9 })).events).toEqual(eventNumbers(3, 4));
    }
  });

  test('refuse a cursor once the file is written anew in another order, though it begins alike', async () => {
    const events = eventNumbers(1, 6);
    const file = fileWith(events);
    const remote = open({ file });
    const { cursor } = await remote.pull({ cursor: undefined, cut: nothing, limit: 4 });
    const [first, ...others] = events as [ReknitEvent, ...ReknitEvent[]];

    rmSync(file);
    writeFileSync(file, plainBundle([first, ...others.reverse()]));

    for (const connection of [remote, open({ file })])
      await expect(connection.pull({ cursor, cut: nothing, limit: 4 })).rejects.toMatchObject({
        code: 'cursor_unknown',
      });
    expect(await pullAll(remote)).toHaveLength(6);
  });

  test('go on with a cursor if the file was only compressed, or moved', async () => {
    const file = fileWith(eventNumbers(1, 6));
    const { cursor } = await open({ file }).pull({ cursor: undefined, cut: nothing, limit: 4 });
    const moved = fileWith(eventNumbers(1, 7), true);

    const page = await open({ file: moved }).pull({ cursor, cut: nothing, limit: 4 });

    expect(page.events).toEqual(eventNumbers(5, 7));
  });

  test('refuse a cursor that is ahead of the file', async () => {
    const file = fileWith(eventNumbers(1, 6));
    const remote = open({ file });
    const { cursor } = await remote.pull({ cursor: undefined, cut: nothing, limit: 9 });

    writeFileSync(file, plainBundle(eventNumbers(1, 3)));

    await expect(remote.pull({ cursor, cut: nothing, limit: 9 })).rejects.toMatchObject({ code: 'cursor_unknown' });
  });

  test('of a call that was given up are given by the next', async () => {
    const remote = open({ file: fileWith(eventNumbers(1, 6)) });
    const { cursor } = await remote.pull({ cursor: undefined, cut: nothing, limit: 2 });
    const reason = new Error('enough');

    await expect(remote.pull({ cursor, cut: nothing, limit: 2, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );

    expect((await remote.pull({ cursor, cut: nothing, limit: 2 })).events).toEqual(eventNumbers(3, 4));
  });
});

describe('hello', () => {
  test('counts events that came in any order, and both variants of a fork once', async () => {
    const fork = eventNumber(2, 'laptop', 'another');
    const remote = open({ file: fileWith([3, 2, 5, 1].map((seq) => eventNumber(seq)).concat(fork)) });

    expect((await remote.hello({ replicaId: 'laptop' })).knownSeq).toBe(3);
    expect(await remote.push([sealedOf(fork), sealedOf(eventNumber(4))])).toEqual([
      { type: 'duplicate' },
      { type: 'accepted' },
    ]);
    expect((await remote.hello({ replicaId: 'laptop' })).knownSeq).toBe(5);
  });

  test('sees what others appended, and that another file has come into the place', async () => {
    const file = fileWith(eventNumbers(1, 2));
    const remote = open({ file });
    const knownSeq = async () => (await remote.hello({ replicaId: 'laptop' })).knownSeq;
    const { remoteId } = await remote.hello({ replicaId: 'laptop' });
    expect(await knownSeq()).toBe(2);

    appendFileSync(file, plainBundle(eventNumbers(3, 4)));
    expect(await knownSeq()).toBe(4);
    expect((await remote.hello({ replicaId: 'laptop' })).remoteId).toBe(remoteId);

    rmSync(file);
    expect(await knownSeq()).toBe(0);
    writeFileSync(file, plainBundle(eventNumbers(2, 9)));
    expect(await knownSeq()).toBe(0);
    expect((await remote.hello({ replicaId: 'laptop' })).remoteId).not.toBe(remoteId);
  });
});

describe('several writers', () => {
  const push = (options: BundleRemoteOptions, seq: number, replicaId: string) =>
    open(options).push([sealedOf(eventNumber(seq, replicaId))]);

  test('at one time lose nothing and disturb nobody', async () => {
    for (const gzip of [false, true]) {
      const file = join(temporaryFolder(), 'shared');
      const replicas = ['a', 'b', 'c'];
      await Promise.all(
        replicas.map(async (replicaId) => {
          for (let seq = 1; seq <= 5; seq += 1) await push({ file, gzip }, seq, replicaId);
        }),
      );

      const { lines } = await readAll(file);

      expect(lines.map(({ result }) => (result.ok ? result.value.dot : 'refused')).sort()).toEqual(
        replicas.flatMap((replicaId) => [1, 2, 3, 4, 5].map((seq) => `${replicaId}:${seq}`)),
      );
      expect(existsSync(`${file}.lock`)).toBe(false);
    }
  });

  test('wait for each other, and say so when that takes too long', async () => {
    const file = join(temporaryFolder(), 'shared');
    writeFileSync(`${file}.lock`, JSON.stringify({ host: hostname(), pid: process.pid }));

    await expect(push({ file, lockWaitMsMax: 40 }, 1, 'a')).rejects.toMatchObject({
      code: 'bundle_busy',
      facts: { lock: `${file}.lock` },
    });
    const waiting = push({ file }, 1, 'a');
    rmSync(`${file}.lock`);

    expect(await waiting).toEqual([{ type: 'accepted' }]);
  });

  test('do not wait for a dead one, whose half line goes', async () => {
    const file = fileWith(eventNumbers(1, 2));
    appendFileSync(file, plainBundle(eventNumbers(3, 3)).subarray(0, 50));
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(`${file}.lock`, JSON.stringify({ host: hostname(), pid }));

    await push({ file, lockWaitMsMax: 2_000 }, 1, 'a');

    expect(eventsIn((await readAll(file)).lines)).toEqual([...eventNumbers(1, 2), eventNumber(1, 'a')]);
    expect(readdirSync(join(file, '..'))).toEqual(['bundle.ndjson']);
  });

  test('do not wait for ever for one on another machine, or one that never gave its name', async () => {
    const file = join(temporaryFolder(), 'shared');
    for (const [content, ageMs] of [
      [JSON.stringify({ host: 'another', pid: 1 }), 11 * 60_000],
      ['', 11_000],
    ] as const) {
      writeFileSync(`${file}.lock`, content);
      await expect(push({ file, lockWaitMsMax: 40 }, 1, 'a')).rejects.toMatchObject({ code: 'bundle_busy' });
      const then = new Date(Date.now() - ageMs);
      utimesSync(`${file}.lock`, then, then);

      expect(await push({ file, lockWaitMsMax: 1_000 }, 1, 'a')).toHaveLength(1);
    }
  });
});

describe('a disk that fails', () => {
  /** The file of an append, as it looks to readers; it fails from the given call on. */
  const failingHandle = (...failing: readonly ('writeFile' | 'sync' | 'truncate')[]) => {
    const file = { size: 100 };
    const failIf = (call: (typeof failing)[number]): void => {
      if (failing.includes(call)) throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: call });
    };
    const handle: AppendHandle = {
      size: () => Promise.resolve(file.size),
      writeFile: async (bytes) => {
        await Promise.resolve();
        file.size += failing.includes('writeFile') ? bytes.length / 2 : bytes.length;
        failIf('writeFile');
      },
      sync: async () => {
        await Promise.resolve();
        if (file.size > 100) failIf('sync');
      },
      truncate: async (size) => {
        await Promise.resolve();
        failIf('truncate');
        file.size = size;
      },
    };
    return { file, handle };
  };

  test.each(['writeFile', 'sync'] as const)('in %s leaves the file as it was', async (call) => {
    const { file, handle } = failingHandle(call);
    let isSpoilt = false;

    const appending = writeOrTakeBack(handle, Buffer.alloc(8), () => {
      isSpoilt = true;
    });

    await expect(appending).rejects.toMatchObject({ code: 'EIO' });
    expect(file.size).toBe(100);
    expect(isSpoilt).toBe(false);
  });

  test('in everything is told, since what looks written there may not be', async () => {
    const { handle } = failingHandle('sync', 'truncate');
    let isSpoilt = false;

    const appending = writeOrTakeBack(handle, Buffer.alloc(8), () => {
      isSpoilt = true;
    });

    await expect(appending).rejects.toMatchObject({ code: 'EIO' });
    expect(isSpoilt).toBe(true);
  });
});

test('a connection that was closed says so', async () => {
  const remote = open({ file: fileWith(eventNumbers(1, 9)) });
  await remote.pull({ cursor: undefined, cut: nothing, limit: 2 });

  await remote.close();
  await remote.close();

  await expect(remote.hello({ replicaId: 'a' })).rejects.toMatchObject({ code: 'remote_closed' });
});
