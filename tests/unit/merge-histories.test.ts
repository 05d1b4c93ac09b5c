/** Looks into a whole history: what each event wrote, what the sides of a conflict started from, and what a part of it comes to (R5, R21, R23). */
import { describe, expect, test } from 'vitest';
import type { Dot, ReknitEvent } from '../../src/domain/events/event.js';
import { foldedHistory, historyAfter, historySteps, stateAfter } from '../../src/domain/merge/history-steps.js';
import type { LoadedHistory, VoidNode } from '../../src/domain/merge/loaded.js';
import { unitLens } from '../../src/domain/merge/unit-lens.js';
import { defineResource, register } from '../../src/domain/resource-definition/index.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import type { Unit } from '../../src/domain/strategies/merge-strategy.js';
import { fastSha256, sealed } from '../support/engine.js';
import { defaultResource, eventOf } from '../support/histories/event-builder.js';

const task = defineResource('task', {
  version: 1,
  fields: { title: register(), street: register(), city: register() },
}).group('address', ['street', 'city']);
const context = { policy: definePolicy({ name: 'test', version: 1, resources: [task] }), sha256: fastSha256 };
const titleKey = context.policy.rulesFor('task').unitOf('title').key;
const title: Unit = { kind: 'field', field: 'title' };
const address: Unit = { kind: 'group', group: 'address', fields: ['street', 'city'] };
const existence: Unit = { kind: 'existence' };
const dots = (...all: readonly string[]) => all as Dot[];

const loaded = (
  events: readonly ReknitEvent[],
  voids: readonly VoidNode[] = [],
  variants: readonly ReknitEvent[] = [],
): LoadedHistory => ({
  isWhole: true,
  events: events.map((event) => ({ sealed: sealed(event), sawAll: true })),
  voids,
  variants: variants.map(sealed),
  parked: [],
  conflicts: [],
});

const born = eventOf('a:1', 'create', { title: 'old', street: 'Main', city: 'Ulm' });
const moved = eventOf('b:1', 'update', { city: 'Bonn' }, [born]);
const named = eventOf('c:1', 'update', { title: 'new' }, [born]);
const gone = eventOf('d:1', 'delete', null, [born]);

describe('a look at a unit', () => {
  const lens = unitLens(defaultResource, loaded([born, moved, named, gone]), context);

  test('says what each event wrote of it, complete', () => {
    expect(lens.valueOf('c:1' as Dot, title)).toEqual({ value: 'new' });
    expect(lens.valueOf('b:1' as Dot, address)).toEqual({ value: { street: 'Main', city: 'Bonn' } });
    expect(lens.valueOf('b:1' as Dot, title)).toBeUndefined();
    expect(lens.valueOf('z:1' as Dot, title)).toBeUndefined();
    expect(lens.valueOf('c:1' as Dot, existence)).toBeUndefined();
  });

  test('says what all of some events started from', () => {
    expect(lens.baseOf(dots('b:1', 'c:1'), title)).toEqual({ value: 'old' });
    expect(lens.baseOf(dots('b:1', 'c:1'), address)).toEqual({ value: { street: 'Main', city: 'Ulm' } });
    expect(lens.baseOf(dots('b:1', 'd:1'), existence)).toEqual({ value: 'alive' });
    expect(lens.baseOf(dots('a:1', 'c:1'), title)).toBeUndefined();
    expect(lens.baseOf(dots('b:1', 'z:1'), title)).toBeUndefined();
    expect(
      lens.baseOf(dots('b:1', 'c:1'), { kind: 'dependency', field: 'title', target: defaultResource }),
    ).toBeUndefined();
  });

  test('says that it had been deleted, where all sides start from that', () => {
    const [one, other] = [eventOf('e:1', 'update', { title: 'x' }, [gone]), eventOf('f:1', 'create', {}, [gone])];

    expect(
      unitLens(defaultResource, loaded([born, gone, one, other]), context).baseOf(dots('e:1', 'f:1'), existence),
    ).toEqual({ value: 'deleted' });
  });
});

describe('the steps of a history', () => {
  const [one, other] = [eventOf('v:1', 'update', { title: 'one' }, [born]), eventOf('v:1', 'delete', null, [born])];
  const after = eventOf('w:1', 'update', { title: 'after' }, [one]);
  const node = { ...defaultResource, dot: 'v:1' as Dot, parents: dots('a:1'), isApplied: true };
  const stepsOf = (history: LoadedHistory) => historySteps(history).map(({ dot, step }) => [dot, step.type]);

  test('are its events as they were applied', () => {
    expect(stepsOf(loaded([born, named, moved]))).toEqual([
      ['a:1', 'event'],
      ['c:1', 'event'],
      ['b:1', 'event'],
    ]);
  });

  test('hold its voids, before what builds on them, and those that wait not at all', () => {
    expect(stepsOf(loaded([born, after], [node], [one, other]))).toEqual([
      ['a:1', 'event'],
      ['v:1', 'void'],
      ['w:1', 'event'],
    ]);
    expect(stepsOf(loaded([born], [{ ...node, isApplied: false }], [one, other]))).toEqual([['a:1', 'event']]);
    expect(stepsOf(loaded([born], [node], []))).toEqual([['a:1', 'event']]);
  });

  test('come to a state, in which a void has its place and no say', () => {
    const state = stateAfter(defaultResource, historySteps(loaded([born], [node], [one, other])), context);

    expect(state).toMatchObject({ heads: ['v:1'], hasVoids: true, isLinear: false, floor: undefined });
    expect(state.existence.map(({ dot, deletes }) => [dot, deletes])).toEqual([['a:1', false]]);
    expect(state.units.get(titleKey)?.siblings.map(({ value }) => value)).toEqual(['old']);
  });

  test('come to a graph of who had seen whom', () => {
    const history = loaded([born, after, moved], [node], [one, other]);
    for (const { graph } of [
      foldedHistory(defaultResource, history, context),
      historyAfter(defaultResource, historySteps(history), context),
    ]) {
      const [start, empty, last] = dots('a:1', 'v:1', 'w:1').map((dot) => graph.get(dot));
      if (start === undefined || empty === undefined || last === undefined) throw new Error('it lacks an event');
      expect([graph.hasSeen(last, empty), graph.hasSeen(empty, start), graph.hasSeen(start, last)]).toEqual([
        true,
        true,
        false,
      ]);
      expect(empty.item.isVoid).toBe(true);
    }
  });

  test('of a part come to what its author saw', () => {
    const steps = historySteps(loaded([born, gone, moved, named]));
    const seen = stateAfter(
      defaultResource,
      steps.filter(({ dot }) => dot !== 'd:1'),
      context,
    );

    expect(seen).toMatchObject({ heads: ['b:1', 'c:1'], isLinear: false, floor: 'a:1', effect: undefined });
    expect(seen.existence.some(({ deletes }) => deletes)).toBe(false);
  });
});
