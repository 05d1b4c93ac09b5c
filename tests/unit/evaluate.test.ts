/** What a reader sees of a resource while its conflicts are open, decided or moot, and what a strategy is asked (R15 to R27). */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/domain/conflict/evaluate.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { foldResource } from '../../src/domain/merge/fold-events.js';
import { defineResource, register, set } from '../../src/domain/resource-definition/index.js';
import {
  defaultPolicy,
  definePolicy,
  defineStrategy,
  deleteWins,
  lastWriteWins,
  maximum,
  undecided,
  updateWins,
  userChoice,
  type Policy,
} from '../../src/domain/strategies/index.js';
import type { ConflictCase, Decision, MergeStrategy, Sibling } from '../../src/domain/strategies/merge-strategy.js';
import { fastSha256 } from '../support/engine.js';
import { eventOf, timestampAt } from '../support/histories/event-builder.js';

const seen = (events: readonly ReknitEvent[], policy: Policy) => {
  const folded = foldResource(events, policy, fastSha256);
  if (folded === undefined) throw new Error('there is no resource');
  return evaluate(folded.state, policy, fastSha256);
};
const policyOf = (strategy: MergeStrategy, existence: MergeStrategy = strategy): Policy =>
  definePolicy({ name: 'test', version: 1, default: strategy, byConflict: { delete_update: existence } });
const people = policyOf(userChoice());

/** A strategy that keeps what it was asked: by the merge, and then by who looks. */
const recording = (
  decide: (conflict: ConflictCase) => Decision,
  claims: { readonly usesBase?: boolean } = {},
): { readonly strategy: MergeStrategy; readonly asked: ConflictCase[] } => {
  const asked: ConflictCase[] = [];
  const strategy = defineStrategy({
    name: 'recording',
    version: 3,
    ...claims,
    decide: (conflict) => {
      asked.push(conflict);
      return decide(conflict);
    },
  });
  return { strategy, asked };
};

const winner = (side: Sibling | undefined): Decision => (side === undefined ? undecided : { winner: side });

const created = eventOf('a:1', 'create', { title: 'old', status: 'todo' });
const early = eventOf('b:1', 'update', { title: 'early' }, [created], { atMs: 1, agentId: 'bob', priority: 'high' });
const late = eventOf('c:1', 'update', { title: 'late' }, [created], { atMs: 2, counter: 4, agentId: 'cy' });
const later = eventOf('b:1', 'update', { title: 'later' }, [created], { atMs: 9 });
const deleted = eventOf('d:1', 'delete', null, [created], { atMs: 5 });

describe('a field', () => {
  test('shows what was written last while its conflict is open, whoever comes first in the order of dots (R19)', () => {
    expect(seen([created, early, late], people)).toMatchObject({
      deleted: false,
      fields: { title: 'late', status: 'todo' },
      conflicts: [{ siblings: ['b:1', 'c:1'], outcome: { type: 'pending' }, strategy: { name: 'user_choice' } }],
    });
    expect(seen([created, later, late], people).fields['title']).toBe('later');
  });

  test('shows the winner, and the value, that a strategy decided for', () => {
    expect(
      seen([created, later, late], policyOf(recording(({ siblings }) => winner(siblings[1])).strategy)),
    ).toMatchObject({
      fields: { title: 'late', status: 'todo' },
      conflicts: [{ outcome: { type: 'winner', dot: 'c:1' }, strategy: { name: 'recording', version: 3 } }],
    });
    expect(seen([created, early, late], policyOf(recording(() => ({ value: 'both' })).strategy))).toMatchObject({
      fields: { title: 'both', status: 'todo' },
      conflicts: [{ outcome: { type: 'value', value: 'both' } }],
    });
  });

  test('is absent where a strategy says so, and where the winner left it absent', () => {
    const { strategy } = recording(() => ({ value: undefined }));

    expect(seen([created, early, late], policyOf(strategy)).fields).toEqual({ status: 'todo' });
  });

  test('shows its last write, and why, where a strategy failed (R24)', () => {
    const view = seen([created, later, late], policyOf(recording(() => ({ winner: 'x' }) as never).strategy));

    expect(view.fields['title']).toBe('later');
    expect(view.conflicts[0]?.outcome).toEqual({ type: 'pending', error: expect.stringMatching(/./u) as string });
  });

  test('shows the one value of siblings that agree, and no conflict (R16)', () => {
    const same = eventOf('c:1', 'update', { title: 'early' }, [created]);

    expect(seen([created, early, same], people)).toMatchObject({ fields: { title: 'early' }, conflicts: [] });
  });

  test('shows what has not yielded, of a value that its own side deleted (R14)', () => {
    const mine = eventOf('a:2', 'update', { title: 'mine' }, [created], { atMs: 8 });
    const gone = eventOf('a:3', 'delete', null, [mine]);

    expect(seen([created, mine, gone, early], policyOf(userChoice(), updateWins()))).toMatchObject({
      deleted: false,
      fields: { title: 'early' },
      conflicts: [{ unit: { kind: 'existence' } }],
    });
  });
});

