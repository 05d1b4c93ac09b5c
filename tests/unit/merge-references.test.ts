/**
 * References to resources that were deleted meanwhile: small stories, each with its events in every causal order, one by one
 * and at once, and under every answer that there is. The model says what comes of them (R25 to R28).
 */
import { describe, expect, test } from 'vitest';
import type { ReknitEvent, ResourceRef } from '../../src/domain/events/event.js';
import type { AuditAct } from '../../src/domain/audit/audit-act.js';
import type { Policy } from '../../src/domain/strategies/policy.js';
import { engineOn } from '../support/engine.js';
import { eventOf, type EventDetails } from '../support/histories/event-builder.js';
import { keptForm, mergedForm, modelForm } from '../support/histories/merge-cases.js';
import { dotOf } from '../support/model/order.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import * as tiny from '../support/model/tiny-strategies.js';
import { createSpareStore } from '../support/spare-store.js';

const task = (resourceId: string): ResourceRef => ({ resourceType: 'task', resourceId });
const on = (resourceId: string, details: EventDetails = {}): EventDetails => ({
  ...details,
  resource: task(resourceId),
});

const answers = {
  restore: tiny.applies('restore'),
  cascade: tiny.applies('cascade'),
  detach: tiny.applies('detach'),
  'a person': tiny.leaveToPerson,
  'now this, now that': tiny.decidesByHash,
};
const policyFor = (answer: keyof typeof answers): Policy =>
  tinyPolicy({
    references: { parent: 'task', next: 'task' },
    groups: { place: ['next', 'street'] },
    byUnit: { parent: tiny.decidesByHash },
    byConflict: { dependency: answers[answer] },
    existence: tiny.existenceWins('deleted'),
  });

const top = eventOf('a:1', 'create', {}, [], on('top'));
const topGone = eventOf('a:2', 'delete', null, [top], on('top'));
const topAgain = eventOf('a:3', 'create', {}, [topGone], on('top'));
const otherGone = eventOf('d:1', 'delete', null, [top], on('top'));
const topLives = eventOf('d:1', 'update', { title: 'x' }, [top], on('top'));
const child = eventOf('b:1', 'create', { parent: 'top' }, [], on('child'));
const childLetsGo = eventOf('b:2', 'update', { parent: null }, [child], on('child'));
const childElsewhere = eventOf('c:1', 'update', { parent: 'away' }, [child], on('child'));
const childAlso = eventOf('c:1', 'update', { parent: 'top' }, [child], on('child'));
const grandchild = eventOf('c:1', 'create', { parent: 'child' }, [], on('grandchild'));
const childGone = eventOf('d:2', 'delete', null, [child], on('child'));
const grouped = eventOf('b:1', 'create', { next: 'top', street: 'Main' }, [], on('child'));
const groupMoved = eventOf('c:1', 'update', { street: 'Side' }, [grouped], on('child'));
const groupAway = eventOf('d:1', 'update', { next: 'away' }, [grouped], on('child'));
const depends = eventOf('b:1', 'create', {}, [], on('child', { dependsOn: [task('top'), task('away')] }));
const dependsToo = eventOf('c:1', 'update', { title: 'x' }, [depends], on('child', { dependsOn: [task('top')] }));
const dependsElse = eventOf('d:1', 'update', { title: 'y' }, [depends], on('child', { dependsOn: [task('away')] }));
const twice = eventOf('b:1', 'create', { parent: 'top', next: 'top' }, [], on('child', { dependsOn: [task('top')] }));
const knowing = eventOf('a:2', 'delete', null, [top], on('top', { sees: [child] }));
const knowingChild = eventOf('b:1', 'create', { parent: 'top' }, [], on('child', { sees: [topGone] }));
const knowingLater = eventOf('b:2', 'update', { title: 'x' }, [child], on('child', { sees: [topGone] }));
const self = eventOf('b:1', 'create', { parent: 'self' }, [], on('self'));
const selfGone = eventOf('c:1', 'delete', null, [self], on('self'));
const selfLives = eventOf('d:1', 'update', { title: 'x' }, [self], on('self'));
const one = eventOf('a:1', 'create', { parent: 'two' }, [], on('one'));
const two = eventOf('b:1', 'create', { parent: 'one' }, [], on('two'));
const oneGone = eventOf('c:1', 'delete', null, [one], on('one'));
const twoGone = eventOf('d:1', 'delete', null, [two], on('two'));

