/**
 * The step from catching up to the end of the log (subscribe, catch up, drain), in every order in
 * which reads, writes, commits and joins can finish: each reader is given every entry once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultHubLimits } from 'reknit/hub';
import { createTail, type TailMember, type TailMessage } from '../../src/adapters/hub/live/tail.js';
import type { View } from '../../src/adapters/hub/exchange/view.js';
import type { HubEntry, HubLog } from '../../src/application/ports/hub-log.js';
import { silentLogger } from '../../src/application/ports/system.js';
import { manualClock } from '../support/hub.js';
import { propertyOptions } from '../support/property-options.js';

const pageMax = 2;
const views: readonly View[] = ['a', 'b'].map((digest) => ({ digest, isWhole: true, shows: () => true }));

test('every reader is given everything once, in order, whatever happens while it joins', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }),
      fc.array(
        fc.record({
          view: fc.constantFrom(...views),
          isSpared: fc.boolean(),
          from: fc.nat({ max: 5 }),
          slowAt: fc.option(fc.nat({ max: 8 }), { nil: undefined }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      async (scheduler, before, commits, readers) => {
        let head = before;
        const watching = new Set<() => void>();
        const entriesAfter = (after: number): readonly HubEntry[] =>
          Array.from(
            { length: Math.min(pageMax, Math.max(0, head - after)) },
            (_, index) => ({ position: after + index + 1 }) as HubEntry,
          );
        const read = async (after: number) => {
          const entries = entriesAfter(after);
          return { entries, more: (entries.at(-1)?.position ?? after) < head };
        };
        const log = {
          // What is read is read at once; that it was is known later.
          read: ({ after }: { readonly after: number }) => scheduler.schedule(read(after), 'tail read'),
          watch: (onAppend: () => void) => {
            watching.add(onAppend);
            return () => watching.delete(onAppend);
          },
        } as unknown as HubLog;
        const clock = manualClock();
        const tail = createTail({
          log,
          logger: silentLogger,
          clock,
          limits: { ...defaultHubLimits, tailPauseMs: 0, tailPauseMsPerHundred: 0 },
          write: async (entries, { view, isSpared }) =>
            scheduler.schedule(
              Promise.resolve({
                bytes: Buffer.from(
                  JSON.stringify([`${view.digest} ${String(isSpared)}`, entries.map(({ position }) => position)]),
                ),
                cursor: '',
                position: entries.at(-1)?.position ?? 0,
              }),
              'written',
            ),
        });

        const given = readers.map(({ view, isSpared, from, slowAt }, index) => {
          const start = Math.min(from, before);
          const state = { position: start, got: [] as number[], start };
          let refusesAt = slowAt;
          const take = (positions: readonly number[]): void => {
            state.got.push(...positions);
            state.position = positions.at(-1) ?? state.position;
          };
          const catchUp = async (): Promise<void> => {
            for (;;) {
              const { entries, more } = await scheduler.schedule(read(state.position), `read of ${index}`);
              take(entries.map(({ position }) => position));
              if (!more && tail.join(member)) return;
            }
          };
          const member: TailMember = {
            view,
            isSpared,
            position: () => state.position,
            deliver: ({ bytes }: TailMessage) => {
              if (refusesAt !== undefined && state.got.length >= refusesAt) {
                refusesAt = undefined;
                void catchUp();
                return false;
              }
              const [reader, positions] = JSON.parse(bytes.toString()) as [string, number[]];
              expect(reader).toBe(`${view.digest} ${String(isSpared)}`);
              take(positions);
              return true;
            },
          };
          void catchUp();
          return state;
        });
        void scheduler.scheduleSequence(
          commits.map((count) => async () => {
            head += count;
            for (const onAppend of watching) onAppend();
          }),
        );
        // What waits for nothing but its turn is given its turn, until nothing is left.
        for (let quiet = 0; quiet < 3;) {
          if (scheduler.count() > 0) await scheduler.waitAll();
          await Promise.resolve();
          quiet = scheduler.count() > 0 ? 0 : quiet + 1;
        }
        tail.close();

        for (const { got, start } of given)
          expect(got).toEqual(Array.from({ length: head - start }, (_, index) => start + index + 1));
      },
    ),
    propertyOptions({ numRuns: 500 }),
  );
});
