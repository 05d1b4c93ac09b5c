/** Makes something dear anew only when its key has changed: a whole history is not read for every question about it. */
export const onceFor = <Made>(keyOf: () => string | number, make: () => Made): (() => Made) => {
  let last: { readonly key: string | number; readonly made: Made } | undefined;
  return () => {
    const key = keyOf();
    if (last?.key !== key) last = { key, made: make() };
    return last.made;
  };
};
