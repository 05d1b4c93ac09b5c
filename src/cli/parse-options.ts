/** Texts of the command line as values; what does not fit is told by the option's name. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { parseCut, type Cut, type Json, type JsonObject } from '../index.js';
import { usageError } from './errors.js';

export const naturalNumber = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
};

export const jsonValue = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new InvalidArgumentError('It must be JSON: quote a text, as in \'"done"\'.');
  }
};

export const jsonObject = (text: string): JsonObject | null => {
  const value = jsonValue(text);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw new InvalidArgumentError('It must be a JSON object from field to value.');
  return value as JsonObject | null;
};

/** `name=value`, where a value that is no JSON is a text; several are collected. */
export const assignment = (
  text: string,
  before: Readonly<Record<string, Json>> = {},
): Readonly<Record<string, Json>> => {
  const end = text.indexOf('=');
  if (end < 1) throw new InvalidArgumentError('It must be field=value.');
  const name = text.slice(0, end);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  // Entries, since an assignment to "__proto__" would make no field.
  return Object.fromEntries([...Object.entries(before), [name, jsonOrText(text.slice(end + 1))]]);
};

const jsonOrText = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

export const textList = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
];

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const;

/** `90d`, `12h` or `15m`, in milliseconds; undefined for anything else. */
export const durationMs = (text: string): number | undefined => {
  const [, count, unit] = /^(\d+)([dhm])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * unitMs[unit as keyof typeof unitMs];
};

export const duration = (text: string): number => {
  const ms = durationMs(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('It must be such as 30d, 12h or 15m.');
  return ms;
};

/** A cut as JSON, or `@FILE` with one. */
export const cutFrom = (text: string): Cut => {
  try {
    const json = text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text;
    return parseCut(JSON.parse(json) as Cut);
  } catch (error) {
    throw usageError(
      `a cut is JSON from replica to number, such as {"laptop":12}: ${error instanceof Error ? error.message : String(error)}`,
      { cut: text },
    );
  }
};

export const auditHead = (text: string): { readonly count: number; readonly hash: string } => {
  const match = /^(\d+):([0-9a-f]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be NUMBER:HASH, as "reknit status" shows it.');
  return { count: Number(match[1]), hash: match[2] ?? '' };
};

export const priority = (text: string): string | number => (/^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text);
