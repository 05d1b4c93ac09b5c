/** Reading bundles as they really come: edited by hand, saved by other programs, cut off, or hostile. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  asGzip,
  cutInto,
  eventNumber,
  eventNumbers,
  eventsIn,
  plainBundle,
  readAll,
  sha256,
} from '../support/bundles.js';
import { readBundle } from '../../src/adapters/remote/bundle/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const [one, two, three] = [eventNumber(1), eventNumber(2), eventNumber(3)].map((event) => JSON.stringify(event)) as [
  string,
  string,
  string,
];

const linesAndCodes = async (
  bytes: Uint8Array | string,
  options = {},
): Promise<readonly (readonly [number, string])[]> => {
  const { lines, error } = await readAll(Buffer.from(bytes), options);
  expect(error).toBeUndefined();
  return lines.map(({ line, result }) => [line, result.ok ? result.value.dot : result.error.code]);
};

describe('lines', () => {
  test('a line that is refused is given with its number, its reason and its text, and stops nothing', async () => {
    const { lines } = await readAll(Buffer.from(`${one}\n{"eventId": oops}\n${two}\n{"eventId":"x"}\n[]\n${three}\n`));

    expect(lines.map(({ line, result }) => [line, result.ok || result.error.code])).toEqual([
      [1, true],
      [2, 'bad_json'],
      [3, true],
      [4, 'missing_member'],
      [5, 'not_an_event'],
      [6, true],
    ]);
    expect(lines[1]?.text).toBe('{"eventId": oops}');
    expect(lines[0]).not.toHaveProperty('text');
  });

  test('a byte order mark, CRLF, empty lines and a missing last line end do no harm', async () => {
    expect(await linesAndCodes(`\uFEFF${one}\r\n\r\n   \n\t\r\n${two}\r\n${three}`)).toEqual([
      [1, 'laptop:1'],
      [5, 'laptop:2'],
      [6, 'laptop:3'],
    ]);
    expect(await linesAndCodes(`\uFEFF\n${one}`)).toEqual([[2, 'laptop:1']]);
  });

  test('half a line at the end is refused with its number', async () => {
    expect(await linesAndCodes(`${one}\n${two.slice(0, 40)}`)).toEqual([
      [1, 'laptop:1'],
      [2, 'bad_json'],
    ]);
  });

  test('what is no UTF-8 is refused where it stands, never repaired in silence', async () => {
    const broken = Buffer.from(two.replace('title 2', 'title _'));
    broken[broken.indexOf('_')] = 0xe9;
    const bytes = Buffer.concat([Buffer.from(`${one}\n`), broken, Buffer.from(`\n${three}\n`)]);

    for (const places of [[], [broken.indexOf(0xe9) + one.length + 1, broken.indexOf(0xe9) + one.length + 2]]) {
      const { lines } = await readAll(cutInto(bytes, places));
      expect(lines.map(({ result }) => result.ok)).toEqual([true, false, true]);
      expect(lines[1]?.result).toMatchObject({
        error: { code: 'bad_json', message: expect.stringContaining('UTF-8') as string },
      });
      expect(lines[1]?.text).toContain('title \uFFFD');
    }
  });

  test('nothing inside a character is taken for a line end, and U+2028 is none', async () => {
    const event = eventNumber(1, 'laptop', 'a\u2028b\u0085c 😀 \u010A');

    const { lines } = await readAll(
      cutInto(
        plainBundle([event]),
        Array.from({ length: 400 }, (_, index) => index),
      ),
    );

    expect(eventsIn(lines)).toEqual([event]);
  });

  test('a line that is too long is refused with its number, and the next one is read', async () => {
    const giant = JSON.stringify({ ...eventNumber(2), note: 'x'.repeat(5_000) });

    expect(await linesAndCodes(`${one}\n${giant}\n${three}\n`, { maxLineBytes: 4_000 })).toEqual([
      [1, 'laptop:1'],
      [2, 'too_large'],
      [3, 'laptop:3'],
    ]);
    expect(await linesAndCodes(`${one}\n${giant}`, { maxLineBytes: 4_000 })).toEqual([
      [1, 'laptop:1'],
      [2, 'too_large'],
    ]);
  });

  test('a line may be exactly as long as is allowed', async () => {
    const bytes = Buffer.byteLength(one);

    expect(await linesAndCodes(`${one}\n`, { maxLineBytes: bytes })).toEqual([[1, 'laptop:1']]);
    expect(await linesAndCodes(`${one}\n`, { maxLineBytes: bytes - 1 })).toEqual([[1, 'too_large']]);
  });

  test('an empty source has no lines', async () => {
    for (const bytes of ['', '\n', '\uFEFF', asGzip('', true)]) expect(await linesAndCodes(bytes)).toEqual([]);
    expect(await readAll(Readable.from([]))).toEqual({ lines: [], error: undefined });
  });

  test('a stream that was told an encoding is read like any other', async () => {
    const { lines } = await readAll(Readable.from([Buffer.from(`${one}\n`)]).setEncoding('utf8'));

    expect(eventsIn(lines)).toEqual([eventNumber(1)]);
  });
});

describe('compressed bundles', () => {
  test('are known by their first bytes, not by their name', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'plain.ndjson.gz'), `${one}\n`);
    writeFileSync(join(folder, 'compressed.ndjson'), asGzip(`${one}\n`, true));

    for (const name of ['plain.ndjson.gz', 'compressed.ndjson'])
      expect(eventsIn((await readAll(join(folder, name))).lines)).toEqual([eventNumber(1)]);
  });

  test('may have several members, with a line going from one into the next', async () => {
    const bytes = Buffer.concat([
      gzipSync(`${one}\n${two.slice(0, 30)}`),
      gzipSync(`${two.slice(30)}\n`),
      gzipSync(three),
    ]);

    const { lines, error } = await readAll(bytes);

    expect(error).toBeUndefined();
    expect(eventsIn(lines)).toEqual(eventNumbers(1, 3));
  });

  test('that were cut off give what is complete, then say so and where', async () => {
    const events = eventNumbers(1, 2_000);
    const whole = asGzip(plainBundle(events), true);

    const { lines, error } = await readAll(whole.subarray(0, whole.length - 100));

    expect(lines.every(({ result }) => result.ok)).toBe(true);
    expect(eventsIn(lines)).toEqual(events.slice(0, lines.length));
    expect(lines.length).toBeGreaterThan(1_500);
    expect(error).toMatchObject({ code: 'bundle_truncated', facts: { line: lines.length + 1 } });
  });

  test('that are damaged, or have something behind them, say so', async () => {
    const compressed = asGzip(plainBundle(eventNumbers(1, 50)), true);
    const flipped = Buffer.from(compressed);
    flipped[flipped.length - 6] = (flipped[flipped.length - 6] ?? 0) ^ 1;

    expect((await readAll(flipped)).error).toMatchObject({ code: 'bundle_corrupt' });
    expect((await readAll(Buffer.concat([compressed, Buffer.from('{}')]))).error).toMatchObject({
      code: 'bundle_corrupt',
    });
    for (const zeros of [Buffer.alloc(1), Buffer.alloc(70_000), Buffer.concat([Buffer.alloc(5), compressed])])
      for (const places of [[], [compressed.length], [compressed.length + 1]]) {
        const { lines, error } = await readAll(cutInto(Buffer.concat([compressed, zeros]), places));
        expect(eventsIn(lines)).toEqual(eventNumbers(1, 50));
        expect(error).toMatchObject({ code: 'bundle_truncated' });
      }
  });
});

describe('bounds', () => {
  test('a line of 300 MB, compressed to almost nothing, is refused without being held', async () => {
    async function* bomb(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${one}\n`);
      for (let count = 0; count < 300; count += 1) yield Buffer.alloc(1024 * 1024, 'x');
      yield Buffer.from(`\n${three}\n`);
    }
    const before = process.memoryUsage().rss;
    let largest = 0;
    const watch = setInterval(() => {
      largest = Math.max(largest, process.memoryUsage().rss);
    }, 5);

    const { lines } = await readAll(Readable.from(bomb()).pipe(createGzip({ level: 1 })));
    clearInterval(watch);

    expect(lines.map(({ line, result }) => [line, result.ok])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(lines[1]?.text?.length).toBeLessThan(2_000);
    expect(largest - before).toBeLessThan(150 * 1024 * 1024);
  });

  test('nothing is read ahead of a slow reader', async () => {
    let given = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (; given < 100; given += 1) yield plainBundle([eventNumber(given + 1)]);
    }

    const reading = readBundle(source(), { sha256 });
    await reading.next();

    expect(given).toBeLessThan(5);
    await reading.return();
  });

  test('much that is given at once comes in portions', async () => {
    let largest = 0;
    for await (const lines of readBundle(cutInto(plainBundle(eventNumbers(1, 2_000)), []), { sha256 }))
      largest = Math.max(largest, lines.length);

    expect(largest).toBeLessThan(500);
  });
});

describe('ends', () => {
  test('a reader that has seen enough closes the source', async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield plainBundle([eventNumber(1)]);
      } finally {
        isClosed = true;
      }
    }

    for await (const lines of readBundle(source(), { sha256 })) if (lines.length > 0) break;

    expect(isClosed).toBe(true);
  });

  test('a signal ends the reading at once, also of a source that is stuck', async () => {
    const reason = new Error('enough');
    const stuck = new Readable({ read: () => undefined });
    for (const source of [stuck, cutInto(plainBundle(eventNumbers(1, 3)), [])]) {
      const controller = new AbortController();
      setImmediate(() => controller.abort(reason));
      if (source !== stuck) controller.abort(reason);

      expect((await readAll(source, { signal: controller.signal })).error).toBe(reason);
    }
    expect(stuck.destroyed).toBe(true);
  });

  test('what the source throws reaches the reader, after the lines before it', async () => {
    const failure = new Error('unplugged');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${one}\n`);
      throw failure;
    }

    const { lines, error } = await readAll(source());

    expect(eventsIn(lines)).toEqual([eventNumber(1)]);
    expect(error).toBe(failure);
  });

  test('a file that is not there, or cannot be read, is named', async () => {
    const folder = temporaryFolder();

    expect((await readAll(join(folder, 'none'))).error).toMatchObject({
      code: 'bundle_not_found',
      facts: { file: join(folder, 'none') },
    });
    expect((await readAll(folder)).error).toMatchObject({ code: 'bundle_unreadable', facts: { systemCode: 'EISDIR' } });
  });
});
