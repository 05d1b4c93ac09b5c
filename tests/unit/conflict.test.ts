/** Conflicts by themselves: which there are, what their ids hang on, what a merge makes of the log, what both is. */
import { describe, expect, test } from 'vitest';
import {
  conflictChanges,
  type ConflictChanges,
  type ConflictsBefore,
} from '../../src/domain/conflict/conflict-changes.js';
import { conflictIdOf, isSameUnit } from '../../src/domain/conflict/conflict-identity.js';
import {
  closedRecord,
  isOpen,
  standingRecord,
  type ConflictRecord,
  type Outcome,
  type StandingConflict,
} from '../../src/domain/conflict/conflict-record.js';
import {
  disagreement,
  existenceConflict,
  existenceDisagrees,
  isDeletedBeyondDispute,
  survivorsOf,
  unitConflict,
} from '../../src/domain/conflict/detect.js';
import { takeBoth } from '../../src/domain/conflict/take-both.js';
import type { Dot, Operation } from '../../src/domain/events/event.js';
import type { Closure } from '../../src/domain/resource/evolve-context.js';
import type { UnitWrite, WriteFacts } from '../../src/domain/resource/state.js';
import { InvariantViolation } from '../../src/domain/shared/invariant.js';
import type { Json } from '../../src/domain/shared/json.js';
import type { ConflictCase, Unit } from '../../src/domain/strategies/merge-strategy.js';
import { fastSha256 } from '../support/engine.js';

const ref = { resourceType: 'task', resourceId: 't1' };
const title: Unit = { kind: 'field', field: 'title' };

const factsOf = (dot: string, operation: Operation = 'update', deletes = operation === 'delete'): WriteFacts =>
  ({ dot, operation, deletes, agentId: `agent of ${dot}` }) as unknown as WriteFacts;

const write = (dot: string, value: Json | undefined, operation?: Operation, yielded = false): UnitWrite => ({
  dot: dot as Dot,
  value,
  facts: factsOf(dot, operation),
  yielded,
});

describe('a conflict on a unit', () => {
  const of = (...siblings: readonly UnitWrite[]) => unitConflict(ref, title, siblings, fastSha256);

  test('is there where its siblings hold two values or more, absent being one (R16)', () => {
    expect(of(write('a:1', 'x'), write('b:1', 'x'))).toBeUndefined();
    expect(of(write('a:1', 'x'))).toBeUndefined();
    expect(of()).toBeUndefined();
    expect(of(write('a:1', 'x'), write('b:1', 'y'))).toBeDefined();
    expect(of(write('a:1', null), write('b:1', undefined))).toBeDefined();
    expect(of(write('a:1', { p: 1, q: 2 }), write('b:1', { q: 2, p: 1 }))).toBeUndefined();
  });

  test('lists all survivors in the order of R1, agreeing ones too', () => {
    expect(of(write('b:10', 'x'), write('b:2', 'y'), write('a:1', 'x'))).toMatchObject({
      ...ref,
      unit: title,
      siblings: ['a:1', 'b:2', 'b:10'],
      sides: [{ value: 'x' }, { value: 'y' }, { value: 'x' }],
    });
  });

  test('holds no sibling that stands back for another (R14)', () => {
    expect(of(write('a:1', 'x'), write('b:1', 'y', 'update', true))).toBeUndefined();
    expect(of(write('a:1', 'x'), write('b:1', 'y', 'update', true), write('c:1', 'z'))?.siblings).toEqual([
      'a:1',
      'c:1',
    ]);
    expect(survivorsOf([write('a:1', 'x', 'update', true)])).toHaveLength(1);
  });

  test.each([
    ['concurrent_modification', ['update', 'update'], ['x', 'y']],
    ['concurrent_modification', ['create', 'update'], ['x', 'y']],
    ['concurrent_modification', ['create', 'create', 'update'], ['x', 'x', 'y']],
    ['create_create', ['create', 'create'], ['x', 'y']],
    ['create_create', ['create', 'create', 'update'], ['x', 'y', 'y']],
    ['concurrent_resolution', ['resolve', 'resolve'], ['x', 'y']],
    ['concurrent_resolution', ['resolve', 'resolve', 'create', 'create'], ['x', 'y', 'x', 'y']],
    ['concurrent_modification', ['resolve', 'update'], ['x', 'y']],
    ['create_create', ['resolve', 'resolve', 'create', 'create'], ['x', 'x', 'x', 'y']],
  ] as const)('is a %s between %j of %j (R17)', (conflictType, operations, values) => {
    const siblings = operations.map((operation, index) => write(`r${index}:1`, values[index], operation));

    expect(of(...siblings)?.conflictType).toBe(conflictType);
  });

  test('is a dependency where its unit is one, whatever its sides are (R17)', () => {
    const unit: Unit = { kind: 'dependency', field: 'parent', target: ref };
    const sides = [
      { facts: factsOf('a:1', 'resolve'), value: 'reference' },
      { facts: factsOf('b:1', 'resolve', true), value: 'deleted' },
    ];

    expect(disagreement(ref, unit, sides, fastSha256).conflictType).toBe('dependency');
  });

  test('needs to know who wrote its siblings', () => {
    const unknown = { ...write('b:1', 'y'), facts: undefined };

    expect(() => of(write('a:1', 'x'), unknown)).toThrow(InvariantViolation);
    expect(() => of(write('a:1', 'x'), unknown)).toThrow('b:1');
  });
});

