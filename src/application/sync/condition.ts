/**
 * Waiting until something holds. Whether it does is found out by asking the store, so it is asked once at first, and
 * again whenever somebody says that something moved; never on a timer of its own.
 */
export interface Condition {
  /** Something moved: whoever waits asks again. */
  readonly moved: () => void;
  readonly until: (holds: () => Promise<boolean>, signal?: AbortSignal) => Promise<void>;
}

export const createCondition = (): Condition => {
  const waiting = new Set<() => void>();
  return {
    moved: () => {
      for (const look of waiting) look();
    },
    until: (holds, signal) =>
      new Promise((resolve, reject) => {
        let isAsking = false;
        let isStale = false;
        const settle = (finish: () => void): void => {
          waiting.delete(look);
          signal?.removeEventListener('abort', abort);
          finish();
        };
        const abort = (): void => settle(() => reject(signal?.reason));
        const ask = async (): Promise<void> => {
          try {
            if (await holds()) settle(resolve);
          } catch (error) {
            settle(() => reject(error));
          }
          isAsking = false;
          if (isStale && waiting.has(look)) look();
        };
        const look = (): void => {
          isStale = isAsking;
          if (isAsking) return;
          isAsking = true;
          void ask();
        };
        waiting.add(look);
        if (signal?.aborted === true) abort();
        else {
          signal?.addEventListener('abort', abort, { once: true });
          look();
        }
      }),
  };
};
