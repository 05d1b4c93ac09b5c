/** The hybrid clock and the one form of a time: calendars, borders, and what a bad clock does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockOrigin, compareReadings, tick, witness } from '../../src/domain/clock/hybrid-clock.js';
import { msToTimestamp, timestampToMs } from '../../src/domain/clock/timestamp.js';
import { eventLimits } from '../../src/domain/events/limits.js';
import { propertyOptions } from '../support/property-options.js';

const firstMs = Date.UTC(1970, 0, 1) - 62_167_219_200_000;
const lastMs = Date.UTC(10_000, 0, 1) - 1;

describe('a time as a text (R2)', () => {
  test('is what the platform writes, about each end of a month, and there and back', () => {
    const years = [1, 2, 3, 4, 5, 99, 100, 101, 399, 400, 401, 1900, 1968, 1969, 1970, 1971, 1972, 1973, 1999, 2000];
    const moments = [...years, 2001, 2023, 2024, 2025, 2100, 2399, 2400, 9_600, 9_996, 9_999].flatMap((year) =>
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].flatMap((month) => {
        const start = new Date(0).setUTCFullYear(year, month, 1);
        return [start - 86_400_001, start - 86_400_000, start - 1, start, start + 86_399_999];
      }),
    );
    const texts = moments.map((ms) => new Date(ms).toISOString());

    expect(moments.map(msToTimestamp)).toEqual(texts);
    expect(texts.map(timestampToMs)).toEqual(moments);
  });

  test('is what the platform writes, for any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: firstMs, max: lastMs }), (ms) => {
        const text = new Date(ms).toISOString();
        expect(msToTimestamp(ms)).toBe(text);
        expect(timestampToMs(text)).toBe(ms);
      }),
      propertyOptions({ numRuns: 200 }),
    );
  });

  test('takes the nearest time that has one, and drops what is less than a millisecond', () => {
    expect(msToTimestamp(firstMs)).toBe('0000-01-01T00:00:00.000Z');
    expect(msToTimestamp(firstMs - 1)).toBe('0000-01-01T00:00:00.000Z');
    expect(msToTimestamp(-Infinity)).toBe('0000-01-01T00:00:00.000Z');
    expect(msToTimestamp(lastMs)).toBe('9999-12-31T23:59:59.999Z');
    expect(msToTimestamp(lastMs + 1)).toBe('9999-12-31T23:59:59.999Z');
    expect(msToTimestamp(0.9)).toBe('1970-01-01T00:00:00.000Z');
  });

  test.each([
    ['2024-02-29T00:00:00.000Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T23:59:59.999Z', Date.UTC(2000, 2, 1) - 1],
    ['2026-01-01T00:00:00.000Z', Date.UTC(2026, 0, 1)],
    ['2026-09-19T19:09:09.099Z', Date.UTC(2026, 8, 19, 19, 9, 9, 99)],
    ['2026-12-31T23:59:59.999Z', Date.UTC(2027, 0, 1) - 1],
  ])('%s is a time', (text, ms) => {
    expect(timestampToMs(text)).toBe(ms);
  });

  test.each([
    '',
    '2026-11-05T08:30:00Z',
    '2026-11-05T08:30:00.000',
    '2026-11-05T08:30:00.0000Z',
    '2026-11-05T08:30:00.000Z0',
    ' 2026-11-05T08:30:00.00Z',
    '2026-11-05T08:30:00.000z',
    '2026-11-05t08:30:00.000Z',
    '2026/11-05T08:30:00.000Z',
    '2026-11/05T08:30:00.000Z',
    '2026-11-05 08:30:00.000Z',
    '2026-11-05T08.30:00.000Z',
    '2026-11-05T08:30.00.000Z',
    '2026-11-05T08:30:00,000Z',
    '2026-11-05T08:30:00.000+',
    '2026-00-05T08:30:00.000Z',
    '2026-13-05T08:30:00.000Z',
    '2026-11-00T08:30:00.000Z',
    '2026-11-31T08:30:00.000Z',
    '2026-01-32T08:30:00.000Z',
    '2026-02-29T08:30:00.000Z',
    '2024-02-30T08:30:00.000Z',
    '2100-02-29T08:30:00.000Z',
    '2026-11-05T24:00:00.000Z',
    '2026-11-05T08:60:00.000Z',
    '2026-11-05T08:30:60.000Z',
    '2a26-11-05T08:30:00.000Z',
    '-026-11-05T08:30:00.000Z',
    '2026-1:-05T08:30:00.000Z',
    '2026-/1-05T08:30:00.000Z',
    '2026-11-a5T08:30:00.000Z',
    '2026-11-05T/8:30:00.000Z',
    '2026-11-05T08:3:00.000Z0',
    '2026-11-05T08:x0:00.000Z',
    '2026-11-05T08:30:0x.000Z',
    '2026-11-05T08:30:00.0x0Z',
    '2026-11-05T08:30:00.00:Z',
    '2026-11-05T08:30:00./00Z',
  ])('"%s" is none', (text) => {
    expect(timestampToMs(text)).toBeUndefined();
  });
});

describe('a clock (R10)', () => {
  const at = (wallMs: number, counter = 0) => ({ wallMs, counter });

  test('follows the wall clock while that runs on, and counts where it stands still or was set back', () => {
    expect(tick(clockOrigin, 0)).toEqual(at(0));
    expect(tick(at(5, 7), 6)).toEqual(at(6));
    expect(tick(at(5, 7), 5)).toEqual(at(5, 8));
    expect(tick(at(5, 7), 1)).toEqual(at(5, 8));
  });

  test('takes the next millisecond where the counter is used up', () => {
    expect(tick(at(5, eventLimits.counterMax - 1), 5)).toEqual(at(5, eventLimits.counterMax));
    expect(tick(at(5, eventLimits.counterMax), 5)).toEqual(at(6));
    expect(tick(at(5, eventLimits.counterMax), 9)).toEqual(at(9));
  });

  test('readings stand in the order of their time, and then of their counter', () => {
    const ordered = [clockOrigin, at(0), at(0, 1), at(1), at(1, 1), at(1, 10), at(10, 0)];

    for (const [place, a] of ordered.entries())
      for (const [other, b] of ordered.entries())
        expect(Math.sign(compareReadings(a, b))).toBe(Math.sign(place - other));
  });

  test('goes on from what it has seen, if that is later, and is not too far ahead', () => {
    expect(witness(at(5, 7), at(5, 8), 5, 10)).toEqual(at(5, 8));
    expect(witness(at(5, 7), at(5, 6), 5, 10)).toEqual(at(5, 7));
    expect(witness(at(5, 7), at(4, 9), 5, 10)).toEqual(at(5, 7));
    expect(witness(at(5, 7), at(15), 5, 10)).toEqual(at(15));
    expect(witness(at(5, 7), at(16), 5, 10)).toEqual(at(5, 7));
  });

  test('keeps its own reading where the other says the same', () => {
    const own = at(5, 7);

    expect(witness(own, at(5, 7), 5, 10)).toBe(own);
  });
});