describe('a conflict on existence', () => {
  const [alive, deleted] = [factsOf('a:1'), factsOf('b:1', 'delete')];

  test('is there where some siblings delete and others do not (R12)', () => {
    expect(
      [
        [alive, deleted],
        [deleted, alive],
      ].map(existenceDisagrees),
    ).toEqual([true, true]);
    expect([[alive, alive], [deleted, deleted], [alive], [deleted], []].some(existenceDisagrees)).toBe(false);
  });

  test('shows what each sibling means, under a kind of its own (R17)', () => {
    expect(existenceConflict(ref, [deleted, alive], fastSha256)).toMatchObject({
      conflictType: 'delete_update',
      unit: { kind: 'existence' },
      siblings: ['a:1', 'b:1'],
      sides: [{ value: 'alive' }, { value: 'deleted' }],
    });
    expect(existenceConflict(ref, [alive, factsOf('c:1')], fastSha256)).toBeUndefined();
    expect(
      existenceConflict(ref, [factsOf('a:1', 'resolve'), factsOf('b:1', 'resolve', true)], fastSha256)?.conflictType,
    ).toBe('concurrent_resolution');
  });

  test('is none where all delete: then nothing is disputed (R15)', () => {
    expect([[deleted], [deleted, deleted]].every(isDeletedBeyondDispute)).toBe(true);
    expect([[], [alive], [alive, deleted]].some(isDeletedBeyondDispute)).toBe(false);
  });
});

describe('the id of a conflict (R18)', () => {
  const units: readonly Unit[] = [
    title,
    { kind: 'field', field: 'group' },
    { kind: 'group', group: 'title', fields: ['title'] },
    { kind: 'resource' },
    { kind: 'existence' },
    { kind: 'dependency', field: 'title', target: { resourceType: 'task', resourceId: 't1' } },
    { kind: 'dependency', field: 'title', target: { resourceType: 'task', resourceId: 't2' } },
    { kind: 'dependency', field: 'title', target: { resourceType: 'list', resourceId: 't1' } },
    { kind: 'dependency', field: 'parent', target: { resourceType: 'task', resourceId: 't1' } },
  ];
  const idOf = (unit: Unit, dots: readonly string[] = ['a:1', 'b:1']): string =>
    conflictIdOf(fastSha256, 'task', 't1', unit, dots);

  test('hangs on type, id, unit and dots, and on nothing else', () => {
    expect(idOf(title)).toBe(fastSha256('["task","t1",["field","title"],["a:1","b:1"]]'));
    expect(idOf({ kind: 'existence' })).toBe(fastSha256('["task","t1",["existence"],["a:1","b:1"]]'));
    expect(idOf({ kind: 'resource' })).toBe(fastSha256('["task","t1",["resource"],["a:1","b:1"]]'));
    expect(idOf({ kind: 'group', group: 'place', fields: ['city'] })).toBe(
      fastSha256('["task","t1",["group","place"],["a:1","b:1"]]'),
    );
    expect(idOf({ kind: 'dependency', field: 'parent', target: { resourceType: 'list', resourceId: 'l' } })).toBe(
      fastSha256('["task","t1",["dependency","parent",["list","l"]],["a:1","b:1"]]'),
    );
    expect(idOf(title, ['b:10', 'b:2', 'a:1'])).toBe(idOf(title, ['a:1', 'b:2', 'b:10']));
  });

  test('is another for each unit', () => {
    expect(new Set(units.map((unit) => idOf(unit))).size).toBe(units.length);
    for (const [place, unit] of units.entries())
      expect(units.findIndex((other) => isSameUnit(unit, other))).toBe(place);
  });
});

