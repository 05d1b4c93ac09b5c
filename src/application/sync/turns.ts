/** Runs one after the other, in the order of the calls; one that fails stops no other. */
export type Turns = <Value>(run: () => Promise<Value>) => Promise<Value>;

export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
};
