/** What readers are shown beside the fields: who wrote last, what is open, what refers to what; and how much a write weighs (R22). */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/domain/conflict/evaluate.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { foldResource } from '../../src/domain/merge/fold-events.js';
import type { ResourceState } from '../../src/domain/resource/state.js';
import { viewOf } from '../../src/domain/resource/view.js';
import {
  counter,
  defineResource,
  reference,
  register,
  type AnyResource,
} from '../../src/domain/resource-definition/index.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import { definePolicy, priorityBased, userChoice, type Policy } from '../../src/domain/strategies/index.js';
import { fastSha256 } from '../support/engine.js';
import { eventOf, timestampAt, type EventDetails } from '../support/histories/event-builder.js';

const task = defineResource('task', {
  version: 1,
  fields: { title: register(), parent: reference('task'), owner: reference('person'), other: reference('task') },
});
const policy = definePolicy({ name: 'test', version: 1, resources: [task], default: userChoice() });

const folded = (events: readonly ReknitEvent[], under: Policy = policy) => {
  const found = foldResource(events, under, fastSha256);
  if (found === undefined) throw new Error('there is no resource');
  return found;
};

describe('a view', () => {
  const created = eventOf('a:1', 'create', { title: 'x' }, [], { atMs: 5, agentId: 'ada' });
  const early = eventOf('b:1', 'update', { title: 'y' }, [created], { atMs: 1, agentId: 'bob' });
  const late = eventOf('c:1', 'update', { title: 'z' }, [created], { atMs: 7, agentId: 'cy' });

  test('says who wrote last, by the order of last writes', () => {
    expect(folded([created]).view).toMatchObject({ updatedAt: timestampAt(5), updatedBy: 'ada' });
    expect(folded([created, early]).view).toMatchObject({ updatedAt: timestampAt(1), updatedBy: 'bob' });
    expect(folded([created, late, early]).view).toMatchObject({ updatedAt: timestampAt(7), updatedBy: 'cy' });
  });

  test('counts the conflicts that wait for a decision, those of dependencies too', () => {
    const { state } = folded([created, late, early]);
    const evaluation = evaluate(state, policy, fastSha256);
    const rules = policy.rulesFor('task');

    expect(folded([created]).view.pendingConflicts).toBe(0);
    expect(viewOf(state, evaluation, rules, 0).pendingConflicts).toBe(1);
    expect(viewOf(state, evaluation, rules, 2).pendingConflicts).toBe(3);
    const decided = {
      ...evaluation,
      conflicts: evaluation.conflicts.map((one) => ({ ...one, outcome: { type: 'moot' as const } })),
    };
    expect(viewOf(state, decided, rules, 0).pendingConflicts).toBe(0);
  });

  test('shows what decisions on dependencies made of it, and nothing else of it changes', () => {
    const { state } = folded([eventOf('a:1', 'create', { title: 'x', parent: 't1' })]);
    const evaluation = evaluate(state, policy, fastSha256);
    const shown = (effect: ResourceState['effect']) =>
      viewOf({ ...state, effect }, evaluation, policy.rulesFor('task'), 0);

    expect(shown(undefined)).toMatchObject({ deleted: false, fields: { title: 'x', parent: 't1' } });
    expect(shown({ existence: 'cascade' }).deleted).toBe(true);
    expect(shown({ existence: 'restore' }).deleted).toBe(false);
    expect(shown({ detached: [] }).fields).toBe(evaluation.fields);
    expect(shown({ detached: ['parent'] })).toMatchObject({ deleted: false, fields: { title: 'x', parent: null } });
    expect(evaluation.fields['parent']).toBe('t1');
    const gone = folded([eventOf('a:1', 'create', {}), eventOf('a:2', 'delete', null, ['a:1'])]).state;
    const deleted = evaluate(gone, policy, fastSha256);
    expect(viewOf({ ...gone, effect: { existence: 'restore' } }, deleted, policy.rulesFor('task'), 0).deleted).toBe(
      false,
    );
    expect(viewOf({ ...gone, effect: { disputes: true } }, deleted, policy.rulesFor('task'), 0).deleted).toBe(true);
  });

  test('names what its references and dependencies name, each once, in one order', () => {
    const of = (fields: JsonObject, details: EventDetails = {}) =>
      folded([eventOf('a:1', 'create', fields, [], details)]).view.references;
    const at = (resourceType: string, resourceId: string) => ({ resourceType, resourceId });

    expect(of({ title: 'x' })).toEqual([]);
    expect(of({ parent: null, owner: 7 })).toEqual([]);
    expect(of({ parent: 't2', owner: 'p1', other: 't1' })).toEqual([
      at('person', 'p1'),
      at('task', 't1'),
      at('task', 't2'),
    ]);
    expect(of({ parent: 't1', other: 't1' })).toEqual([at('task', 't1')]);
    expect(of({ parent: 't1' }, { dependsOn: [at('task', 't1'), at('note', 'n1')] })).toEqual([
      at('note', 'n1'),
      at('task', 't1'),
    ]);
    expect(of({}, { dependsOn: [at('note', 'n1')] })).toEqual([at('note', 'n1')]);
  });
});