describe('what a merge makes of the conflict log (R20)', () => {
  const conflict = (dots: readonly string[], outcome: Outcome = { type: 'pending' }, unit: Unit = title) =>
    ({
      ...ref,
      conflictId: `${unit.kind} ${dots.join(' ')}`,
      conflictType: 'concurrent_modification',
      unit,
      siblings: dots,
      outcome,
      strategy: { name: 'asked', version: 1 },
    }) as StandingConflict;
  const closure = (of: StandingConflict, by: string): Closure => ({ conflict: of, closer: factsOf(by) });
  const [old, grown] = [conflict(['a:1', 'b:1']), conflict(['a:1', 'b:1', 'c:1'])];
  const won: Outcome = { type: 'winner', dot: 'a:1' as Dot };

  const changes = (
    before: Partial<ConflictsBefore>,
    standing: readonly StandingConflict[],
    closures: readonly Closure[] = [],
    { claims = {}, known = [] }: { claims?: Readonly<Record<string, string>>; known?: readonly string[] } = {},
  ): ConflictChanges => {
    const all = { standing: [], records: [], isWhole: false, ...before };
    const found = conflictChanges(
      all,
      standing,
      closures,
      (dot) => claims[dot],
      (dot) => !known.includes(dot),
    );
    if (found === undefined) throw new Error('nothing changed');
    return found;
  };
  const actsOf = ({ acts }: ConflictChanges): readonly string[] => acts.map(({ type }) => type);

  test('is nothing where there is no conflict and was none', () => {
    const none = () => undefined;
    expect(conflictChanges({ standing: [], records: [], isWhole: true }, [], [], none, () => true)).toBeUndefined();
  });

  test('a new one stands, and the audit says what became of it', () => {
    const { records, touched, standing, acts } = changes({}, [old]);

    expect(records).toEqual([standingRecord(old)]);
    expect([touched, standing]).toEqual([[old], [old]]);
    expect(acts).toEqual([
      {
        type: 'ConflictDetected',
        ...ref,
        conflictId: old.conflictId,
        conflictType: old.conflictType,
        unit: title,
        siblings: ['a:1', 'b:1'],
        strategy: { name: 'asked', version: 1 },
      },
    ]);
    expect(changes({}, [conflict(['a:1', 'b:1'], won)]).acts).toMatchObject([
      { type: 'ConflictDecided', outcome: won },
    ]);
    expect(changes({}, [conflict(['a:1', 'b:1'], { type: 'pending', error: 'it threw' })]).acts).toMatchObject([
      { type: 'ConflictDetected', error: 'it threw' },
    ]);
    expect(changes({}, [{ ...old, strategy: undefined }]).acts[0]).not.toHaveProperty('strategy');
  });

  test('one that stands as before is no news', () => {
    const same = changes({ standing: [old] }, [old]);

    expect([same.records, same.touched, same.acts, same.removed, same.left]).toEqual([[], [], [], [], []]);
  });

  test('another answer, or the same from another strategy, is news', () => {
    const decided = conflict(['a:1', 'b:1'], won);
    const renamed = { ...old, strategy: { name: 'asked', version: 2 } };

    expect(changes({ standing: [old] }, [decided])).toMatchObject({ touched: [decided], left: [], removed: [] });
    expect(actsOf(changes({ standing: [old] }, [renamed]))).toEqual(['ConflictDetected']);
    expect(changes({ standing: [old] }, [decided]).acts[0]).not.toHaveProperty('extends');
  });

  test('a pending one that grows is kept, so that an answer to it can be understood (R30)', () => {
    const { records, removed, left, acts } = changes({ standing: [old] }, [grown]);

    expect(records).toEqual([standingRecord(grown), { ...standingRecord(old), isStanding: false, isSuperseded: true }]);
    expect([removed, left]).toEqual([[], ['a:1', 'b:1']]);
    expect(acts).toMatchObject([
      { type: 'ConflictDetected', extends: old.conflictId },
      { type: 'ConflictSuperseded', conflictId: old.conflictId, by: grown.conflictId },
    ]);
  });

  test('a decided one that goes leaves no trace in the log', () => {
    const decided = conflict(['a:1', 'b:1'], won);
    const gone = changes({ standing: [decided] }, []);

    expect(gone).toMatchObject({ records: [], removed: [decided.conflictId], left: ['a:1', 'b:1'] });
    expect(gone.acts).toEqual([{ type: 'ConflictSuperseded', conflictId: decided.conflictId }]);
  });

  test('one on another unit is no successor', () => {
    const other = conflict(['a:1', 'c:1'], { type: 'pending' }, { kind: 'existence' });
    const { acts } = changes({ standing: [old] }, [other]);

    expect(acts[0]).not.toHaveProperty('extends');
    expect(acts[1]).not.toHaveProperty('by');
  });

  test('one that events closed names them all, in the order of R1, and each is told once', () => {
    const { records, closed, acts, left, removed } = changes(
      { standing: [old] },
      [],
      [closure(old, 'c:10'), closure(old, 'c:2'), closure(old, 'b:2')],
      { claims: { 'c:2': 'a claim' }, known: ['b:2'] },
    );

    expect(records).toEqual([closedRecord(old, ['b:2', 'c:2', 'c:10'] as Dot[])]);
    expect([closed, left, removed]).toEqual([records, [], []]);
    expect(acts).toEqual([
      {
        type: 'ConflictClosed',
        conflictId: old.conflictId,
        by: 'c:10',
        agentId: 'agent of c:10',
        operation: 'update',
      },
      {
        type: 'ConflictClosed',
        conflictId: old.conflictId,
        by: 'c:2',
        agentId: 'agent of c:2',
        operation: 'update',
        claims: 'a claim',
      },
    ]);
  });

  test('who closed it before stays named, unless the whole history was folded anew', () => {
    const records = [closedRecord(old, ['b:2' as Dot])];
    const closedByOf = (isWhole: boolean) =>
      changes({ records, isWhole }, [], [closure(old, 'c:2')]).closed[0]?.closedBy;

    expect(closedByOf(false)).toEqual(['b:2', 'c:2']);
    expect(closedByOf(true)).toEqual(['c:2']);
  });

  test('what is on record already is not written again', () => {
    const again = (record: ConflictRecord): readonly ConflictRecord[] =>
      changes({ records: [record], isWhole: true }, [], [closure(old, 'b:2'), closure(old, 'c:2')]).records;
    const same = closedRecord(old, ['b:2', 'c:2'] as Dot[]);

    expect(again(same)).toEqual([]);
    expect(again({ ...same, closedBy: ['b:2'] as Dot[] })).toEqual([same]);
    expect(again({ ...same, closedBy: ['b:2', 'd:2'] as Dot[] })).toEqual([same]);
    expect(again({ ...same, isStanding: true })).toEqual([same]);
    expect(again({ ...same, isSuperseded: true })).toEqual([same]);
  });

  test('a whole history that knows a record no more takes it away, but for one that was superseded', () => {
    const stale = closedRecord(old, ['c:2' as Dot]);
    const superseded = { ...closedRecord(grown, []), isSuperseded: true };
    const folded = (isWhole: boolean) => changes({ records: [stale, superseded], isWhole }, []);

    expect(folded(true)).toMatchObject({ removed: [old.conflictId], left: ['a:1', 'b:1'] });
    expect(folded(false)).toMatchObject({ removed: [], left: [] });
  });

  test('a whole history writes down again what stands and is not on record as standing', () => {
    const stale = closedRecord(old, ['c:2' as Dot]);
    const folded = (records: readonly ConflictRecord[], isWhole = true) =>
      changes({ standing: [old], records, isWhole }, [old]).records;

    expect(folded([stale])).toEqual([standingRecord(old)]);
    expect(folded([])).toEqual([standingRecord(old)]);
    expect(folded([standingRecord(old)])).toEqual([]);
    expect(folded([stale], false)).toEqual([]);
  });

  test('what still stands or is closed still stays on record', () => {
    const whole = { records: [standingRecord(old), closedRecord(grown, ['d:1' as Dot])], isWhole: true };

    expect(changes(whole, [old], [closure(grown, 'd:1')])).toMatchObject({ removed: [], left: [] });
  });

  test('a record says whether it stands, and of a closed one nothing but who closed it is the answer', () => {
    expect(standingRecord(old)).toEqual({ ...old, isStanding: true, closedBy: [], isSuperseded: false });
    expect(closedRecord(old, ['c:1' as Dot])).toEqual({
      ...old,
      outcome: { type: 'closed' },
      strategy: undefined,
      isStanding: false,
      closedBy: ['c:1'],
      isSuperseded: false,
    });
  });

  test('only what stands and is pending is open to a person', () => {
    expect(isOpen(standingRecord(old))).toBe(true);
    expect(isOpen(standingRecord(conflict(['a:1', 'b:1'], won)))).toBe(false);
    expect(isOpen({ ...standingRecord(old), isStanding: false })).toBe(false);
    expect(isOpen(closedRecord(old, []))).toBe(false);
  });
});

