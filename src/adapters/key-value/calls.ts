/**
 * How calls meet the key-value store: each answer is of one version (S5), what fails is an error
 * of the port (S10), and a closed store answers nothing (S11).
 *
 * A reading that takes several calls looks at the head before and after; where somebody committed
 * in between it begins again. Commits through this handle wait for the readings that are under
 * way, so only other handles can disturb one, and nobody waits for them for ever.
 */
import type { KeyValueStore } from '../../application/ports/key-value-store.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { startDraft, type Draft } from './draft.js';
import { keys } from './keys.js';

export interface Calls {
  readonly reading: <Answer>(read: (draft: Draft) => Promise<Answer>) => Promise<Answer>;
  /** Runs alone: no reading of this handle is under way. */
  readonly alone: <Answer>(write: () => Promise<Answer>) => Promise<Answer>;
  /** Anything else that asks the store. */
  readonly asking: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;
  readonly isClosed: () => boolean;
  readonly close: () => Promise<void>;
}

export const storeCalls = (store: KeyValueStore, readAttemptsMax: number): Calls => {
  let closing: Promise<void> | undefined;
  const gate = createGate();

  const asking = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    if (closing !== undefined) throw new ReknitError('store_closed', 'the store is closed: open it again');
    return ask();
  };

  return {
    asking,
    reading: (read) =>
      asking(() =>
        gate.together(async () => {
          for (let attempt = 0; attempt < readAttemptsMax; attempt += 1) {
            const draft = await startDraft(store);
            const outcome = await onOneVersion(draft, read(draft), store);
            if (outcome !== undefined) return outcome.value;
          }
          throw new ReknitError(
            'storage_busy',
            `others wrote all the while, ${readAttemptsMax} times: try again, or let fewer of them write at once`,
            { attempts: readAttemptsMax },
          );
        }),
      ),
    alone: (write) => asking(() => gate.alone(write)),
    isClosed: () => closing !== undefined,
    close: () => (closing ??= gate.alone(() => store.close())),
  };
};

/** The same store, whose failures are errors of the port; who implements one may throw any of those itself. */
export const translated = (store: KeyValueStore): KeyValueStore => {
  const through = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ReknitError) throw error;
      const text = error instanceof Error ? error.message : String(error);
      throw new ReknitError('storage_failed', `the database failed (${text})`, {}, { cause: error });
    }
  };
  return {
    capabilities: store.capabilities,
    getMany: (keys) => through(() => store.getMany(keys)),
    scan: (range) => through(() => store.scan(range)),
    write: (write) => through(() => store.write(write)),
    close: () => through(() => store.close()),
  };
};

/** What came of a draft; undefined where somebody committed meanwhile, so that it is of two versions. */
export const onOneVersion = async <Value>(
  draft: Draft,
  work: Promise<Value>,
  store: KeyValueStore,
): Promise<{ readonly value: Value } | undefined> => {
  const isChanged = async (): Promise<boolean> => (await store.getMany([keys.head]))[0] !== draft.headText;
  try {
    const value = await work;
    return (await isChanged()) ? undefined : { value };
  } catch (error) {
    // What fails on two versions at once says nothing about either.
    if (await isChanged()) return undefined;
    throw error;
  }
};

interface Gate {
  readonly together: <Answer>(run: () => Promise<Answer>) => Promise<Answer>;
  readonly alone: <Answer>(run: () => Promise<Answer>) => Promise<Answer>;
}

/** Many at once or one alone, in the order of asking, so that neither waits for ever. */
const createGate = (): Gate => {
  let lastAlone: Promise<unknown> = Promise.resolve();
  let since: Promise<unknown>[] = [];
  return {
    together: async (run) => {
      const running = lastAlone.then(run);
      const over = running.catch(() => undefined);
      since.push(over);
      const forget = (): void => {
        since = since.filter((other) => other !== over);
      };
      void over.finally(forget);
      return running;
    },
    alone: (run) => {
      const running = Promise.all([lastAlone, ...since]).then(run);
      lastAlone = running.catch(() => undefined);
      since = [];
      return running;
    },
  };
};
