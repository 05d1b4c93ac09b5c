/** Who is told of new entries: later, so that nobody's mistake becomes that of who appended. */
export interface Listeners {
  readonly add: (listener: () => void) => () => void;
  readonly notify: () => void;
  readonly clear: () => void;
}

export const createListeners = (): Listeners => {
  const listeners = new Set<() => void>();
  return {
    add: (listener) => {
      // A function of its own, so that one listener can be added twice and taken back once.
      const own = (): void => listener();
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    notify: () => {
      for (const listener of listeners)
        queueMicrotask(() => {
          if (listeners.has(listener)) listener();
        });
    },
    clear: () => listeners.clear(),
  };
};
