/**
 * The same log gives the same bytes, whatever the machine thinks of time, language and order (I9): histories of every
 * kind stand in the repository with the digests of what follows from them, and are folded by processes with other time
 * zones, languages and hash seeds. Another version of Node, or another system, is held against the same file.
 *
 * A digest that changes is a change of the rules: then every replica in the field would have to change at once.
 * `REKNIT_GOLDEN=write` makes the file anew.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  byConflict,
  cascade,
  counter,
  definePolicy,
  defineResource,
  list,
  priorityBased,
  reference,
  register,
  set,
  text,
  threeWay,
  union,
  userChoice,
  type Json,
  type ReknitEvent,
} from '../../src/index.js';
import { arbitraryHistory, everythingOptions } from '../support/histories/history.js';
import { buildProgram, library } from '../support/program.js';

const vectors = fileURLToPath(new URL('../golden/histories.ndjson.gz', import.meta.url));
const digestsFile = fileURLToPath(new URL('../golden/digests.txt', import.meta.url));
const program = fileURLToPath(new URL('../support/golden-digests.mjs', import.meta.url));
const historiesCount = 240;

interface Folded {
  readonly digests: readonly string[];
  /** Offset from UTC, and locale. */
  readonly place: string;
}

const folded = (environment: Readonly<Record<string, string>> = {}, ...options: readonly string[]): Folded => {
  const { TZ: _zone, LANG: _lang, LC_ALL: _all, ...rest } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...options, program, dirname(library), vectors], {
    env: { ...rest, ...environment },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Folded;
};

beforeAll(async () => {
  await buildProgram();
  if (process.env['REKNIT_GOLDEN'] !== 'write') return;
  writeFileSync(vectors, gzipSync(madeAnew(), { level: 9 }));
  writeFileSync(digestsFile, `${folded().digests.join('\n')}\n`);
}, 120_000);

/** Every kind of field and conflict; names and values in which languages differ. */
const madeAnew = (): string => {
  const fields = {
    title: register<string>(undefined, { strategy: threeWay() }),
    status: register<string>(undefined, { strategy: userChoice() }),
    priority: register(undefined, { strategy: union() }),
    votes: counter(),
    tags: set(),
    steps: list(),
    notes: text(),
    parent: reference('task', { onDelete: cascade() }),
  };
  const policies = [
    definePolicy({ name: 'last write', version: 1 }),
    definePolicy({
      name: 'kinds',
      version: 1,
      default: priorityBased(),
      resources: [defineResource('task', { version: 1, fields })],
    }),
    definePolicy({
      name: 'people',
      version: 2,
      default: byConflict({ create_create: priorityBased(), concurrent_modification: userChoice() }),
      resources: [
        defineResource('task', {
          version: 1,
          fields: { street: register(), city: register(), parent: reference('task') },
        }).group('address', ['street', 'city']),
      ],
    }),
  ];
  const values: readonly Json[] = [
    'I',
    'ı',
    'i',
    'ß',
    'SS',
    'é',
    'e\u0301',
    'Z',
    'z',
    '10',
    '9',
    1e-7,
    1.5,
    123456789012,
    null,
    true,
    { b: 1, a: [0.1] },
    '😀',
    '\uffff',
  ];
  const valuesByField: Readonly<Record<string, readonly Json[]>> = {
    votes: [1, '9007199254740993', { $increment: 1 }, { $increment: -3 }],
    tags: [['I', 'ı'], { $add: ['é'] }, { $remove: ['é'] }, { $add: [{ y: 1, x: 2 }] }],
    steps: [[1, 2], { $splice: [[0, 1, ['x']]] }, { $splice: [[1, 0, ['y', 'z']]] }],
    notes: ['hello', { $splice: [[0, 0, 'ab']] }, { $splice: [[1, 1, '😀']] }],
  };
  const histories = [0, 1, 2].flatMap((policy) =>
    fc
      .sample(
        arbitraryHistory({
          ...everythingOptions,
          values,
          ...(policy === 1 ? { valuesByField, fields: Object.keys(fields) } : {}),
        }),
        { seed: 20_260_202 + policy, numRuns: historiesCount / 3 },
      )
      .map(({ events }) => ({ policy, events })),
  );
  return [{ policies: policies.map(({ data }) => data) }, ...histories].map((line) => JSON.stringify(line)).join('\n');
};

const wanted = (): readonly string[] => readFileSync(digestsFile, 'utf8').trim().split('\n');

test('the histories are many, and say much', () => {
  const [, ...lines] = gunzipSync(readFileSync(vectors)).toString('utf8').trim().split('\n');
  const all = lines.map((line) => JSON.parse(line) as { readonly events: readonly ReknitEvent[] });

  expect(all.length).toBe(historiesCount);
  expect(wanted().length).toBe(historiesCount);
  expect(all.flatMap(({ events }) => events).length).toBeGreaterThan(2_000);
  expect(new Set(wanted()).size).toBeGreaterThan(200);
});

describe('what follows from a history', () => {
  let here: Folded;
  beforeAll(() => {
    here = folded({ TZ: 'UTC', LC_ALL: 'C' });
  });

  test('is what it was when it was written down', () => {
    expect(here.digests).toEqual(wanted());
  });

  test.each([
    ['east of the date line, in Turkish', { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8' }, []],
    ['half an hour off, in Lithuanian', { TZ: 'America/St_Johns', LC_ALL: 'lt_LT.UTF-8' }, []],
    ['in summer time, in German, with other hashes', { TZ: 'Europe/Berlin', LC_ALL: 'de_DE.UTF-8' }, ['--hash-seed=7']],
    [
      'in Arabic, without what is known of languages',
      { TZ: 'Asia/Kathmandu', LC_ALL: 'ar_EG.UTF-8', NODE_ICU_DATA: '/nowhere' },
      ['--hash-seed=99'],
    ],
  ])('is the same %s', (_, environment, options) => {
    const there = folded(environment, ...options);

    expect(there.digests).toEqual(wanted());
    // The process was somewhere else indeed.
    expect(there.place).not.toBe(here.place);
  });
}, 60_000);
