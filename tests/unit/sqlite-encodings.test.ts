/** How the SQLite store writes down what takes most of its room, and that nothing is lost on the way. */
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { actsFromStored, actsToStored } from '../../src/adapters/sqlite/rows/audit-acts.js';
import { baseOn, type Base } from '../../src/adapters/sqlite/base.js';
import { connectionOn } from '../../src/adapters/sqlite-file/connection.js';
import { halfSipHash } from '../../src/adapters/sqlite/names/event-ids.js';
import { migrate } from '../../src/adapters/sqlite/file/migrations.js';
import { readState } from '../../src/adapters/sqlite/rows/read-state.js';
import { sortKeyOf } from '../../src/adapters/sqlite/names/text-order.js';
import { msToTime, timeToMs } from '../../src/adapters/sqlite/rows/times.js';
import { writeState } from '../../src/adapters/sqlite/rows/write-state.js';
import type { AuditAct } from '../../src/domain/audit/audit-act.js';
import type { AgentId, Dot, EventId, Timestamp } from '../../src/domain/events/event.js';
import type { StoredResource } from '../../src/domain/merge/unit-of-work.js';
import { initialState, type WriteFacts } from '../../src/domain/resource/state.js';
import { compareTexts } from '../../src/domain/resource/resource-key.js';
import { propertyOptions } from '../support/property-options.js';

const emptyBase = (): Base => {
  const driver = new Database(':memory:');
  onTestFinished(() => void driver.close());
  migrate(driver);
  return baseOn(connectionOn(driver));
};

const dot = (text: string): Dot => text as Dot;

const facts = (text: string, more: Partial<WriteFacts> = {}): WriteFacts => ({
  dot: dot(text),
  eventId: `event ${text}` as EventId,
  agentId: 'ann' as AgentId,
  operation: 'update',
  timestamp: '2026-02-02T10:00:00.000Z' as Timestamp,
  counter: 0,
  priority: 1,
  deletes: false,
  ...more,
});

const write = (text: string, value: UnitValue, more?: Partial<WriteFacts>, yielded = false) => ({
  dot: dot(text),
  value,
  facts: more === undefined ? undefined : facts(text, more),
  yielded,
});
type UnitValue = StoredResource['view']['fields'][string] | undefined;

const ref = { resourceType: 'task', resourceId: 'one' };
const view = {
  deleted: false,
  fields: { title: 'a', 9: 1, city: 'x', street: null },
  pendingConflicts: 0,
  updatedAt: '2026-02-02T10:00:00.000Z',
  updatedBy: 'ann',
  references: [],
};

const states: readonly (readonly [name: string, stored: StoredResource])[] = [
  [
    'of nothing but voids',
    {
      state: { ...initialState(ref), heads: [dot('a:1')], hasVoids: true },
      view: { ...view, fields: {}, updatedAt: '', updatedBy: '' },
    },
  ],
  [
    'that nobody contests',
    {
      view,
      state: {
        ...initialState(ref),
        heads: [dot('b:1:7')],
        existence: [facts('b:1:7', { operation: 'resolve', counter: 5, priority: 3 })],
        floor: dot('b:1:7'),
        units: new Map([
          ['title', { siblings: [write('b:1:7', 'a')] }],
          ['9', { siblings: [write('a:2', 1)] }],
          ['address', { siblings: [write('a:1', { city: 'x', street: null })] }],
        ]),
      },
    },
  ],
  [
    'with everything',
    {
      view: { ...view, deleted: true, pendingConflicts: 2, references: [{ resourceType: 'track', resourceId: 't' }] },
      state: {
        ...initialState(ref),
        heads: [dot('a:3'), dot('b:2')],
        existence: [
          facts('a:3', { operation: 'delete', deletes: true }),
          facts('b:2', { operation: 'resolve', deletes: true, priority: -0.5 }),
        ],
        existenceBase: { value: 'alive' },
        units: new Map([
          // The same dot with other facts is another entry, and an absent value is not null.
          [
            'title',
            {
              siblings: [
                write('a:3', undefined, { operation: 'delete', deletes: true }),
                write('b:2', null, { priority: 9 }, true),
              ],
              base: { value: undefined },
            },
          ],
          ['9', { siblings: [write('a:1', 'hidden by the view')], base: { value: { x: [] } } }],
          ['city', { siblings: [write('a:2', undefined)], accumulated: { value: 3, notes: { misfit: true } } }],
          ['gone', { siblings: [write('a:2', undefined)] }],
          ['none', { siblings: [] }],
        ]),
        dependsOn: [{ dot: dot('a:1'), targets: [{ resourceType: 'track', resourceId: 't' }] }],
        kept: [{ conflictId: 'c', dot: dot('b:1') }],
        floor: undefined,
        branches: undefined,
        isLinear: false,
        hasVoids: true,
        effect: { existence: 'cascade', detached: ['street'] },
      },
    },
  ],
  [
    'with many sides, whose floor is no head',
    {
      view,
      state: {
        ...initialState(ref),
        heads: Array.from({ length: 12 }, (_, index) => dot(`r${index}:1`)),
        existence: Array.from({ length: 12 }, (_, index) => facts(`r${index}:1`)),
        floor: dot('a:1'),
        branches: new Map(Array.from({ length: 12 }, (_, index) => [dot(`r${index}:1`), index + 1] as const)),
        isLinear: false,
        units: new Map([
          ['title', { siblings: Array.from({ length: 12 }, (_, index) => write(`r${index}:1`, index, {})) }],
        ]),
      },
    },
  ],
];

