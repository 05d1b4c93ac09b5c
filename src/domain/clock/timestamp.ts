/**
 * The one accepted form of a time: `YYYY-MM-DDTHH:mm:ss.sssZ`, years 0000 to 9999 (R2).
 * Fixed width makes text order time order, so nothing ever compares mixed formats.
 */
import type { Timestamp } from '../events/event.js';

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const dayMs = 86_400_000;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Days from 1970-01-01 to the first of January of that year, in the proleptic Gregorian calendar. */
const daysToYear = (year: number): number => {
  const before = year - 1;
  return 365 * (year - 1970) + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
};

/** Milliseconds since 1970; undefined for what is no text exactly of the form, or names no real time. */
export const timestampToMs = (text: unknown): number | undefined => {
  if (typeof text !== 'string' || text.length !== 24 || !hasSeparators(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const millisecond = digits(text, 20, 23);
  const leap = isLeap(year);
  // A month that there is not has no days, and a part that holds anything but digits is NaN, which is in no range.
  const days = (daysInMonth[month - 1] ?? 0) + (month === 2 && leap ? 1 : 0);
  const isInRange = day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59;
  if (!isInRange || Number.isNaN(year + millisecond)) return undefined;
  const dayNumber = daysToYear(year) + (daysBeforeMonth[month - 1] ?? 0) + (month > 2 && leap ? 1 : 0) + day - 1;
  return dayNumber * dayMs + hour * 3_600_000 + minute * 60_000 + second * 1_000 + millisecond;
};

const hasSeparators = (text: string): boolean =>
  text[4] === '-' &&
  text[7] === '-' &&
  text[10] === 'T' &&
  text[13] === ':' &&
  text[16] === ':' &&
  text[19] === '.' &&
  text[23] === 'Z';

/** Read by hand, since every event that comes in is read so, and a pattern costs several times as much. */
const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

const firstMs = -62_167_219_200_000; // 0000-01-01T00:00:00.000Z
const lastMs = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** The text form of a time; times outside the years 0000 to 9999 take the nearest that has one. */
export const msToTimestamp = (ms: number): Timestamp => {
  const clamped = Math.min(Math.max(Math.trunc(ms), firstMs), lastMs);
  const days = Math.floor(clamped / dayMs);
  const rest = clamped - days * dayMs;
  let year = 1970 + Math.floor(days / 365.2425);
  while (daysToYear(year) > days) year -= 1;
  while (daysToYear(year + 1) <= days) year += 1;
  let dayOfYear = days - daysToYear(year);
  const leap = isLeap(year);
  let month = 0;
  for (; month < 11; month += 1) {
    const length = (daysInMonth[month] ?? 0) + (month === 1 && leap ? 1 : 0);
    if (dayOfYear < length) break;
    dayOfYear -= length;
  }
  const hours = Math.floor(rest / 3_600_000);
  const minutes = Math.floor((rest % 3_600_000) / 60_000);
  const seconds = Math.floor((rest % 60_000) / 1_000);
  return `${pad(year, 4)}-${pad(month + 1, 2)}-${pad(dayOfYear + 1, 2)}T${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)}.${pad(rest % 1_000, 3)}Z` as Timestamp;
};
