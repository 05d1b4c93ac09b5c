/** What an author may record, what is refused and with which words, and what the event will say. */
import { describe, expect, test } from 'vitest';
import type { ConflictRecord } from '../../src/domain/conflict/conflict-record.js';
import type { Dot } from '../../src/domain/events/event.js';
import { canonicalResource } from '../../src/domain/resource/canonical.js';
import type { Change } from '../../src/domain/resource/change.js';
import { decideChange, type SeenPast, type Standing } from '../../src/domain/resource/decide.js';
import type { ResourceState } from '../../src/domain/resource/state.js';
import type { ResourceView } from '../../src/domain/resource/view.js';
import { defineResource, list, register, set } from '../../src/domain/resource-definition/index.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import { text } from '../support/definitions.js';

const task = defineResource('task', {
  version: 1,
  fields: { title: register(text), street: register(), town: register(), steps: list(), tags: set() },
}).group('address', ['street', 'town']);
const rules = definePolicy({ name: 'test', version: 1, resources: [task] }).rulesFor('task');
const plainRules = definePolicy({ name: 'test', version: 1 }).rulesFor('task');

const heads = ['a:1', 'b:2'] as Dot[];
const nobody: Standing = { state: undefined, view: undefined, existenceConflict: undefined };
const standing = (
  fields: JsonObject = {},
  { deleted = false, disputed = false, decided = false, isVoid = false } = {},
): Standing => ({
  state: { heads, existence: isVoid ? [] : [{}] } as unknown as ResourceState,
  view: { deleted, fields } as ResourceView,
  existenceConflict:
    disputed || decided
      ? ({ conflictId: 'c1', outcome: { type: disputed ? 'pending' : 'winner' } } as Standing['existenceConflict'])
      : undefined,
});
const change = (operation: Change['operation'], payload: JsonObject | null, conflictId?: string): Change => ({
  resourceType: 'task',
  resourceId: 't1',
  operation,
  payload,
  options: {},
  ...(conflictId === undefined ? {} : { conflictId }),
});
const past = (facts: Partial<SeenPast> = {}): SeenPast => ({
  parents: ['z:9' as Dot],
  isStale: () => false,
  fields: {},
  shown: {},
  rebase: (_field, value) => value,
  ...facts,
});
const decide = (given: Change, on: Standing, seen?: SeenPast) => decideChange(given, on, seen, [], rules);
const refusalOf = (given: Change, on: Standing, seen?: SeenPast): unknown => {
  try {
    decide(given, on, seen);
    return undefined;
  } catch (error) {
    const { code, message, facts } = error as { code: string; message: string; facts: unknown };
    return { code, message, facts };
  }
};
const about = { resourceType: 'task', resourceId: 't1' };

describe('an event will say', () => {
  test('what was meant, that it has seen all that is there, and what its author saw elsewhere', () => {
    const meant = change('update', { title: 'x' }, 'c7');

    expect(decideChange(meant, standing(), undefined, ['q:1' as Dot], rules)).toEqual({
      ...meant,
      parents: heads,
      sees: ['q:1'],
    });
    expect(decide(change('create', { title: 'x' }), nobody)).toMatchObject({ parents: [], sees: [] });
    expect(decide(change('update', { title: 'x' }), standing(), past())).toMatchObject({ parents: ['z:9'] });
  });

  test('the complete value of a group, as its author saw it (R23)', () => {
    const on = standing({ title: 'x', street: 'Main', town: 'Bonn', other: 1 });

    expect(decide(change('update', { town: 'Ulm' }), on).payload).toEqual({ street: 'Main', town: 'Ulm' });
    expect(decide(change('update', { town: 'Ulm', title: 'y' }), on).payload).toEqual({
      street: 'Main',
      town: 'Ulm',
      title: 'y',
    });
    expect(decide(change('update', { title: 'y' }), on).payload).toEqual({ title: 'y' });
    expect(decide(change('resolve', { town: 'Ulm' }), on).payload).toEqual({ town: 'Ulm' });
    expect(decide(change('update', { town: 'Ulm' }), on, past({ fields: { street: 'Low' } })).payload).toEqual({
      street: 'Low',
      town: 'Ulm',
    });
    expect(decideChange(change('update', { town: 'Ulm' }), on, undefined, [], plainRules).payload).toEqual({
      town: 'Ulm',
    });
    expect(decide(change('delete', null), on).payload).toBeNull();
  });

  test('positions as they are where the event goes, not where its author looked', () => {
    const asked: unknown[] = [];
    const seen = past({
      shown: { steps: [] },
      rebase: (field, value) => {
        asked.push(field, value);
        return { rebased: true };
      },
    });
    const decided = decide(change('update', { steps: ['x'], title: 'y', tags: { $add: ['z'] } }), standing(), seen);

    expect(decided.payload).toEqual({ steps: { rebased: true }, title: 'y', tags: { $add: ['z'] } });
    expect(asked[0]).toBe('steps');
  });
});

