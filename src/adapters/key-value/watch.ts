/**
 * Notices others' commits by the head, which each of them changes: it is looked at when the database
 * says that somebody wrote, where it says so, and every now and then. Nobody looks while nobody listens, at most one look is under way, and a listener alone keeps no process alive.
 */
import type { KeyValueStore } from '../../application/ports/key-value-store.js';

type Timer = { readonly unref?: () => void } | number;

/** Every platform has timers; the language does not. */
const { setInterval, clearInterval } = globalThis as unknown as {
  readonly setInterval: (run: () => void, delayMs: number) => Timer;
  readonly clearInterval: (timer: Timer | undefined) => void;
};

export interface HeadWatch {
  readonly add: (listener: () => void) => () => void;
  /** A commit of this handle is news to nobody here. */
  readonly noteOwn: (before: string | undefined, after: string | undefined) => void;
  readonly stop: () => void;
}

/** A tab may end between its write and its word of it. */
const timesSeldomer = 25;
/** With more a timer runs at once, again and again. */
export const delayMsMax = 2_147_483_647;

export const watchHead = (
  readHead: () => Promise<string | undefined>,
  intervalMs: number,
  watch?: KeyValueStore['watch'],
): HeadWatch => {
  const listeners = new Set<() => void>();
  let timer: Timer | undefined;
  let stopWatching: (() => void) | undefined;
  /** As it was when it was looked at last, or when this handle changed it; absent before the first look. */
  let seen: { text: string | undefined } | undefined;
  let isLooking = false;
  /** Somebody wrote while it was looked at. */
  let isDue = false;

  const look = async (): Promise<void> => {
    isDue = isLooking;
    if (isLooking) return;
    isLooking = true;
    try {
      const text = await readHead();
      const isNews = seen !== undefined && seen.text !== text;
      seen = { text };
      if (isNews) for (const listener of listeners) listener();
    } catch {
      // A store that fails for a moment, or was closed, is asked again at the next look, or never.
    } finally {
      isLooking = false;
      if (isDue && listeners.size > 0) void look();
    }
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    stopWatching?.();
    stopWatching = undefined;
    seen = undefined;
    listeners.clear();
  };
  return {
    add: (listener) => {
      // A function of its own, so that one listener can be added twice and taken back once.
      const own = (): void => listener();
      if (listeners.size === 0) {
        void look();
        stopWatching = watch?.(() => void look());
        const delayMs = watch === undefined ? intervalMs : intervalMs * timesSeldomer;
        timer = setInterval(() => void look(), Math.min(delayMs, delayMsMax));
        if (typeof timer === 'object') timer.unref?.();
      }
      listeners.add(own);
      return () => {
        listeners.delete(own);
        if (listeners.size === 0) stop();
      };
    },
    // Where others committed in between, what was seen last stays, so that the next look finds them.
    noteOwn: (before, after) => {
      if (seen?.text === before && seen !== undefined) seen = { text: after };
    },
    stop,
  };
};