const stories: Readonly<Record<string, readonly ReknitEvent[]>> = {
  'a reference to what was deleted': [top, topGone, child],
  'one that lets go': [top, topGone, child, childLetsGo],
  'one that names another beside it': [top, topGone, childElsewhere, child],
  'two writes of the same': [top, topGone, child, childAlso],
  'what was deleted and made again': [top, topGone, topAgain, child],
  'two deletes': [top, topGone, otherGone, child],
  'a delete that is in dispute': [top, topGone, topLives, child],
  'a chain of two': [top, topGone, child, grandchild],
  'a chain whose middle goes too': [topGone, top, child, grandchild, childGone],
  'a group that refers': [top, topGone, grouped, groupMoved],
  'a group of which one side refers': [top, topGone, grouped, groupAway],
  'a dependency without a field': [top, topGone, depends],
  'two of those, at once': [top, topGone, depends, dependsToo],
  'two of those, of which one names another': [top, topGone, depends, dependsElse],
  'three references of one': [top, topGone, twice],
  'a delete that knew': [top, knowing, child],
  'a delete that knew one of two': [top, knowing, child, childAlso],
  'a reference that knew': [top, topGone, knowingChild],
  'a referrer that knew later': [top, topGone, child, knowingLater],
  'one that refers to itself': [self, selfGone, selfLives],
  'a ring of two, one of which goes': [one, two, oneGone],
  'a ring of two that both go': [one, two, oneGone, twoGone],
  'a reference to what never was': [child, childElsewhere],
};

/** Orders in which each comes after its parents, spread over all that there are. */
const ordersOf = (events: readonly ReknitEvent[]): readonly (readonly ReknitEvent[])[] => {
  const orders: ReknitEvent[][] = [];
  const extend = (order: readonly ReknitEvent[], open: readonly ReknitEvent[]): void => {
    if (open.length === 0) orders.push([...order]);
    for (const event of open)
      if (!open.some((other) => event.parents.some((parent) => parent === dotOf(other))))
        extend(
          [...order, event],
          open.filter((other) => other !== event),
        );
  };
  extend([], events);
  const step = Math.max(1, Math.ceil(orders.length / 5));
  return orders.filter((_order, index) => index % step === 0);
};

describe.each(Object.entries(stories))('%s', (_story, events) => {
  test.each(Object.keys(answers) as (keyof typeof answers)[])(
    'comes to the same in every order: %s',
    async (answer) => {
      const policy = policyFor(answer);
      const expected = modelForm(events, policy);
      const atOnce = engineOn(policy);
      await atOnce.deliver(events);
      expect(await mergedForm(atOnce)).toEqual(expected);

      for (const order of ordersOf(events)) {
        const engine = engineOn(policy, createSpareStore());
        for (const event of order) await engine.deliver([event]);
        expect(await mergedForm(engine)).toEqual(expected);
        expect(await keptForm(engine)).toEqual(await keptForm(atOnce));
      }
    },
  );
});

