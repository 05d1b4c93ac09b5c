/** H11, H12, H14, H16: pages, marks, being told, and the end. */
import { eventOf, story } from '../contract-story.js';
import { check } from '../remote-calls.js';
import { refusedWith, same } from '../storage/store-under-test.js';
import { allEntries, eventually, submit, wordsOf, type LogCase } from './log-under-test.js';

const hugePage = Number.MAX_SAFE_INTEGER;

export const readingCases: readonly LogCase[] = [
  [
    'H11 pages of any size together give every entry once, by position',
    async ({ log }) => {
      const events = story();
      await submit(log, events);
      for (const limit of [1, 2, 3, events.length, 100])
        same(
          wordsOf(await allEntries(log, limit)),
          events.map(({ dot }) => dot),
          `pages of ${limit}`,
        );
      same(
        await log.read({ after: events.length, limit: 9, bytesMax: hugePage }),
        { entries: [], more: false },
        'the end',
      );
    },
  ],
  [
    'H11 a page is bounded in bytes, and has at least one entry',
    async ({ log }) => {
      const text = 'x'.repeat(1_000);
      await submit(
        log,
        Array.from({ length: 6 }, (_, index) => eventOf('ann', index + 1, `${index}`, [], { payload: { text } })),
      );
      const page = await log.read({ after: 0, limit: 100, bytesMax: 2_000 });
      check(page.more && page.entries.length >= 1 && page.entries.length <= 3, `${page.entries.length} of 6 entries`);
      const tiny = await log.read({ after: 5, limit: 100, bytesMax: 1 });
      same([wordsOf(tiny.entries), tiny.more], [['ann:6'], false], 'the last page');
      same((await log.read({ after: 4, limit: 100, bytesMax: 1 })).more, true, 'whether there is more');
    },
  ],
  [
    'H12 a mark stays as long as the history before it',
    async ({ log, beside }) => {
      const events = story();
      await submit(log, events.slice(0, 5));
      const { head } = await log.facts();
      const marks = await Promise.all([0, 1, 2, 3, 4, 5].map((position) => log.markAt(position)));
      same(marks[5], head, 'the mark of the head');
      await submit(log, events.slice(5));
      const other = (await beside?.()) ?? log;
      same(await Promise.all([0, 1, 2, 3, 4, 5].map((position) => other.markAt(position))), marks, 'the marks');
      for (const position of [10, -1, 1.5]) same(await other.markAt(position), undefined, `the mark at ${position}`);
      const [facts, others] = [await log.facts(), await other.facts()];
      same([facts.hubId, facts.epoch], [others.hubId, others.epoch], 'whose log it is');
    },
  ],
  [
    'H12 another log has other marks, though it holds the same',
    async ({ log, another }) => {
      const other = await another();
      const events = story();
      await submit(log, events);
      await submit(other, events);

      for (const position of [1, 5, 9])
        check(
          (await log.markAt(position))?.hash !== (await other.markAt(position))?.hash,
          `both have the same mark at ${position}`,
        );
      check((await log.facts()).hubId !== (await other.facts()).hubId, 'two logs have one name');
    },
  ],
  [
    'H14 a watcher is told of entries that can be read, by whoever they were added',
    async ({ log, beside }) => {
      const other = (await beside?.()) ?? log;
      let [seen, calls] = [0, 0];
      const failures: unknown[] = [];
      const look = async (): Promise<void> => {
        seen = Math.max(seen, (await log.facts()).head.position);
      };
      const stop = log.watch(() => {
        calls += 1;
        look().catch((error: unknown) => failures.push(error));
      });
      for (const [index, sealed] of story().entries()) {
        await submit(index % 2 === 0 ? other : log, [sealed]);
        await eventually(() => seen === index + 1, `nobody was told of entry ${index + 1}`);
      }
      stop();
      const before = calls;
      await submit(log, [eventOf('zoe', 1, 'one', [])]);
      await log.facts();

      same(calls, before, 'the calls after it was stopped');
      same(failures, [], 'the failures');
    },
  ],
  [
    'H14 a listener that is added twice is taken back once',
    async ({ log }) => {
      let calls = 0;
      const listener = (): void => {
        calls += 1;
      };
      const stopFirst = log.watch(listener);
      const stopSecond = log.watch(listener);
      stopFirst();
      stopFirst();
      await submit(log, [eventOf('ann', 1, 'one', [])]);
      await eventually(() => calls > 0, 'nobody was told');
      stopSecond();
    },
  ],
  [
    'H16 after its end every call is refused',
    async ({ log }) => {
      await log.close();
      await refusedWith('log_closed', () => log.facts(), 'facts');
      await refusedWith('log_closed', () => submit(log, story()), 'append');
      await refusedWith('log_closed', () => log.read({ after: 0, limit: 1, bytesMax: 1 }), 'read');
      await refusedWith('log_closed', () => log.markAt(0), 'markAt');
      await refusedWith('log_closed', () => log.heads([]), 'heads');
      await refusedWith('log_closed', async () => log.watch(() => undefined), 'watch');
      await refusedWith('log_closed', () => log.counts(), 'counts');
      await log.close();
    },
  ],
];