describe('a write weighs', () => {
  const registers = { title: register(), weight: register(), size: register() };
  const rules = (resource: AnyResource) =>
    definePolicy({
      name: 'test',
      version: 1,
      resources: [resource],
      default: priorityBased(),
      agents: { boss: { priority: 9 } },
    });
  const plain = rules(defineResource('task', { version: 1, fields: registers, priorityField: 'weight' }));
  const grouped = rules(
    defineResource('task', { version: 1, fields: registers, priorityField: 'weight' }).group('sort', [
      'weight',
      'size',
    ]),
  );
  const whole = rules(
    defineResource('task', { version: 1, fields: registers, priorityField: 'weight', granularity: 'resource' }),
  );
  const counted = rules(
    defineResource('task', { version: 1, fields: { title: register(), weight: counter() }, priorityField: 'weight' }),
  );

  /** Priorities of the writes of the title that stand against each other; the first is told, the second is medium. */
  const weight = (events: readonly ReknitEvent[], under: Policy, key = 'title'): number | undefined =>
    folded(events, under)
      .state.units.get(key)
      ?.siblings.find(({ dot }) => (dot as string).startsWith('b'))?.facts?.priority;
  const created = (fields: JsonObject) => eventOf('a:1', 'create', fields, [], { agentId: 'ada' });
  const other = (parent: ReknitEvent) => eventOf('c:1', 'update', { title: 'other' }, [parent]);
  const mine = (parent: ReknitEvent, fields: JsonObject = {}, details: EventDetails = {}, dot = 'b:1') =>
    eventOf(dot, 'update', { title: 'mine', ...fields }, [parent], details);
  const both = (first: JsonObject, fields?: JsonObject, details?: EventDetails): readonly ReknitEvent[] => {
    const start = created(first);
    return [start, mine(start, fields, details), other(start)];
  };
  const reversed = (events: readonly ReknitEvent[]) => [...events.slice(0, 1), ...events.slice(1).reverse()];

  test.each<[string, readonly ReknitEvent[], number]>([
    ['what it says of itself', both({ weight: 'low' }, { weight: 'low' }, { priority: 'critical' }), 3],
    ['what its agent weighs', both({ weight: 'low' }, {}, { agentId: 'boss' }), 9],
    ['what it says itself, before its agent', both({}, {}, { agentId: 'boss', priority: 0.5 }), 0.5],
    ['what it writes to the priority field', both({ weight: 'low' }, { weight: 'high' }), 2],
    ['what the priority field said before', both({ weight: 'high' }), 2],
    ['medium where nothing is said', both({}), 1],
    ['medium where the field says nothing that weighs', both({ weight: 'urgent' }), 1],
    ['a number as it is', both({ weight: -4 }), -4],
  ])('%s', (_what, events, expected) => {
    expect(weight(events, plain)).toBe(expected);
    expect(weight(reversed(events), plain)).toBe(expected);
  });

  test('what was said in its own past, whatever others say by now', () => {
    const start = created({ weight: 'low' });
    const raised = eventOf('c:1', 'update', { weight: 'critical', title: 'other' }, [start]);
    const own = mine(start);

    for (const events of [[start, raised, own], [start, own, raised]]) expect(weight(events, plain)).toBe(0);
  }); // prettier-ignore

  test('nothing that a create cleared', () => {
    const start = created({ weight: 'high' });
    const anew = eventOf('b:1', 'create', { title: 'mine' }, [start]);

    for (const events of [[start, anew, other(start)], [start, other(start), anew]]) expect(weight(events, plain)).toBe(1);
  }); // prettier-ignore

  test('what the field says within its group, or within the whole resource', () => {
    for (const [events, expected] of [
      [both({ weight: 'high', size: 1 }), 2],
      [both({ weight: 'low', size: 1 }, { size: 2 }), 0],
      [both({ size: 1 }), 1],
    ] as const)
      for (const order of [events, reversed(events)]) expect(weight(order, grouped)).toBe(expected);
    for (const [events, expected] of [
      [both({ weight: 'high' }), 2],
      [both({ weight: 'high' }, { weight: 'critical' }), 3],
      [both({ title: 'x' }), 1],
    ] as const)
      for (const order of [events, reversed(events)]) expect(weight(order, whole, '')).toBe(expected);
  });

  test('medium in a resolve that replaces the group without a word of it', () => {
    const start = created({ weight: 'high', size: 1 });
    const resolved = eventOf('b:1', 'resolve', { size: 2, title: 'mine' }, [start]);
    const untouched = eventOf('b:1', 'resolve', { title: 'mine' }, [start]);

    for (const events of [[start, resolved, other(start)], [start, other(start), resolved]]) expect(weight(events, grouped)).toBe(1);
    for (const events of [[start, untouched, other(start)], [start, other(start), untouched]]) expect(weight(events, grouped)).toBe(2);
  }); // prettier-ignore

  test('medium where the priority field adds up, and has no value in a past', () => {
    const start = created({ weight: 3 });
    for (const events of [[start, mine(start), other(start)], [start, other(start), mine(start)]]) expect(weight(events, counted)).toBe(1);
  }); // prettier-ignore
});
