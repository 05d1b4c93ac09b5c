/**
 * Dependencies decided piece by piece: stories in which what a batch brings changes something
 * about resources that the batch does not name. The first three were found by the convergence
 * property, which holds for any history; here each has a name.
 */
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import type { HistoryRequest } from '../../src/domain/merge/loaded.js';
import { foldResource } from '../../src/domain/merge/fold-events.js';
import { participantOf } from '../../src/domain/merge/dependencies/participant.js';
import { evaluate } from '../../src/domain/conflict/evaluate.js';
import type { WorldRequest } from '../../src/domain/merge/dependencies.js';
import type { MergeStrategy } from '../../src/domain/strategies/merge-strategy.js';
import { engineOn, fastSha256, type Engine } from '../support/engine.js';
import { eventOf } from '../support/histories/event-builder.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import * as tiny from '../support/model/tiny-strategies.js';

const task = (resourceId: string) => ({ resourceType: 'task', resourceId });
const at = (resourceId: string) => ({ resource: task(resourceId) });

const policyThat = (dependency: MergeStrategy) =>
  tinyPolicy({ references: { parent: 'task' }, byConflict: { dependency }, existence: tiny.existenceWins('deleted') });

const deliverOneByOne = async ({ deliver }: Engine, events: readonly ReknitEvent[]): Promise<void> => {
  for (const event of events) await deliver([event]);
};

const isDeleted = async ({ store }: Engine, resourceId: string): Promise<boolean | undefined> =>
  (await store.readResource(task(resourceId)))?.view.deleted;

const standingOn = async ({ store }: Engine, resourceId: string): Promise<readonly unknown[]> => {
  const { items } = await store.readConflicts({ resource: task(resourceId), limit: 100 });
  return items
    .filter(({ record }) => record.isStanding)
    .map(({ record: { unit, siblings, outcome } }) => ({ unit: unit.kind, siblings, outcome: outcome.type }));
};

