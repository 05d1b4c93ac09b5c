/** K9 to K11: that a store goes on after it refused a write, a closed one answers nothing, and others' writes are told. */
import { pause } from '../pause.js';
import { check, failureOf } from '../remote-calls.js';
import { everything, holds, put, type KeyValueCase } from './store-under-test.js';

export const endCases: readonly KeyValueCase[] = [
  [
    'K9 a store is usable after it did not make a write',
    async ({ store }) => {
      await put(store, [['a', '1']]);
      const refused = { ifUnchanged: [['a', '2']], changes: [['b', '1']] } as const;
      check(!(await store.write(refused)), 'a write that expects another value was made');

      await put(store, [['b', '2']]);
      await holds(store, [['a', '1'], ['b', '2']]); // prettier-ignore
    },
  ],
  [
    'K10 a closed store refuses every call, and closes again',
    async ({ store }) => {
      await store.close();
      const calls = {
        getMany: () => store.getMany(['a']),
        scan: () => store.scan({ ...everything, limit: 1 }),
        write: () => store.write({ ifUnchanged: [], changes: [['a', '1']] }),
      };

      for (const [name, call] of Object.entries(calls))
        check((await failureOf(call)) !== undefined, `${name} was answered after the store was closed`);
      await store.close();
    },
  ],
  [
    'K11 a store that tells of writes tells of those of another handle',
    async ({ store, another }) => {
      const other = await another();
      if (store.watch === undefined || other === store) return;
      let told = (): void => undefined;
      const heard = new Promise<boolean>((resolve) => {
        told = () => resolve(true);
      });
      const stop = store.watch(() => told());
      await put(other, [['a', '1']]);

      check(await within(heard), 'nobody was told of a write');
      stop();
    },
  ],
];

/** Long enough for a word from one process to another. */
const tellMsMax = 2_000;

const within = (heard: Promise<boolean>): Promise<boolean> => Promise.race([heard, pause(tellMsMax).then(() => false)]);
