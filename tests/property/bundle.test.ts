/**
 * Bundles as laws: what is written is read back whatever it is cut into, a reader that looks
 * at all bytes at once sees the same lines, and a crash at any byte costs nothing that was
 * acknowledged.
 */
import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleRemote } from '../../src/adapters/remote/bundle/index.js';
import { vectorFrom } from '../../src/domain/causality/version-vector.js';
import { parseEventLine } from '../../src/domain/events/parse.js';
import {
  arbitraryEvents,
  bytesOf,
  cutInto,
  eventNumber,
  eventNumbers,
  eventsIn,
  plainBundle,
  readAll,
  sealedOf,
  sha256,
} from '../support/bundles.js';
import { propertyOptions } from '../support/property-options.js';
import { createFolder } from '../support/temporary-folder.js';

const folder = createFolder();
afterAll(folder.remove);

const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('a bundle', () => {
  test('is read back as it was written, to the order of members, whatever it is cut into', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryEvents(),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        cuts,
        async (events, gzip, size, places) => {
          const { lines, error } = await readAll(cutInto(await bytesOf(events, gzip, size), places));

          expect(error).toBeUndefined();
          expect(eventsIn(lines).map((event) => JSON.stringify(event))).toEqual(
            events.map((event) => JSON.stringify(event)),
          );
          expect(lines.map(({ line }) => line)).toEqual(events.map((_, index) => index + 1));
        },
      ),
      propertyOptions(),
    );
  });

  test('of any bytes has the lines that all of it at once has', async () => {
    const sound = JSON.stringify(eventNumber(1, 'é', '😀'));
    const pieces = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('\n', '\r\n', '\n\n', ' ', '\uFEFF', '\0') },
      { weight: 3, arbitrary: fc.constantFrom(sound, sound.slice(0, 30), `${sound} `, '{}') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    );
    const bytes = fc
      .array(
        fc.oneof(
          pieces.map((text) => Buffer.from(text)),
          fc.uint8Array({ maxLength: 4 }),
        ),
        { maxLength: 12 },
      )
      .map((parts) => Buffer.concat(parts))
      .filter((all) => !(all[0] === 0x1f && all[1] === 0x8b));

    await fc.assert(
      fc.asyncProperty(bytes, cuts, fc.boolean(), async (all, places, gzip) => {
        const { lines } = await readAll(cutInto(gzip ? gzipSync(all) : all, places), { maxLineBytes: 600 });

        expect(lines.map(({ line, result }) => [line, result.ok || result.error.code])).toEqual(linesAtOnce(all, 600));
      }),
      propertyOptions({ numRuns: 300 }),
    );
  });

  test('that was cut off at any byte gives a beginning of what it held, and says so', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents(60), fc.nat(), cuts, async (events, at, places) => {
        const whole = await bytesOf(events, true);
        const length = 2 + (at % (whole.length - 2));

        const { lines, error } = await readAll(cutInto(whole.subarray(0, length), places));

        expect(eventsIn(lines)).toEqual(events.slice(0, lines.length));
        expect(error).toMatchObject({ code: 'bundle_truncated' });
      }),
      propertyOptions(),
    );
  });
});

describe('a bundle file as a remote', () => {
  const file = join(folder.path, 'crashed');
  const [before, torn, after] = [eventNumbers(1, 3), eventNumbers(4, 6), eventNumbers(7, 8)];
  const everything = [...before, ...torn, ...after];

  /** The file with a push that got as far as some byte; what the disk lost beyond it is missing, or zeros. */
  const crashAt = async (gzip: boolean, at: number, hasZeros: boolean): Promise<void> => {
    writeFileSync(file, '');
    const remote = bundleRemote({ file, gzip });
    await remote.push(before.map(sealedOf));
    const acknowledged = readFileSync(file).length;
    await remote.push(torn.map(sealedOf));
    await remote.close();
    const whole = readFileSync(file);
    const length = acknowledged + (at % (whole.length - acknowledged + 1));
    const zeros = hasZeros ? whole.length - length : 0;
    writeFileSync(file, Buffer.concat([whole.subarray(0, length), Buffer.alloc(zeros)]));
  };

  test.each([
    ['plain', false],
    ['gzipped', true],
  ])('loses nothing and gives nothing twice after a crash at any byte, %s', async (_name, gzip) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (at, hasZeros) => {
        await crashAt(gzip, at, hasZeros);
        const remote = bundleRemote({ file, gzip });
        const first = await remote.pull({ cursor: undefined, cut: vectorFrom([]), limit: 4 });

        const verdicts = await remote.push([...torn, ...after].map(sealedOf));
        const rest = await remote.pull({ cursor: first.cursor, cut: vectorFrom([]), limit: 100 });
        await remote.close();
        const { lines, error } = await readAll(file);

        expect(verdicts.slice(torn.length)).toEqual(after.map(() => ({ type: 'accepted' })));
        expect([...first.events, ...rest.events]).toEqual(everything);
        expect(error).toBeUndefined();
        expect(eventsIn(lines)).toEqual(everything);
        if (!gzip) expect(readFileSync(file)).toEqual(plainBundle(everything));
      }),
      propertyOptions({ numRuns: 60 }),
    );
  });
});

/** All bytes at once, by the simplest means: the oracle. */
const linesAtOnce = (all: Buffer, lineBytesMax: number): readonly (readonly [number, string | true])[] => {
  const found: (readonly [number, string | true])[] = [];
  const lines = all.toString('latin1').split('\n');
  for (const [index, latin1] of lines.entries()) {
    const given = Buffer.from(latin1, 'latin1');
    const bytes = Buffer.from(latin1.replace(index === 0 ? /^\xEF\xBB\xBF/ : /^$/, ''), 'latin1');
    const text = bytes.toString('utf8').replace(/\r$/, '');
    if (given.length > lineBytesMax) found.push([index + 1, 'too_large']);
    else if (/^[ \t\r]*$/.test(text)) continue;
    else if (!isUtf8(bytes)) found.push([index + 1, 'bad_json']);
    else {
      const result = parseEventLine(text, sha256);
      found.push([index + 1, result.ok || result.error.code]);
    }
  }
  return found;
};