describe('a strategy is asked', () => {
  const decided = ({ siblings }: ConflictCase): Decision => winner(siblings[0]);

  test('with all that is known of each side, and with the base (R21, R22)', () => {
    const { strategy, asked } = recording(decided);
    const view = seen([created, early, late], policyOf(strategy));

    expect(asked.slice(-1)).toEqual([
      {
        conflictId: view.conflicts[0]?.conflictId,
        conflictType: 'concurrent_modification',
        resourceType: 'task',
        resourceId: 'one',
        unit: { kind: 'field', field: 'title' },
        hasBase: true,
        base: 'old',
        siblings: [
          {
            dot: 'b:1', eventId: 'event of b:1', replicaId: 'b', seq: 1, agentId: 'bob', operation: 'update',
            timestamp: timestampAt(1), counter: 0, priority: 2, value: 'early',
          },
          {
            dot: 'c:1', eventId: 'event of c:1', replicaId: 'c', seq: 1, agentId: 'cy', operation: 'update',
            timestamp: timestampAt(2), counter: 4, priority: 1, value: 'late',
          },
        ],
      },
    ]); // prettier-ignore
  });

  test('without the base where it says that it has no use for it, or there is none', () => {
    const withoutUse = recording(decided, { usesBase: false });
    const withUse = recording(decided);
    seen([created, early, late], policyOf(withoutUse.strategy));
    const other = eventOf('b:1', 'create', { title: 'another' });
    seen([created, other], policyOf(withUse.strategy));

    expect(withoutUse.asked.at(-1)?.hasBase).toBe(false);
    expect(withoutUse.asked.at(-1)).not.toHaveProperty('base');
    expect(withUse.asked.at(-1)).toMatchObject({ hasBase: false, conflictType: 'create_create' });
    expect(withUse.asked.at(-1)).not.toHaveProperty('base');
  });

  test('about what is alive and what is deleted, of existence (R12)', () => {
    const { strategy, asked } = recording(() => ({ undecided: true }));
    seen([created, early, deleted], policyOf(userChoice(), strategy));

    expect(asked.at(-1)).toMatchObject({
      unit: { kind: 'existence' },
      siblings: [{ value: 'alive' }, { value: 'deleted' }],
    });
  });
});

describe('existence is decided first (R27)', () => {
  const disputed = [created, early, late, deleted];
  const unitsOf = (policy: Policy) =>
    seen(disputed, policy).conflicts.map(({ unit, outcome }) => [unit.kind, outcome.type]);

  test('an open question leaves the resource alive, and its fields in conflict (R19)', () => {
    expect(seen(disputed, people)).toMatchObject({ deleted: false, fields: { title: 'late' } });
    expect(unitsOf(people)).toHaveLength(2);
    expect(unitsOf(people)).toEqual(
      expect.arrayContaining([
        ['existence', 'pending'],
        ['field', 'pending'],
      ]),
    );
  });

  test('where it is decided that the resource lives, its fields are asked about', () => {
    const policy = policyOf(lastWriteWins(), updateWins());

    expect(seen(disputed, policy)).toMatchObject({ deleted: false, fields: { title: 'late' } });
    expect(unitsOf(policy).filter(([, outcome]) => outcome === 'winner')).toHaveLength(2);
  });

  test('where it is decided that the resource is deleted, its conflicts are moot, and nobody is asked (R15)', () => {
    const { strategy, asked } = recording(({ siblings }) => winner(siblings[0]));
    const policy = policyOf(strategy, deleteWins());
    const view = seen([created, later, late, deleted], policy);
    const moot = view.conflicts.find(({ unit }) => unit.kind === 'field');

    expect(view).toMatchObject({ deleted: true, fields: { title: 'later' } });
    expect(moot).toMatchObject({ outcome: { type: 'moot' }, siblings: ['b:1', 'c:1'] });
    expect(moot?.strategy).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('where all have deleted it, there is no conflict, and the last write shows (R15)', () => {
    const gone = [
      eventOf('b:2', 'delete', null, [later], { atMs: 10 }),
      eventOf('c:2', 'delete', null, [late], { atMs: 11 }),
    ];

    expect(seen([created, later, late, ...gone], people)).toMatchObject({
      deleted: true,
      fields: { title: 'later' },
      conflicts: [],
    });
  });
});

describe('several units', () => {
  const task = defineResource('task', {
    version: 1,
    fields: { street: register(), town: register(), tags: set(), size: register(undefined, { strategy: maximum() }) },
  }).group('address', ['street', 'town']);
  const policy = definePolicy({ name: 'test', version: 1, resources: [task], default: userChoice() });
  const born = eventOf('a:1', 'create', { street: 'Main', town: 'Bonn', tags: ['x'], size: 1 });
  const one = eventOf('b:1', 'update', { town: 'Ulm', tags: { $add: ['y'] }, size: 2, other: 1 }, [born], { atMs: 1 });
  const two = eventOf('c:1', 'update', { street: 'Low', tags: { $add: ['z'] }, size: 3, other: 2 }, [born], {
    atMs: 2,
  });

  test('show each what it comes to: groups as their fields, sets without a conflict', () => {
    const view = seen([born, one, two], policy);

    expect(view.fields).toEqual({ street: 'Low', town: 'Bonn', tags: ['x', 'y', 'z'], size: 3, other: 2 });
    expect(view.conflicts.map(({ unit, outcome }) => [unit.kind, outcome.type])).toHaveLength(3);
  });

  test('have their conflicts in the order of their ids', () => {
    const ids = seen([born, one, two], policy).conflicts.map(({ conflictId }) => conflictId);

    expect(ids).toEqual([...ids].sort());
  });

  test('of which one is null show null, and without a definition as with one', () => {
    const cleared = eventOf('b:2', 'update', { size: null, other: null }, [one]);

    expect(seen([born, one, cleared], policy).fields).toMatchObject({ size: null, other: null, tags: ['x', 'y'] });
    expect(seen([created, eventOf('b:1', 'update', { title: null }, [created])], defaultPolicy).fields).toEqual({
      title: null,
      status: 'todo',
    });
  });
});