describe('a person who leaves a reference dangling', () => {
  const policy = policyFor('a person');
  const story = [top, child, topGone];

  const keeping = async (): Promise<ReknitEvent> => {
    const engine = engineOn(policy);
    await engine.deliver(story);
    const { items } = await engine.store.readConflicts({ limit: 9 });
    return eventOf('b:2', 'resolve', {}, [child], on('child', { conflictId: items[0]?.record.conflictId ?? '' }));
  };

  test('closes that conflict for good, whoever hears of it in whatever order (R28)', async () => {
    const kept = await keeping();
    const all = [...story, kept];
    const expected = modelForm(all, policy);

    for (const order of ordersOf(all)) {
      const engine = engineOn(policy);
      for (const event of order) await engine.deliver([event]);
      expect(await mergedForm(engine)).toEqual(expected);
      const trail = (await engine.store.readAudit({ after: 0, limit: 99 })).items.flatMap(
        ({ acts }): readonly AuditAct[] => acts,
      );
      const [closing, ...more] = trail.filter(({ type }) => type === 'ConflictClosed');
      expect(more).toEqual([]);
      expect(closing).toMatchObject({ conflictId: kept.conflictId, by: 'b:2', agentId: 'ann', operation: 'resolve' });
    }
  });

  test('is told once, also where a second one says the same later', async () => {
    const kept = await keeping();
    const again = eventOf(
      'c:1',
      'resolve',
      {},
      [child],
      on('child', { conflictId: kept.conflictId ?? '', agentId: 'bob' }),
    );
    const engine = engineOn(policy);
    for (const event of [...story, kept, again]) await engine.deliver([event]);

    const trail = (await engine.store.readAudit({ after: 0, limit: 99 })).items.flatMap(
      ({ acts }): readonly AuditAct[] => acts,
    );
    expect(trail.flatMap((act) => (act.type === 'ConflictClosed' ? [[act.by, act.agentId]] : []))).toEqual([
      ['b:2', 'ann'],
      ['c:1', 'bob'],
    ]);
    expect(await mergedForm(engine)).toEqual(modelForm([...story, kept, again], policy));
  });
});

test('a pending conflict about a reference that ends is kept as superseded, one that was decided goes', async () => {
  for (const [answer, left] of [['a person', 1], ['detach', 0]] as const) {
    const engine = engineOn(policyFor(answer));
    for (const event of [top, child, topGone, childLetsGo]) await engine.deliver([event]);

    const { items } = await engine.store.readConflicts({ includeSuperseded: true, limit: 9 });
    expect(items.map(({ record: { isStanding, isSuperseded } }) => [isStanding, isSuperseded])).toEqual(Array.from({ length: left }, () => [false, true]));
    const { acts } = (await engine.store.readAudit({ after: 3, limit: 1 })).items[0] ?? { acts: [] };
    expect(acts.filter(({ type }) => type.startsWith('Conflict')).map(({ type }) => type)).toEqual(['ConflictSuperseded']);
  }
}); // prettier-ignore

test('an event is a side of a pending conflict about its reference, of a decided one, of none (status)', async () => {
  const statusOf = async (answer: keyof typeof answers, events: readonly ReknitEvent[]) => {
    const engine = engineOn(policyFor(answer));
    for (const event of events) await engine.deliver([event]);
    const { items } = await engine.store.readEvents({ after: 0, limit: 9, resource: task('child') });
    return items.find(({ sealed: { dot } }) => dot === 'b:1')?.status;
  };

  expect(await statusOf('a person', [top, child, topGone])).toBe('conflict');
  expect(await statusOf('detach', [top, child, topGone])).toBe('resolved');
  expect(await statusOf('detach', [top, child])).toBe('synced');
  expect(await statusOf('a person', [top, child, topGone, childLetsGo])).toBe('synced');

  // It is a side of two: of a decided one about its title, and of one about its reference that waits for a person.
  const titled = eventOf('b:1', 'create', { parent: 'top', title: 'x' }, [], on('child'));
  const retitled = eventOf('c:1', 'create', { title: 'y' }, [], on('child'));
  for (const order of ordersOf([top, topGone, titled, retitled]))
    expect(await statusOf('a person', order)).toBe('conflict');
}); // prettier-ignore