describe('what one batch does to resources that it does not name', () => {
  const top = eventOf('a:1', 'create', {}, [], at('top'));
  const topGone = eventOf('a:2', 'delete', null, [top], at('top'));
  const child = eventOf('b:1', 'create', { parent: 'top' }, [], at('child'));

  test('a cascade runs down a chain of references that were stored long before', async () => {
    const engine = engineOn(policyThat(tiny.applies('cascade')));
    const grandchild = eventOf('c:1', 'create', { parent: 'child' }, [], at('grandchild'));
    const last = eventOf('d:1', 'create', { parent: 'grandchild' }, [], at('last'));

    await deliverOneByOne(engine, [top, child, grandchild, last]);
    await engine.deliver([topGone]);

    for (const resourceId of ['child', 'grandchild', 'last']) expect(await isDeleted(engine, resourceId)).toBe(true);
    expect(await standingOn(engine, 'last')).toEqual([
      { unit: 'dependency', siblings: ['a:2', 'd:1'], outcome: 'apply' },
    ]);
  });

  test('what a reference brought back goes again when that reference turns out to be a fork of another resource', async () => {
    const engine = engineOn(policyThat(tiny.applies('restore')));
    const fork = eventOf('b:1', 'create', {}, [], { resource: { resourceType: 'note', resourceId: 'x' } });

    await deliverOneByOne(engine, [top, child, topGone]);
    const before = await isDeleted(engine, 'top');
    await engine.deliver([fork]);

    expect(before).toBe(false);
    expect(await isDeleted(engine, 'top')).toBe(true);
    expect(await standingOn(engine, 'child')).toEqual([]);
  });

  test('a conflict ends where its delete turns out to be void, on a resource that can refer to nothing itself', async () => {
    const note = { resource: { resourceType: 'note', resourceId: 'n' } };
    const policy = tinyPolicy({
      references: { about: 'note' },
      byConflict: { dependency: tiny.applies('cascade') },
      types: { note: { existence: tiny.existenceWins('deleted') } },
    });
    const engine = engineOn(policy);
    const subject = eventOf('a:1', 'create', {}, [], note);
    const refers = eventOf('b:1', 'create', { about: 'n' }, [], at('child'));

    await deliverOneByOne(engine, [subject, refers, eventOf('a:2', 'delete', null, [subject], note)]);
    const before = await isDeleted(engine, 'child');
    await engine.deliver([eventOf('a:2', 'update', { title: 'another' }, [subject], note)]);

    expect(before).toBe(true);
    expect(await isDeleted(engine, 'child')).toBe(false);
    expect(await standingOn(engine, 'child')).toEqual([]);
  });

  test('what is decided about several references of one resource is kept in an order of its own', async () => {
    const fields = ['e', 'a', 'd', 'b', 'c'];
    const policy = tinyPolicy({
      references: Object.fromEntries(fields.map((field) => [field, 'task'])),
      byConflict: { dependency: tiny.applies('detach') },
      existence: tiny.existenceWins('deleted'),
    });
    const engine = engineOn(policy);
    const tops = fields.map((field) => eventOf(`${field}:1`, 'create', {}, [], at(`top ${field}`)));
    const deletes = tops.map((event, index) => eventOf(`${fields[index] ?? ''}:2`, 'delete', null, [event], at(event.resourceId)));
    const refers = eventOf('z:1', 'create', Object.fromEntries(fields.map((field) => [field, `top ${field}`])), [], at('child'));

    await deliverOneByOne(engine, [...tops, refers]);
    const { conflictIds: ids } = await engine.deliver(deletes);

    expect((await engine.store.readResource(task('child')))?.state.effect?.detached).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(ids).toHaveLength(5);
    expect(ids).toEqual(ids.toSorted());
    expect((await engine.store.readResource(task('child')))?.view.pendingConflicts).toBe(0);
  }); // prettier-ignore

  test('a dependency conflict goes with its delete, though a fork folds the dependant anew in the same batch', async () => {
    const engine = engineOn(policyThat(tiny.applies('cascade')));
    const born = eventOf('b:1', 'create', {}, [], at('child'));
    const refers = eventOf('b:2', 'update', { parent: 'top' }, [born], at('child'));
    const fork = eventOf('b:1', 'create', {}, [], { resource: { resourceType: 'note', resourceId: 'x' } });
    const topAgain = eventOf('a:3', 'create', {}, [topGone], at('top'));

    await deliverOneByOne(engine, [top, born, refers, topGone]);
    const before = await isDeleted(engine, 'child');
    await engine.deliver([topAgain, fork]);

    expect(before).toBe(true);
    expect(await isDeleted(engine, 'child')).toBe(false);
    expect(await standingOn(engine, 'child')).toEqual([]);
  });

  test('another referrer takes over where the one that brought the target back lets go', async () => {
    const engine = engineOn(policyThat(tiny.applies('restore')));
    const other = eventOf('c:1', 'create', { parent: 'top' }, [], at('other'));
    const letsGo = eventOf('b:2', 'update', { parent: null }, [child], at('child'));
    const otherLetsGo = eventOf('c:2', 'update', { parent: null }, [other], at('other'));

    await deliverOneByOne(engine, [top, child, other, topGone, letsGo]);
    const afterOne = await isDeleted(engine, 'top');
    await engine.deliver([otherLetsGo]);

    expect(afterOne).toBe(false);
    expect(await isDeleted(engine, 'top')).toBe(true);
  });

  test('a conflict ends when it turns out that the delete had seen the reference after all (R25)', async () => {
    const engine = engineOn(policyThat(tiny.leaveToPerson));
    const later = eventOf('b:2', 'update', { title: 'x' }, [child], at('child'));
    const knowing = eventOf('a:2', 'delete', null, [top], { ...at('top'), sees: [later] });

    await deliverOneByOne(engine, [top, child, knowing]);
    const before = await standingOn(engine, 'child');
    await engine.deliver([later]);

    expect(before).toMatchObject([{ siblings: ['a:2', 'b:1'], outcome: 'pending' }]);
    expect(await standingOn(engine, 'child')).toEqual([]);
    expect((await engine.store.readResource(task('child')))?.view.pendingConflicts).toBe(0);
  });
});

