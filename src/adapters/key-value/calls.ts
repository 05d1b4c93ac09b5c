/**
 * How calls meet the key-value store: each answer is of one version (S5), what fails is an error
 * of the port (S10), and a closed store answers nothing (S11).
 *
 * A reading begins at the version that was seen last, and again at the current one where somebody
 * has committed since, or does so meanwhile. Commits through this handle wait for the readings that are under
 * way, so only other handles can disturb one, and nobody waits for them for ever.
 */
import type { KeyValueStore } from '../../application/ports/key-value-store.js';
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';
import { readHeadText, startDraft, VersionChanged, type Draft } from './draft.js';

export interface Calls {
  readonly reading: <Answer>(read: (draft: Draft) => Promise<Answer>) => Promise<Answer>;
  /** Runs alone: no reading of this handle is under way. */
  readonly alone: <Answer>(write: () => Promise<Answer>) => Promise<Answer>;
  /** Anything else that asks the store. */
  readonly asking: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;
  /** At the version that was seen last, or the current one. */
  readonly draft: (which: 'seen' | 'current') => Promise<Draft>;
  /** What this handle wrote, or that it found another version than it had seen. */
  readonly noteHead: (text: string | undefined) => void;
  readonly close: () => Promise<void>;
}

export const storeCalls = (store: KeyValueStore, readAttemptsMax: number): Calls => {
  let closing: Promise<void> | undefined;
  const gate = createGate();
  let seen: { readonly text: string | undefined } | undefined;

  const draft: Calls['draft'] = async (which) => {
    if (which === 'seen' && seen !== undefined) return startDraft(store, seen.text, false);
    const text = await readHeadText(store);
    seen = { text };
    return startDraft(store, text, true);
  };

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
            const current = await draft(attempt === 0 ? 'seen' : 'current');
            const outcome = await onOneVersion(current, read(current));
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
    draft,
    noteHead: (text) => {
      seen = text === undefined ? undefined : { text };
    },
    close: () => (closing ??= gate.alone(() => store.close())),
  };
};

/** The same store, whose failures are errors of the port; who implements one may throw any of those itself. */
export const translated = (store: KeyValueStore): KeyValueStore => {
  const through = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await call();
    } catch (error) {
      if (isReknitError(error)) throw error;
      const text = error instanceof Error ? error.message : String(error);
      throw new ReknitError('storage_failed', `the database failed (${text})`, {}, { cause: error });
    }
  };
  return {
    capabilities: store.capabilities,
    getMany: (keys) => through(() => store.getMany(keys)),
    scan: (range) => through(() => store.scan(range)),
    write: (write) => through(() => store.write(write)),
    ...(store.watch === undefined ? {} : { watch: (onWrite) => store.watch?.(onWrite) ?? (() => undefined) }),
    close: () => through(() => store.close()),
  };
};

/** What came of a draft; undefined where somebody committed meanwhile, so that it is of two versions. */
export const onOneVersion = async <Value>(
  draft: Draft,
  work: Promise<Value>,
): Promise<{ readonly value: Value } | undefined> => {
  try {
    const value = await work;
    return (await draft.isOfOneVersion()) ? { value } : undefined;
  } catch (error) {
    // What fails on two versions at once says nothing about either.
    if (error instanceof VersionChanged || !(await draft.isOfOneVersion())) return undefined;
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
