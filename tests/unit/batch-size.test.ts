/** How large a batch grows: by what its own events are, and by what the one before it turned out to be. */
import { describe, expect, test } from 'vitest';
import { batchMax, createBatch, createBatchSize, roughBytesOf, type Batch } from '../../src/application/batch-size.js';
import { eventPage, eventPages } from '../../src/application/pages.js';
import type { EventQuery, EventStore, Page, StoredEvent } from '../../src/application/ports/event-store.js';
import type { SealedEvent } from '../../src/domain/events/event.js';

const eventOf = (seq: number, resource: number, parents: readonly string[], text = ''): SealedEvent =>
  ({
    dot: `a:${seq}`,
    event: { replicaId: 'a', seq, resourceId: `feature-${resource}`, parents, payload: { text } },
  }) as unknown as SealedEvent;

/** Adds events until the batch is full, or there are so many; every n-th of them was written beside the one before it. */
const filled = (batch: Batch, besideOneIn: number, text?: string): number => {
  const last = new Map<number, string>();
  for (let seq = 1; seq <= 2 * batchMax.events; seq += 1) {
    const resource = seq % 100;
    const before = last.get(resource);
    const isBeside = Math.floor(seq / 100) % besideOneIn === 0;
    batch.add(eventOf(seq, resource, before === undefined || isBeside ? [] : [before], text));
    last.set(resource, `a:${seq}`);
    if (batch.isFull()) return batch.events.length;
  }
  return Infinity;
};

const following = createBatchSize('following').limits();

describe('a batch', () => {
  test('of events that follow on one another ends soon', () => {
    expect(filled(createBatch(createBatchSize('following')), Infinity)).toBe(following.events);
    expect(filled(createBatch(createBatchSize('following')), 20)).toBe(following.events);
  });

  test('of events beside one another goes on, as far as any batch does', () => {
    expect(filled(createBatch(createBatchSize('following')), 1)).toBe(batchMax.events);
    expect(filled(createBatch(createBatchSize('following')), 4)).toBe(batchMax.events);
    expect(filled(createBatch(createBatchSize('concurrent')), Infinity)).toBe(batchMax.events);
  });

  test('of large events ends by their size, whatever they are', () => {
    const text = 'x'.repeat(50_000);
    const bytes = roughBytesOf({ payload: { text } });
    expect(filled(createBatch(createBatchSize('following')), Infinity, text)).toBe(Math.ceil(following.bytes / bytes));
    expect(filled(createBatch(createBatchSize('following')), 1, text)).toBe(Math.ceil(batchMax.bytes / bytes));
  });
});

describe('the size of the next batch', () => {
  test.each([
    { applied: 800, concurrent: 100, limits: batchMax },
    { applied: 800, concurrent: 99, limits: following },
    { applied: 1, concurrent: 1, limits: batchMax },
  ])('after $concurrent concurrent events of $applied', ({ limits, ...report }) => {
    for (const expected of ['following', 'concurrent'] as const) {
      const size = createBatchSize(expected);
      size.merged(report);
      expect(size.limits()).toEqual(limits);
    }
  });

  test('stays as it is after a batch that held nothing new', () => {
    const size = createBatchSize('concurrent');
    size.merged({ applied: 0, concurrent: 0 });
    expect(size.limits()).toEqual(batchMax);
  });
});

describe('a page of events', () => {
  const storeOf = (count: number, text: string) => {
    const limits: number[] = [];
    const readEvents = async ({ after, limit }: EventQuery): Promise<Page<StoredEvent>> => {
      limits.push(limit);
      const to = Math.min(count, after + limit);
      const items = Array.from(
        { length: to - after },
        (_, index) => ({ position: after + index + 1, sealed: eventOf(after + index + 1, 1, [], text) }) as StoredEvent,
      );
      return to < count ? { items, next: to } : { items };
    };
    return { limits, store: { readEvents } };
  };

  test.each([0, 1, 99, 100, 101, 1_200])('holds all of %i that fit', async (count) => {
    const { store } = storeOf(count, '');
    const { items, next } = await eventPage(store, { after: 0, limit: 2_000 }, batchMax.bytes);
    expect(items.map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(next).toBeUndefined();
  });

  test('ends at its limit, and goes on from there', async () => {
    const { store } = storeOf(3_000, '');
    const first = await eventPage(store, { after: 0, limit: 1_700 }, batchMax.bytes);
    expect([first.items.length, first.next]).toEqual([1_700, 1_700]);
    const second = await eventPage(store, { after: 1_700, limit: 1_700 }, batchMax.bytes);
    expect([second.items[0]?.position, second.items.length, second.next]).toEqual([1_701, 1_300, undefined]);
  });

  test('is bounded in bytes also where nobody says by how many', async () => {
    const { store } = storeOf(500, 'x'.repeat(50_000));
    const sizes: number[] = [];
    for await (const page of eventPages(store as EventStore, { after: 0, limit: 10_000 })) sizes.push(page.length);
    const most = Math.ceil((16 * 1024 * 1024) / roughBytesOf({ payload: { text: 'x'.repeat(50_000) } }));
    expect(sizes).toEqual([most, most, 500 - 2 * most]);
  });

  test('ends early where events are large, and asks for no more of them than it has room for', async () => {
    const { store, limits } = storeOf(100_000, 'x'.repeat(10_000));
    const { items, next } = await eventPage(store, { after: 0, limit: 100_000 }, 4_060_000);
    expect([items.length, next]).toEqual([200, 200]);
    expect(limits).toEqual([100, 100]);
  });

  test('asks for more and more where events are small', async () => {
    const { store, limits } = storeOf(3_500, '');
    await eventPage(store, { after: 0, limit: 100_000 }, batchMax.bytes);
    expect(limits).toEqual([100, 100, 200, 400, 800, 1_000, 1_000]);
  });
});
