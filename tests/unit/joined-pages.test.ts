/** Pages in larger pieces: nothing is left out, nothing comes twice, and what was read before a failure is kept. */
import { expect, test } from 'vitest';
import type { PullPage } from '../../src/application/ports/remote.js';
import { createBatchSize } from '../../src/application/batch-size.js';
import { joinedPages, joinedPagesMax, joinPages } from '../../src/application/sync/joined-pages.js';

const size = createBatchSize('following');

const pageOf = (number: number, more: boolean, facts: Partial<PullPage> = {}): PullPage => ({
  events: [`event ${number}`],
  receipts: [`receipt ${number}`],
  cursor: `after ${number}`,
  mark: `mark ${number}`,
  more,
  ...facts,
});

/** So many pages, one after the other; what is asked is written down. */
const remoteOf = (count: number, failsAt?: number) => {
  const asked: (string | undefined)[] = [];
  const pull = async (cursor: string | undefined): Promise<PullPage> => {
    asked.push(cursor);
    const number = cursor === undefined ? 1 : Number(cursor.slice('after '.length)) + 1;
    if (number === failsAt) throw new Error('the line was cut');
    return pageOf(number, number < count);
  };
  return { asked, pull };
};

const collected = async (pages: AsyncIterable<PullPage>): Promise<readonly PullPage[]> => {
  const all: PullPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
};

const eventsOf = (pages: readonly PullPage[]): readonly unknown[] => pages.flatMap(({ events }) => events);
const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `event ${index + 1}`);

test.each([1, 2, joinedPagesMax, joinedPagesMax + 1, 3 * joinedPagesMax])(
  '%i pages come whole and in order, each asked for once',
  async (count) => {
    const { asked, pull } = remoteOf(count);

    const pages = await collected(joinedPages(pull, undefined, size));

    expect(eventsOf(pages)).toEqual(numbered(count));
    expect(pages.length).toBeLessThanOrEqual(Math.ceil(count / joinedPagesMax));
    expect(pages.at(-1)).toMatchObject({ cursor: `after ${count}`, mark: `mark ${count}`, more: false });
    expect(asked).toHaveLength(count);
  },
);

test('what came before a failure is handed on, and then the failure', async () => {
  const { pull } = remoteOf(10, 4);
  const pages: PullPage[] = [];

  await expect(async () => {
    for await (const page of joinedPages(pull, undefined, size)) pages.push(page);
  }).rejects.toThrow('the line was cut');
  expect(eventsOf(pages)).toEqual(numbered(3));
  expect(pages.at(-1)?.cursor).toBe('after 3');
});

test('the next piece is asked for while one is taken, and a failure of it hurts nobody who has stopped', async () => {
  const { asked, pull } = remoteOf(3 * joinedPagesMax, joinedPagesMax + 1);

  for await (const page of joinedPages(pull, undefined, size)) {
    expect(page.events).toHaveLength(joinedPagesMax);
    expect(asked).toHaveLength(joinedPagesMax + 1);
    break;
  }
});

test('a piece ends where it holds what one commit takes, in events or in bytes', async () => {
  const { events: most, bytes } = size.limits();
  const inEvents = async (cursor: string | undefined): Promise<PullPage> =>
    pageOf(1, true, { events: Array.from({ length: most / 4 }, () => 'event'), cursor: `${cursor ?? ''}.` });
  const inBytes = async (cursor: string | undefined): Promise<PullPage> =>
    pageOf(1, true, { events: [{ payload: { text: 'x'.repeat(bytes / 8) } }], cursor: `${cursor ?? ''}.` });

  for (const pull of [inEvents, inBytes])
    for await (const page of joinedPages(pull, undefined, size)) {
      expect(page.cursor).toBe('....');
      break;
    }
});

test('what is no page is handed on as it is, after what was', async () => {
  const broken = { events: 'none' } as unknown as PullPage;
  const given = [pageOf(1, true), broken];

  const pages = await collected(joinedPages(async () => given.shift() as PullPage, undefined, size));

  expect(pages).toEqual([pageOf(1, true), broken]);
});

test('pages become the one that they would be', () => {
  const { receipts: _none, ...plain } = pageOf(2, true);
  const refusal = { dot: 'a:9', hash: 'h', eventId: 'e', code: 'forbidden', message: 'no' } as never;

  expect(
    joinPages([
      pageOf(1, true, { skipped: { a: [[1, 2]] }, refusals: [refusal] }),
      plain,
      pageOf(3, false, { skipped: { a: [[4, 4]], b: [[1, 1]] } }),
    ]),
  ).toEqual({
    events: ['event 1', 'event 2', 'event 3'],
    receipts: ['receipt 1', undefined, 'receipt 3'],
    refusals: [refusal],
    skipped: {
      a: [
        [1, 2],
        [4, 4],
      ],
      b: [[1, 1]],
    },
    cursor: 'after 3',
    mark: 'mark 3',
    more: false,
  });
});