describe('taking both', () => {
  const both = (values: readonly (Json | undefined)[], base?: Json, unit: Unit = title) =>
    takeBoth({
      unit,
      siblings: values.map((value, index) => ({ dot: `r${index}:1`, timestamp: '', counter: index, value })),
      base,
    } as unknown as ConflictCase);

  test('of arrays is all their items, each once', () => {
    expect(
      both([
        ['x', 'y'],
        ['y', 'z'],
      ]),
    ).toEqual({ value: ['x', 'y', 'z'] });
  });

  test('of objects is what each side changed, and inside of what both changed the same again', () => {
    const base = { a: 1, b: 1, same: 0, in: { x: 1, y: 1 }, gone: 1 };

    expect(
      both(
        [
          { a: 2, b: 1, same: 0, in: { x: 2, y: 1 } },
          { a: 1, b: 2, same: 0, in: { x: 1, y: 2 }, gone: 1, new: true },
        ],
        base,
      ),
    ).toEqual({ value: { a: 2, b: 2, same: 0, in: { x: 2, y: 2 }, new: true } });
  });

  test('has its members in one order, whichever side they come from', () => {
    const names = (values: readonly Json[]) => Object.keys((both(values)?.value ?? {}) as object);

    expect(names([{ b: 1 }, { a: 1 }])).toEqual(['a', 'b']);
    expect(names([{ a: 1 }, { b: 1 }])).toEqual(['a', 'b']);
  });

  test('is what all sides say where they say the same', () => {
    expect(both([{ a: 2 }, { a: 2 }], { a: 1 })).toEqual({ value: { a: 2 } });
    expect(both([{ a: 2 }, { b: 3 }])).toEqual({ value: { a: 2, b: 3 } });
  });

  test('is nothing where one member cannot be both', () => {
    expect(both([{ a: 2 }, { a: 3 }], { a: 1 })).toBeUndefined();
    expect(both([{ a: { x: 1 } }, { a: 3 }], { a: 1 })).toBeUndefined();
    expect(both([{ a: { x: 1 } }, { a: { y: 1 } }], { a: 1 })).toBeUndefined();
    expect(both([{ a: 2 }, { a: 3, b: 1 }, { a: 2 }], { a: 1 })).toBeUndefined();
  });

  test('is nothing for texts, for unlike values, or where the base was something else', () => {
    expect(both(['x', 'y'])).toBeUndefined();
    expect(both([['x'], { a: 1 }])).toBeUndefined();
    expect(both([{ a: 1 }, undefined])).toBeUndefined();
    expect(both([{ a: 1 }, { b: 1 }], 'text')).toBeUndefined();
  });

  test('is nothing for existence and dependencies, whatever their sides', () => {
    expect(both([['x'], ['y']], undefined, { kind: 'existence' })).toBeUndefined();
    expect(both([['x'], ['y']], undefined, { kind: 'dependency', field: 'parent', target: ref })).toBeUndefined();
  });

  test('sees nothing that an object merely inherits', () => {
    expect(both([{ toString: 'x' }, { a: 1 }], {})).toEqual({ value: { toString: 'x', a: 1 } });
  });
});