describe('is refused', () => {
  const exists = 'task t1 exists already: update it, or choose another id';
  const unknown = 'task t1 is not known here: create it first';
  const gone = 'task t1 was deleted: create it again, or restore it by a resolve';
  const disputed = 'whether task t1 is deleted is disputed: decide conflict c1 first, or delete or create it';

  test.each<[string, Change, Standing, string, string]>([
    ['a create of what exists', change('create', {}), standing(), 'resource_exists', exists],
    ['that, though it was disputed once', change('create', {}), standing({}, { decided: true }), 'resource_exists', exists],
    ['an update of nothing', change('update', {}), nobody, 'resource_not_found', unknown],
    ['an update of voids', change('update', {}), standing({}, { isVoid: true }), 'resource_not_found', unknown],
    ['a delete of nothing', change('delete', null), nobody, 'resource_not_found', unknown],
    ['an update of what is deleted', change('update', {}), standing({}, { deleted: true }), 'resource_deleted', gone],
    ['a second delete', change('delete', null), standing({}, { deleted: true }), 'resource_deleted', 'task t1 was deleted already'],
    ['a resolve of nothing', change('resolve', {}), nobody, 'resource_not_found', 'task t1 is not known here: there is nothing to resolve'],
  ])('%s', (_what, given, on, code, message) => {
    expect(refusalOf(given, on)).toEqual({ code, message, facts: about });
  }); // prettier-ignore

  test.each<[string, Change]>([
    ['an update', change('update', {})],
    ['a resolve of fields', change('resolve', { title: 'x' })],
    ['a resolve of fields for another conflict', change('resolve', { title: 'x' }, 'c2')],
  ])('%s, while it is disputed whether the resource is deleted (R31)', (_what, given) => {
    expect(refusalOf(given, standing({}, { disputed: true }))).toEqual({
      code: 'existence_pending',
      message: disputed,
      facts: { ...about, conflictId: 'c1' },
    });
    expect(refusalOf(given, standing({}, { disputed: true }), past())).toMatchObject({ code: 'existence_pending' });
    expect(refusalOf(given, standing({}, { decided: true }))).toBeUndefined();
  });

  test.each<[string, Change, Standing, SeenPast | undefined]>([
    ['a create of nothing', change('create', {}), nobody, undefined],
    ['a create of voids', change('create', {}), standing({}, { isVoid: true }), undefined],
    ['a create of what was deleted', change('create', {}), standing({}, { deleted: true }), undefined],
    ['a create that ends a dispute', change('create', {}), standing({}, { disputed: true }), undefined],
    ['a delete that ends a dispute', change('delete', null), standing({}, { disputed: true }), undefined],
    ['a resolve that ends a dispute', change('resolve', { title: 'x' }, 'c1'), standing({}, { disputed: true }), undefined],
    ['a resolve that names nothing', change('resolve', {}), standing({}, { disputed: true }), undefined],
    ['a resolve to nothing', change('resolve', null), standing({}, { disputed: true }), undefined],
    ['a resolve of what was deleted', change('resolve', {}), standing({}, { deleted: true }), undefined],
    ['an update of what was there when its author looked', change('update', {}), standing({}, { deleted: true }), past()],
    ['a create by who had not seen it', change('create', {}), standing(), past()],
  ])('but not %s', (_what, given, on, seen) => {
    expect(refusalOf(given, on, seen)).toBeUndefined();
  }); // prettier-ignore

  test('a write of what this replica wrote after its author looked', () => {
    const seen = past({ isStale: (field) => field !== 'title' });

    expect(refusalOf(change('update', { title: 'x', street: 'y', town: 'z' }), standing(), seen)).toEqual({
      code: 'stale_write',
      message: 'this replica wrote street, town of task t1 after what you looked at: look again, then write',
      facts: { ...about, fields: ['street', 'town'] },
    });
    expect(refusalOf(change('update', { title: 'x' }), standing(), seen)).toBeUndefined();
    expect(refusalOf(change('delete', null), standing(), seen)).toBeUndefined();
  });

  test('a value that its field does not hold', () => {
    expect(refusalOf(change('update', { title: 7 }), standing())).toEqual({
      code: 'invalid_value',
      message: '"title" of task t1: must be a text',
      facts: { ...about, field: 'title' },
    });
    expect(refusalOf(change('update', { street: { $add: ['x'] } }), standing())).toEqual({
      code: 'reserved_operator',
      message:
        '"street" of task t1: "$add" is an operation, and this field is a register: write the whole new value instead',
      facts: { ...about, field: 'street' },
    });
    expect(refusalOf(change('update', { undeclared: 7 }), standing())).toBeUndefined();
  });
});

