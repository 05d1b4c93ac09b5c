/** What a reader was given and has not taken yet, by cursor; who gives more waits for room. */
export interface Window {
  readonly size: () => number;
  readonly give: (cursor: string) => void;
  /** Takes this and all before it; false for what was not given, or taken already. */
  readonly take: (cursor: string) => boolean;
  /** Resolves once somebody says that something changed. */
  readonly change: () => Promise<void>;
  readonly onChange: () => void;
}

export const createWindow = (): Window => {
  const given: string[] = [];
  let waiting: (() => void)[] = [];
  const onChange = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  return {
    size: () => given.length,
    give: (cursor) => given.push(cursor),
    take: (cursor) => {
      const index = given.indexOf(cursor);
      if (index === -1) return false;
      given.splice(0, index + 1);
      onChange();
      return true;
    },
    change: () => new Promise((resolve) => waiting.push(resolve)),
    onChange,
  };
};
