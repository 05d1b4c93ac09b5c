/** Clocks that are off: nothing stops recording, nothing runs backwards, and nobody's future wins the present. */
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.js';
import { eventLimits, openReplica } from '../../../src/index.js';
import { eventOf } from '../../support/histories/event-builder.js';
import { collect, meet, siteOn, storeKinds, storyStartMs } from '../../support/site.js';

const yearMs = 365 * 24 * 3_600_000;

describe.each(storeKinds)('on a %s store', (kind) => {
  test('an event a year ahead is held with its reason, moves no clock, and is released when its time comes (R10, I27)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    const start = eventOf('x:1', 'create', { status: 'todo' });
    const ahead = eventOf('x:2', 'update', { status: 'from the future' }, [start], { atMs: yearMs });
    const child = eventOf('x:3', 'update', { title: 'after it' }, [ahead], { atMs: 1 });

    expect(await laptop.import([start, ahead, child])).toMatchObject({ applied: 1, parked: 2 });
    expect(await laptop.parked()).toEqual([
      expect.objectContaining({ reason: 'future', sealed: expect.objectContaining({ dot: 'x:2' }) as unknown }),
      expect.objectContaining({ reason: 'parents', missing: ['x:2'] }),
    ]);
    expect((await laptop.get('task', 'one'))?.fields).toEqual({ status: 'todo' });
    const own = await laptop.create('task', 'two', {});
    expect(Date.parse(own.timestamp)).toBeLessThan(storyStartMs + 1_000);
    const other = await site.open('other');
    await meet(other, laptop);
    expect(await other.parked()).toHaveLength(2);

    site.at(yearMs - 60_000);
    await laptop.import([eventOf('z:1', 'create', {}, [], { resource: { resourceType: 'task', resourceId: 'z' } })]);
    expect(await laptop.parked()).toEqual([]);
    expect((await laptop.get('task', 'one'))?.fields).toEqual({ status: 'from the future', title: 'after it' });
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('a wall clock that is set back, or that stands still, goes on ticking by counter (R2, R10, I26)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    site.at(10_000);
    const first = await laptop.create('task', 'one', { status: 'todo' });
    site.at(-3 * yearMs);
    const second = await laptop.update('task', 'one', { status: 'done' });
    const third = await laptop.update('task', 'one', { status: 'archived' });
    site.at(10_001);
    const fourth = await laptop.update('task', 'one', { status: 'back' });

    expect(
      [first, second, third, fourth].map(({ timestamp, counter }) => [Date.parse(timestamp) - storyStartMs, counter]),
    ).toEqual([
      [10_000, 0],
      [10_000, 1],
      [10_000, 2],
      [10_001, 0],
    ]);
    expect((await laptop.get('task', 'one'))?.fields['status']).toBe('back');
  });

  test('what a replica has seen, its next write is later than, also after it was opened again (R10, I24)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    await laptop.import([eventOf('x:1', 'create', { status: 'todo' }, [], { atMs: 60_000, counter: 7 })]);
    const own = await laptop.update('task', 'one', { status: 'done' });

    expect([Date.parse(own.timestamp) - storyStartMs, own.counter]).toEqual([60_000, 8]);
  });

  test('a counter at its end takes the next millisecond, and recording never stops (R10, I26)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    await laptop.import([eventOf('x:1', 'create', { status: 'todo' }, [], { counter: eventLimits.counterMax - 1 })]);
    const own = [];
    for (const status of ['a', 'b', 'c']) own.push(await laptop.update('task', 'one', { status }));

    expect(own.map(({ timestamp, counter }) => [Date.parse(timestamp) - storyStartMs, counter])).toEqual([
      [0, eventLimits.counterMax],
      [1, 0],
      [1, 1],
    ]);
  });
});

test('seventy thousand counts in one frozen millisecond keep their order (R2, I26)', async () => {
  const laptop = await openReplica({ agentId: 'laptop', clock: () => storyStartMs, store: createMemoryStore() });
  await laptop.import([eventOf('x:1', 'create', { status: 'todo' }, [], { counter: 69_990 })]);
  const events = [];
  for (let index = 0; index < 20; index += 1)
    events.push(await laptop.update('task', 'one', { status: String(index) }));

  expect(events.map(({ counter }) => counter)).toEqual(Array.from({ length: 20 }, (_, index) => 69_991 + index));
  expect((await laptop.get('task', 'one'))?.fields['status']).toBe('19');
  expect(await collect(laptop.export())).toHaveLength(21);
  await laptop.close();
});

test('a clock that gives no time is refused before anything is written (R10)', async () => {
  for (const wrong of [Number.NaN, Infinity, 1e20]) {
    let now = storyStartMs;
    const laptop = await openReplica({ agentId: 'laptop', clock: () => now });
    await laptop.create('task', 'one', { status: 'todo' });
    now = wrong;
    await expect(laptop.update('task', 'one', { status: 'done' })).rejects.toMatchObject({ code: 'bad_clock' });
    now = storyStartMs + 1;
    await laptop.update('task', 'one', { status: 'done' });
    expect(await laptop.verify()).toMatchObject({ ok: true, events: 2 });
    await laptop.close();
  }
});
