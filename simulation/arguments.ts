/** What is asked on the command line. */
import { parseArgs } from 'node:util';
import { storeKinds, type StoreKind } from './setup.js';

export interface Asked {
  readonly seeds: number;
  readonly from: number;
  readonly store: StoreKind;
  readonly workers: number;
  /** Tells every line of what happens in one seed. */
  readonly trace: boolean;
  /** A file with a plan, as a failure leaves one. */
  readonly replay: string | undefined;
}

export const usage = `npm run simulate -- [--seeds N] [--from S] [--store memory|key-value|sqlite] [--workers N]
npm run simulate -- --from S --trace       one seed, told line by line
npm run simulate -- --replay FILE          a plan that a failure left`;

export const argumentsIn = (given: readonly string[], processors: number): Asked => {
  const { values } = parseArgs({
    args: [...given],
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      store: { type: 'string', default: 'memory' },
      workers: { type: 'string', default: String(processors) },
      trace: { type: 'boolean', default: false },
      replay: { type: 'string' },
    },
  });
  const store = storeKinds.find((kind) => kind === values.store);
  if (store === undefined) throw new Error(`there is no store "${values.store}": ${storeKinds.join(' or ')}`);
  return {
    seeds: natural(values.seeds, 'seeds'),
    from: natural(values.from, 'from'),
    store,
    workers: natural(values.workers, 'workers'),
    trace: values.trace,
    replay: values.replay,
  };
};

const natural = (text: string, name: string): number => {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new Error(`--${name} is a whole number from 1 up, not "${text}"`);
};
