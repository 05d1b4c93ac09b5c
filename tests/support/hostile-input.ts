/**
 * Hostile input: valid input of some kind, changed in the ways in which input goes wrong or is
 * made to. Everything follows from a seed and a number, so each input can be made again alone.
 */

export interface Random {
  /** A whole number from 0 up to, and without, this one. */
  readonly below: (most: number) => number;
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Mulberry32 over both numbers. */
export const randomFrom = (seed: number, index: number): Random => {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  const below = (most: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  };
  return { below, pick: (items) => items[below(items.length)] as never };
};

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

/** Values as JSON text, since some of them no value can hold. */
const hostileJson: readonly string[] = [
  'null', 'true', '""', '0', '-0', '-1', '1e400', '-1e400', '5e-324', '9007199254740993', '0.1', '[]', '{}', '[null]',
  '"__proto__"', '{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"prototype":1}',
  '"\\ud800"', '"\\udc00x"', '"\\u0000"', '"\\ufeff"', '"\\u202e"', '"e\\u0301"', '"\\u00e9"', '"toString"', '"hasOwnProperty"',
  '{"a":1,"a":2}', '{"$increment":1}', '{"$add":["x"],"$remove":[1]}', '{"$splice":[[0,-1,"x"]]}', '{"$splice":[[1e9,1e9,""]]}',
  '"local"', '"remote"', '"a:1"', '"a:0"', '":1"', '"a:-1"', '"a:9007199254740993"', '["a:1","a:1"]', '"2026-02-30T10:00:00.000Z"',
  '"9999-12-31T23:59:59.999Z"', '"+010000-01-01T00:00:00.000Z"', '"1970-01-01"', '"NaN"', 'NaN', 'undefined', '-', '"',
  nested(70, '[', ']'), nested(70, '{"a":', '}').replace(':}', ':1}'), nested(20_000, '[', ']'), `"${'x'.repeat(70_000)}"`,
  `[${'0,'.repeat(2_000)}0]`, `{${Array.from({ length: 300 }, (_, index) => `"k${index}":1`).join(',')}}`,
]; // prettier-ignore

interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

const placesIn = (value: unknown, places: Place[] = []): Place[] => {
  if (typeof value !== 'object' || value === null) return places;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    places.push({ holder, key });
    placesIn(holder[key], places);
  }
  return places;
};

const marker = '@hostile@';

/** Puts hostile JSON in the place of a part, or beside it. */
const withHostilePart = (value: unknown, random: Random): string => {
  const copy = structuredClone(value);
  const places = placesIn(copy);
  if (places.length === 0) return random.pick(hostileJson);
  for (let count = 1 + random.below(2); count > 0; count -= 1) {
    const { holder, key } = random.pick(places);
    const members = holder as Record<string, unknown>;
    switch (random.below(5)) {
      case 0:
        delete members[key];
        break;
      case 1:
        if (!Array.isArray(holder)) members[random.pick(['__proto__x', 'constructor', 'extra', '\u0000', ''])] = marker;
        break;
      case 2:
        members[key] = structuredClone(random.pick(places).holder);
        break;
      default:
        members[key] = marker;
    }
  }
  return JSON.stringify(copy)
    .replaceAll('__proto__x', '__proto__')
    .replaceAll(`"${marker}"`, () => random.pick(hostileJson));
};

/** Changes bytes: some flip, go, come or stand twice, and some are no UTF-8. */
export const withHostileBytes = (bytes: Buffer, random: Random): Buffer => {
  let changed = Buffer.from(bytes);
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const at = random.below(Math.max(1, changed.length));
    switch (random.below(5)) {
      case 0:
        if (changed.length > 0) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 1:
        changed = changed.subarray(0, at);
        break;
      case 2:
        changed = Buffer.concat([
          changed.subarray(0, at),
          changed.subarray(Math.min(changed.length, at + random.below(40))),
        ]);
        break;
      case 3:
        changed = Buffer.concat([
          changed.subarray(0, at),
          Buffer.from(random.pick(['\0', '\ufeff', '\n', '}{', '"', '\\'])),
          changed.subarray(at),
        ]);
        break;
      default:
        changed = Buffer.concat([
          changed.subarray(0, at),
          Buffer.from([0xff, 0xc0, 0xed, 0xa0, 0x80].slice(random.below(4))),
          changed.subarray(at),
        ]);
    }
  }
  return changed;
};

/** Hostile text made of a valid value; one in twenty is left as it is, so that what is sound is seen to pass. */
export const hostileText = (value: unknown, random: Random): Buffer => {
  const kind = random.below(20);
  if (kind === 0) return Buffer.from(JSON.stringify(value));
  if (kind === 1) return Buffer.from(random.pick(hostileJson));
  const text = Buffer.from(withHostilePart(value, random));
  return kind < 6 ? withHostileBytes(text, random) : text;
};

/** The same parsed, where it is JSON at all. */
export const hostileValue = (value: unknown, random: Random): unknown => {
  const text = hostileText(value, random).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return random.pick<unknown>([
      text,
      NaN,
      -0,
      undefined,
      Infinity,
      10n,
      () => 1,
      Symbol('x'),
      new Date(0),
      new Map(),
    ]);
  }
};
