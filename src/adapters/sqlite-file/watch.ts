/**
 * Notices other processes' commits: SQLite counts them, and asking costs a microsecond. Nobody
 * is asked while nobody listens, and a listener alone keeps no process alive.
 */
import type { Connection } from './connection.js';

export interface DataVersionWatch {
  readonly add: (listener: () => void) => () => void;
  readonly stop: () => void;
}

export const watchDataVersion = (connection: Connection, intervalMs: number): DataVersionWatch => {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let version: number | undefined;
  const current = (): number | undefined => connection.values<number>('PRAGMA data_version').get();
  const look = (): void => {
    let now: number | undefined;
    try {
      now = current();
    } catch {
      // Whoever closes or recovers the file holds it for a moment; the next look will tell.
      return;
    }
    if (now === version) return;
    version = now;
    for (const listener of listeners) listener();
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    listeners.clear();
  };
  return {
    add: (listener) => {
      // A function of its own, so that one listener can be added twice and taken back once.
      const own = (): void => listener();
      if (listeners.size === 0) {
        version = current();
        timer = setInterval(look, intervalMs);
        timer.unref();
      }
      listeners.add(own);
      return () => {
        listeners.delete(own);
        if (listeners.size === 0) stop();
      };
    },
    stop,
  };
};