describe('a reference as it is seen', () => {
  const seenUnder = (answer: MergeStrategy, ...events: readonly ReknitEvent[]) => {
    const policy = tinyPolicy({
      references: { parent: 'task', next: 'note' },
      groups: { place: ['next', 'street'] },
      byUnit: { parent: answer, place: answer },
      byConflict: { dependency: tiny.leaveToPerson },
    });
    const state = foldResource(events, policy, fastSha256)?.state;
    if (state === undefined) throw new Error('there is no resource');
    const { edges } = participantOf(state, evaluate(state, policy, fastSha256), policy.rulesFor('task'));
    return edges.map(({ unit: { field, target }, writes }) => [field, target.resourceType, target.resourceId, writes]);
  };
  const born = eventOf('a:1', 'create', { title: 'x' }, []);
  const write = (dot: string, payload: ReknitEvent['payload']) => eventOf(dot, 'update', payload, [born]);

  test('stands on those writes that name what is shown', () => {
    const [top, away, alsoTop] = [write('b:1', { parent: 'top' }), write('c:1', { parent: 'away' }), write('d:1', { parent: 'top' })];

    expect(seenUnder(tiny.lastWriteWins, born, top, away, alsoTop)).toEqual([['parent', 'task', 'top', ['b:1', 'd:1']]]);
    expect(seenUnder(tiny.lastWriteWins, born, top, away)).toEqual([['parent', 'task', 'away', ['c:1']]]);
  }); // prettier-ignore

  test('stands on all writes where a strategy shows what nobody wrote', () => {
    const [top, away] = [write('b:1', { parent: 'top' }), write('c:1', { parent: 'away' })];

    expect(seenUnder(tiny.answers('other'), born, top, away)).toEqual([['parent', 'task', 'other', ['b:1', 'c:1']]]);
    expect(seenUnder(tiny.answers(7), born, top, away)).toEqual([]);
  });

  test('in a group stands on those writes of the group that name it', () => {
    const [one, other] = [write('b:1', { next: 'n' }), write('c:1', { street: 'Main' })];

    expect(seenUnder(tiny.lastWriteWins, born, one)).toEqual([['next', 'note', 'n', ['b:1']]]);
    expect(seenUnder(tiny.lastWriteWins, born, one, other)).toEqual([]);
    const [again, more] = [write('b:1', { next: 'n', street: 'x' }), write('c:1', { next: 'n', street: 'y' })];
    expect(seenUnder(tiny.lastWriteWins, born, again, more)).toEqual([['next', 'note', 'n', ['b:1', 'c:1']]]);
  });

  test('in dependsOn counts every write that names it', () => {
    const [top, note] = [task('top'), { resourceType: 'note', resourceId: 'n' }];
    const first = eventOf('b:1', 'update', { title: 'y' }, [born], { dependsOn: [top, note] });
    const second = eventOf('c:1', 'update', { title: 'z' }, [born], { dependsOn: [top] });

    expect(seenUnder(tiny.lastWriteWins, born, first, second)).toEqual([
      ['dependsOn', 'task', 'top', ['b:1', 'c:1']],
      ['dependsOn', 'note', 'n', ['b:1']],
    ]);
  });
});

describe('what strategies are asked', () => {
  test('about a resource that refers to nothing is the same, whatever others refer to', async () => {
    const asked = async (...before: readonly ReknitEvent[]): Promise<number> => {
      let count = 0;
      const counting: MergeStrategy = {
        ...tiny.lastWriteWins,
        decide: (...given) => {
          count += 1;
          return tiny.lastWriteWins.decide(...given);
        },
      };
      const policy = tinyPolicy({
        references: {},
        byUnit: { title: counting },
        types: { note: { references: { parent: 'note' } } },
      });
      const engine = engineOn(policy);
      await engine.deliver(before);
      const born = eventOf('x:1', 'create', { title: 'x' }, [], at('x'));
      const [left, right] = [eventOf('y:1', 'update', { title: 'y' }, [born], at('x')), eventOf('z:1', 'update', { title: 'z' }, [born], at('x'))];
      await deliverOneByOne(engine, [born, left, right, eventOf('z:2', 'update', { status: 'z' }, [right], at('x'))]);
      return count;
    };
    const noteOn = (id: string) => ({ resource: { resourceType: 'note', resourceId: id } });
    const some = [eventOf('a:1', 'create', {}, [], noteOn('a')), eventOf('b:1', 'create', { parent: 'a' }, [], noteOn('b'))];

    expect(await asked(...some)).toBe(await asked());
  }); // prettier-ignore
});

