/**
 * The subscription: pages come by themselves, from the place on up to which everything was read.
 * The remote begins at the cursor, so what is appended while the rest is still being read comes
 * too, and each page is stored before the next is taken.
 */
import type { LiveSubscription, RemoteHello } from '../ports/remote.js';
import type { Exchange } from './exchange.js';
import { readingOf, takePage } from './pull.js';

export interface LiveObservers {
  readonly onStarted: () => void;
  /** A page with something new was stored. */
  readonly onNews: () => void;
  /** Once; nothing follows it. */
  readonly onEnd: (error: unknown) => void;
}

export interface Live {
  readonly close: () => void;
}

export const openLive = (exchange: Exchange, hello: RemoteHello, observers: LiveObservers): Live => {
  let subscription: LiveSubscription | undefined;
  let isOver = false;
  const end = (error: unknown): void => {
    if (isOver) return;
    isOver = true;
    subscription?.close();
    observers.onEnd(error);
  };

  const open = async (): Promise<void> => {
    const request = await readingOf(exchange, hello);
    if (isOver) return;
    subscription = exchange.remote.live?.(request, {
      onStarted: () => {
        if (!isOver) observers.onStarted();
      },
      onPage: async (page) => {
        if (isOver) return;
        try {
          const { hasNews } = await takePage(exchange, hello, page, { signal: undefined, isLazy: true });
          if (hasNews && !isOver) observers.onNews();
        } catch (error) {
          end(error);
        }
      },
      onEnd: end,
    });
  };
  open().catch(end);

  return {
    close: () => {
      isOver = true;
      subscription?.close();
    },
  };
};
