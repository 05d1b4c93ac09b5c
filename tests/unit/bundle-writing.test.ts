/** Writing bundles: a file is the old one or the new one, and a stream is never overrun. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writeBundle } from '../../src/adapters/remote/bundle/index.js';
import { bytesOf, eventNumber, eventNumbers, eventsIn, inBatches, plainBundle, readAll } from '../support/bundles.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const events = eventNumbers(1, 7);

describe('a file', () => {
  test('has one event a line, compressed if it is asked for or the name says so', async () => {
    const folder = temporaryFolder();
    const write = (name: string, options = {}) => writeBundle(join(folder, name), inBatches(events), options);

    expect(await write('plain.ndjson')).toEqual({ events: 7 });
    await write('named.ndjson.gz');
    await write('asked.ndjson', { gzip: true });
    await write('not-asked.gz', { gzip: false });

    expect(readFileSync(join(folder, 'plain.ndjson'))).toEqual(plainBundle(events));
    expect(gunzipSync(readFileSync(join(folder, 'named.ndjson.gz')))).toEqual(plainBundle(events));
    expect(gunzipSync(readFileSync(join(folder, 'asked.ndjson')))).toEqual(plainBundle(events));
    expect(readFileSync(join(folder, 'not-asked.gz'))).toEqual(plainBundle(events));
    expect(readdirSync(folder)).toHaveLength(4);
  });

  test('stays as it was when the events end in a failure or are given up, and nothing is left beside it', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'bundle.ndjson');
    await writeBundle(file, inBatches(events));
    const failure = new Error('the store is gone');
    async function* failing() {
      yield [eventNumber(99)];
      throw failure;
    }
    const aborted = AbortSignal.abort(failure);

    await expect(writeBundle(file, failing())).rejects.toBe(failure);
    await expect(writeBundle(file, inBatches(events), { signal: aborted })).rejects.toBe(failure);

    expect(readFileSync(file)).toEqual(plainBundle(events));
    expect(readdirSync(folder)).toEqual(['bundle.ndjson']);
  });

  test('is replaced behind a link, and keeps who may read it', async () => {
    const folder = temporaryFolder();
    const [file, link] = [join(folder, 'private.ndjson'), join(folder, 'link.ndjson')];
    writeFileSync(file, 'old', { mode: 0o600 });
    symlinkSync(file, link);

    await writeBundle(link, inBatches(events));

    expect(readFileSync(file)).toEqual(plainBundle(events));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(link)).toEqual(plainBundle(events));
  });

  test('without events is empty, and is a bundle', async () => {
    const file = join(temporaryFolder(), 'empty.ndjson.gz');

    await writeBundle(file, inBatches([]));

    expect(await readAll(file)).toEqual({ lines: [], error: undefined });
  });

  test('that cannot be written is named', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));

    for (const name of ['folder', 'none/bundle.ndjson'])
      await expect(writeBundle(join(folder, name), inBatches(events))).rejects.toMatchObject({
        code: 'bundle_unwritable',
        facts: { file: join(folder, name) },
      });
    expect(readdirSync(folder)).toEqual(['folder']);
  });

  test.skipIf(!existsSync('/dev/full'))('what is no file is written to, not replaced', async () => {
    await expect(writeBundle('/dev/full', inBatches(events))).rejects.toMatchObject({
      code: 'bundle_unwritable',
      facts: { systemCode: 'ENOSPC' },
    });
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});

describe('a stream', () => {
  test('gets the same bytes, compressed only if it is asked for, and is left open', async () => {
    expect(await bytesOf(events, false)).toEqual(plainBundle(events));
    expect(gunzipSync(await bytesOf(events, true))).toEqual(plainBundle(events));

    const open = new Writable({ write: (_chunk, _encoding, done) => done() });
    await writeBundle(open, inBatches(events));
    expect(open.writable).toBe(true);
    expect(open.listenerCount('error')).toBe(0);
  });

  test('that is slow is waited for', async () => {
    let taken = 0;
    let ahead = 0;
    async function* source() {
      for (let seq = 1; seq <= 200; seq += 1) {
        ahead = Math.max(ahead, seq * 10_000 - taken);
        yield [eventNumber(seq, 'laptop', 'x'.repeat(10_000))];
      }
    }
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        taken += chunk.length;
        setTimeout(done, 1);
      },
    });

    await writeBundle(slow, source());

    expect(taken).toBeGreaterThan(2_000_000);
    expect(ahead).toBeLessThan(200_000);
  });

  test('that is closed by its reader ends the writing with a failure, not the process', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });

    await expect(writeBundle(broken, inBatches(events))).rejects.toMatchObject({ code: 'bundle_unwritable' });
  });
});

test('what was written is read back', async () => {
  const file = join(temporaryFolder(), 'bundle.ndjson.gz');
  await writeBundle(file, inBatches(events));

  expect(eventsIn((await readAll(file)).lines)).toEqual(events);
});