describe('what is asked of the store', () => {
  /** A memory store that notes which neighbours and histories it was asked for. */
  const watched = () => {
    const store = createMemoryStore();
    const worlds: WorldRequest[] = [];
    const histories: HistoryRequest[] = [];
    const noting: EventStore = {
      ...store,
      loadWorld: (request) => {
        if (request.resources.length + request.referrersOf.length > 0) worlds.push(request);
        return store.loadWorld(request);
      },
      loadHistories: (requests) => {
        histories.push(...requests);
        return store.loadHistories(requests);
      },
    };
    return { store: noting, worlds, histories };
  };

  const children = Array.from({ length: 20 }, (_nothing, index) =>
    eventOf(`c${index}:1`, 'create', { parent: 'top' }, [], at(`child ${index}`)),
  );
  const [firstChild] = children as [ReknitEvent, ...ReknitEvent[]];
  const top = eventOf('a:1', 'create', {}, [], at('top'));
  const plain = eventOf('p:1', 'create', { title: 'x' }, [], at('plain'));

  test('nothing for resources without references and referrers, whatever else there is', async () => {
    const { store, worlds, histories } = watched();
    const engine = engineOn(policyThat(tiny.applies('cascade')), store);
    await engine.deliver([top, ...children]);
    worlds.length = 0;

    await deliverOneByOne(engine, [plain, eventOf('p:2', 'update', { title: 'y' }, [plain], at('plain'))]);

    expect({ worlds, histories }).toEqual({ worlds: [], histories: [] });
  });

  test('nothing when a resource that refers to a deleted one changes otherwise', async () => {
    const { store, worlds, histories } = watched();
    const engine = engineOn(policyThat(tiny.applies('cascade')), store);
    const knowing = eventOf('a:2', 'delete', null, [top], { ...at('top'), sees: children });
    await deliverOneByOne(engine, [top, ...children, knowing]);
    worlds.length = 0;
    histories.length = 0;

    await engine.deliver([eventOf('c0:2', 'update', { title: 'y' }, [firstChild], at('child 0'))]);

    expect({ worlds, histories }).toEqual({ worlds: [], histories: [] });
  });

  test('no history, and nobody who refers to it, when a resource refers to another one that lives', async () => {
    const { store, worlds, histories } = watched();
    const engine = engineOn(policyThat(tiny.applies('cascade')), store);
    await deliverOneByOne(engine, [top, eventOf('b:1', 'create', {}, [], at('other')), ...children]);
    worlds.length = 0;

    await engine.deliver([eventOf('c0:2', 'update', { parent: 'other' }, [firstChild], at('child 0'))]);

    expect(worlds).toEqual([{ resources: ['task\0other'], referrersOf: [] }]);
    expect(histories).toEqual([]);
  });

  test('no history of referrers whose references the delete had seen', async () => {
    const { store, histories } = watched();
    const engine = engineOn(policyThat(tiny.applies('cascade')), store);
    const [unseen, ...seen] = children as [ReknitEvent, ...ReknitEvent[]];
    await deliverOneByOne(engine, [top, unseen, ...seen]);

    await engine.deliver([eventOf('a:2', 'delete', null, [top], { ...at('top'), sees: seen })]);

    expect(histories.map(({ resourceId }) => resourceId).sort()).toEqual(['child 0', 'top']);
    expect(await isDeleted(engine, 'child 0')).toBe(true);
    expect(await isDeleted(engine, 'child 1')).toBe(false);
  });
});