describe('a state', () => {
  test.each(states)('%s comes back from its text', (_name, stored) => {
    const { dots } = emptyBase();
    const { references: _references, ...shown } = stored.view;

    expect(readState(ref, writeState(stored, dots), shown, dots)).toEqual(stored);
  });
});

describe('texts in order', () => {
  test('keys and plain texts sort by UTF-8 as the texts do by UTF-16', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\ue001', '\uff5e', '\uffff', '😀', '\u{10ffff}', '\u0000'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const key = (of: string): Buffer => Buffer.from(sortKeyOf(of) ?? of);

        expect(Math.sign(Buffer.compare(key(a), key(b)))).toBe(compareTexts(a, b));
      }),
      propertyOptions({ numRuns: 500 }),
    );
  });

  test('most texts need no key', () => {
    expect(['', 'feat-456', 'Straße', 'Ελλάδα', '日本'].map(sortKeyOf)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('times', () => {
  test('are written as the platform writes them, from the year 0 to 9999', () => {
    const least = Date.parse('0000-01-01T00:00:00.000Z');
    const most = Date.parse('9999-12-31T23:59:59.999Z');
    fc.assert(
      fc.property(fc.integer({ min: least, max: most }), (ms) => {
        const time = new Date(ms).toISOString();

        expect([msToTime(ms), timeToMs(time)]).toEqual([time, ms]);
      }),
      propertyOptions({ numRuns: 500 }),
    );
    expect([least, most, -1, 0].map(msToTime)).toEqual([least, most, -1, 0].map((ms) => new Date(ms).toISOString()));
  });
});

describe('the hash of an event id', () => {
  test('is spread over 32 bits, and depends on the key and on every part of the text', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `39f250dd0691:${index.toString(36)}`);
    const hashes = ids.map((id) => halfSipHash(id, 1, 2));

    // Of 20,000 some 0.05 pairs should collide.
    expect(new Set(hashes).size).toBeGreaterThan(ids.length - 3);
    expect(Math.max(...hashes.slice(0, 1_000))).toBeGreaterThan(2 ** 30);
    expect(Math.min(...hashes.slice(0, 1_000))).toBeLessThan(-(2 ** 30));
    expect(ids.filter((id) => halfSipHash(id, 1, 2) === halfSipHash(id, 2, 1)).length).toBeLessThan(3);
    const alike = ['', 'a', 'aa', 'aaa', '\u0000', '\u0000\u0000', 'ab', 'ba', 'é', 'e\u0301'];
    expect(new Set(alike.map((id) => halfSipHash(id, 1, 2))).size).toBe(alike.length);
  });
});

describe('acts of the audit trail', () => {
  const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
  const act = (number: fc.Arbitrary<unknown>, text: fc.Arbitrary<unknown>) =>
    fc.oneof(
      fc.record({ type: fc.constantFrom('EventsRecorded', 'EventsReceived'), count: number, digest: text }),
      fc.record({ type: fc.constant('EventsOffered'), upTo: number, to: text }),
      fc.record({ type: fc.constant('EventsSynced'), count: number, with: text }),
    );
  const usual = act(fc.oneof(fc.nat(), fc.maxSafeNat()), fc.oneof(digest, fc.string(), fc.string({ unit: 'binary' })));
  // What damage leaves, which a repair takes over as it stands.
  const unusual = fc.oneof(
    act(
      fc.oneof(fc.integer(), fc.double(), fc.string()),
      fc.oneof(fc.string({ maxLength: 300 }), fc.nat(), fc.constant('\ud800')),
    ),
    fc.tuple(usual, fc.string()).map(([one, name]) => ({ ...one, [`more ${name}`]: 1 })),
    fc.record({ type: fc.constant('ConflictClosed'), conflictId: fc.string(), by: fc.string() }),
  );

  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: usual }, unusual), { maxLength: 4 }), (acts) => {
        const asJson = JSON.parse(JSON.stringify(acts)) as readonly AuditAct[];
        expect(actsFromStored(actsToStored(asJson))).toEqual(asJson);
      }),
      propertyOptions({ numRuns: 300 }),
    );
  });

  test('take a few bytes where nothing but numbers of events is told', () => {
    const acts: readonly AuditAct[] = [
      { type: 'EventsRecorded', count: 1, digest: 'a'.repeat(64) },
      { type: 'EventsOffered', upTo: 300, to: 'hub:1' },
    ];
    expect(actsToStored(acts)).toHaveLength(2 + 32 + 1 + 2 + 1 + 5);
  });

  test('that are torn are refused, wherever they are cut', () => {
    const whole = actsToStored([
      { type: 'EventsReceived', count: 200, digest: 'b'.repeat(64) },
      { type: 'EventsSynced', count: 3, with: 'hub:1' },
    ]) as Buffer;
    const cuts = Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length));
    // After the first act it is a shorter list, and its hash tells.
    for (const torn of [...cuts.filter(({ length }) => length !== 35), Buffer.of(0, 1), null, 7])
      expect(() => actsFromStored(torn)).toThrow('acts of the audit trail are torn');
  });
});
