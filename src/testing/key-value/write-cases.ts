/** K3, K4 and K7: when a write is made, and that it is made whole. */
import type { KeyValueStore } from '../../application/ports/key-value-store.js';
import { check } from '../remote-calls.js';
import { same } from '../storage/store-under-test.js';
import { holds, orNothing, put, type KeyValueCase } from './store-under-test.js';

const writeIf = (
  store: KeyValueStore,
  expected: readonly (readonly [string, string | undefined])[],
  value: string,
): Promise<boolean> => store.write({ ifUnchanged: expected, changes: [['written', value]] });

/** For who counts up beside others, so that a store that never says true fails instead of going on for ever. */
const triesMax = 100;

export const writeCases: readonly KeyValueCase[] = [
  [
    'K3 a write changes, adds and removes together',
    async ({ store }) => {
      await put(store, [['changed', 'before'], ['kept', '1'], ['removed', '1']]); // prettier-ignore
      await put(store, [
        ['added', '1'],
        ['changed', 'after'],
        ['never there', undefined],
        ['removed', undefined],
      ]);

      await holds(store, [['added', '1'], ['changed', 'after'], ['kept', '1']]); // prettier-ignore
      same((await store.getMany(['removed'])).map(orNothing), ['nothing'], 'what was removed');
    },
  ],
  [
    'K3 a write of nothing is made',
    async ({ store }) => {
      await put(store, []);

      await holds(store, []);
    },
  ],
  [
    'K4 a write is made where everything that it expects is so',
    async ({ store }) => {
      await put(store, [['a', '1'], ['b', '']]); // prettier-ignore

      same(await writeIf(store, [['a', '1'], ['b', ''], ['c', undefined]], 'yes'), true, 'the answer'); // prettier-ignore
      await holds(store, [['a', '1'], ['b', ''], ['written', 'yes']]); // prettier-ignore
    },
  ],
  [
    'K4 a write is not made where anything that it expects is otherwise, and changes nothing',
    async ({ store }) => {
      const before = [['a', '1'], ['b', '']] as const; // prettier-ignore
      await put(store, before);

      for (const expected of [
        [['a', '2']],
        [['a', undefined]],
        [
          ['a', '1'],
          ['b', undefined],
        ],
        [
          ['b', ''],
          ['a', '11'],
        ],
        [['c', '']],
        [['c', 'undefined']],
      ] as const) {
        // prettier-ignore
        same(await writeIf(store, expected, 'no'), false, `the answer to one that expects ${JSON.stringify(expected)}`);
        await holds(store, before, 'what is there');
      }
    },
  ],
  [
    'K4 what a write expects may be what it changes',
    async ({ store }) => {
      const step = (from: string | undefined, to: string | undefined): Promise<boolean> =>
        store.write({ ifUnchanged: [['version', from]], changes: [['version', to]] });

      same([await step(undefined, '1'), await step(undefined, '1')], [true, false], 'making it twice');
      same([await step('1', '2'), await step('1', '2')], [true, false], 'changing it twice');
      same([await step('2', undefined), await step('2', undefined)], [true, false], 'removing it twice');
      same(await step(undefined, '1'), true, 'making it again');
    },
  ],
  [
    'K4 of writes at once that expect the same one is made',
    async ({ store, another }) => {
      const handles = [store, await another()];
      for (let round = 0; round < 10; round += 1) {
        const before = round === 0 ? undefined : `${round - 1}`;
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, index) =>
            (handles[index % 2] ?? store).write({
              ifUnchanged: [['version', before]],
              changes: [
                ['version', `${round}`],
                ['by', `${index}`],
              ],
            }),
          ),
        );
        same(answers.filter(Boolean).length, 1, 'how many were made');
        same(await store.getMany(['version', 'by']), [`${round}`, `${answers.indexOf(true)}`], 'what is there');
      }
    },
  ],
  [
    'K4 who counts up by comparing loses no count',
    async ({ store, another }) => {
      const handles = [store, await another(), await another()];
      const countUp = async (handle: KeyValueStore): Promise<void> => {
        for (let done = 0, tries = 0; done < 10; tries += 1) {
          // A write may fail once for each that another handle made: a store that keeps K4 needs thirty.
          check(
            tries < triesMax,
            `of ${triesMax} writes that expect what was just read, ${done} were answered with true`,
          );
          const [text] = await handle.getMany(['count']);
          const next = `${Number(text ?? '0') + 1}`;
          if (await handle.write({ ifUnchanged: [['count', text]], changes: [['count', next]] })) done += 1;
        }
      };
      await Promise.all(handles.map(countUp));

      same(await store.getMany(['count']), ['30'], 'the count');
    },
  ],
  [
    'K7 what was written is there when the data is opened again',
    async ({ store, reopened }) => {
      await put(store, [['a', '1'], ['b', '😀'], ['gone', '1']]); // prettier-ignore
      await put(store, [['gone', undefined]]);
      const again = await reopened();

      await holds(again, [['a', '1'], ['b', '😀']]); // prettier-ignore
      same(await writeIf(again, [['a', '1']], 'again'), true, 'a write that expects it');
    },
  ],
];
