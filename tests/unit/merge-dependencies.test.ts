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
import type { WorldRequest } from '../../src/domain/merge/dependencies.js';
import type { MergeStrategy } from '../../src/domain/strategies/merge-strategy.js';
import { engineOn, type Engine } from '../support/engine.js';
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