describe('the canonical form of a resource', () => {
  const record = (conflictId: string, facts: Partial<ConflictRecord> = {}): ConflictRecord => ({
    ...about,
    conflictId,
    conflictType: 'concurrent_modification',
    unit: { kind: 'field', field: 'title' },
    siblings: ['a:1', 'b:1'] as Dot[],
    outcome: { type: 'pending', error: 'it threw' },
    strategy: { name: 'asked', version: 1 },
    isStanding: true,
    closedBy: [],
    isSuperseded: false,
    ...facts,
  });
  const state = { ...about, heads } as unknown as ResourceState;
  const view = { deleted: false, fields: { title: 'x' }, updatedBy: 'ada' };

  test('holds what stands and what was closed, in the order of their ids, and nothing of how it came there (R19)', () => {
    const closed = record('b', { isStanding: false, closedBy: ['c:1' as Dot], outcome: { type: 'closed' } });
    const both = record('d', { closedBy: ['d:1' as Dot] });
    const records = [
      record('c'),
      closed,
      record('a', { isSuperseded: true }),
      both,
      record('e', { isStanding: false }),
    ];

    expect(canonicalResource(state, view, records)).toEqual({
      ...about,
      heads,
      deleted: false,
      fields: { title: 'x' },
      standing: ['c', 'd'].map((conflictId) => ({
        conflictId,
        conflictType: 'concurrent_modification',
        unit: ['field', 'title'],
        siblings: ['a:1', 'b:1'],
        outcome: 'pending',
      })),
      log: [
        { conflictId: 'b', closedBy: ['c:1'] },
        { conflictId: 'd', closedBy: ['d:1'] },
      ].map((closure) => ({
        ...closure,
        conflictType: 'concurrent_modification',
        unit: ['field', 'title'],
        siblings: ['a:1', 'b:1'],
      })),
    });
    expect(canonicalResource(state, view, [...records].reverse())).toEqual(canonicalResource(state, view, records));
  });

  test.each([
    [{ type: 'moot' }, 'moot'],
    [{ type: 'closed' }, 'closed'],
    [{ type: 'winner', dot: 'a:1' }, { winner: 'a:1' }],
    [{ type: 'value', value: null }, { value: null }],
    [{ type: 'value', value: undefined }, { absent: true }],
    [{ type: 'apply', action: 'restore' }, { apply: 'restore' }],
  ])('says of the outcome %j: %j', (outcome, said) => {
    const [standingOne] = canonicalResource(state, view, [
      record('a', { outcome: outcome as ConflictRecord['outcome'] }),
    ]).standing;

    expect(standingOne?.outcome).toEqual(said);
  });
});
