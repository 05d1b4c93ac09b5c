/** Waits so many milliseconds by the platform's clock. Every platform has timers; the language does not. */
export const pause = (ms: number): Promise<void> => {
  const { setTimeout } = globalThis as unknown as {
    readonly setTimeout: (run: () => void, delayMs: number) => unknown;
  };
  return new Promise((resolve) => void setTimeout(resolve, ms));
};
