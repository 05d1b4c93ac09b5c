/**
 * Runs a function with every clock, source of randomness, timer and network call of the
 * platform replaced by one that throws and is remembered. What a function reached for shows
 * even if it swallowed the error; whatever happens, the originals are back afterwards.
 */
import { checkArgument } from '../domain/shared/check-argument.js';

/** The names of what a function reached for. */
export const ambientInputsUsed = (run: () => void): readonly string[] => {
  checkArgument(typeof run === 'function', 'ambientInputsUsed', 'run', 'a function');
  const used = new Set<string>();
  const trap = (name: string) => (): never => {
    used.add(name);
    throw new Error(`${name} is not available to a merge strategy`);
  };
  const restores = [replace(globalThis, 'Date', dateWithoutNow(globalThis.Date, trap))];
  try {
    for (const [path, owner, name] of trapped())
      if (owner !== undefined) restores.push(replace(owner, name, trap(path)));
    run();
  } finally {
    for (const restore of restores.reverse()) restore();
  }
  return [...used].sort();
};

type Owner = Record<string, unknown>;

/** Whatever of these the platform has; the kit runs in browsers too. */
const trapped = (): readonly (readonly [path: string, owner: Owner | undefined, name: string])[] => {
  const platform = globalThis as unknown as Owner;
  const inGlobal = (name: string) => [name, platform[name] === undefined ? undefined : platform, name] as const;
  const within = (object: string, name: string) =>
    [`${object}.${name}`, platform[object] as Owner | undefined, name] as const;
  return [
    ['Math.random', Math as unknown as Owner, 'random'],
    within('performance', 'now'),
    within('crypto', 'getRandomValues'),
    within('crypto', 'randomUUID'),
    ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'].map(inGlobal),
  ];
};

/** Dates that are given can still be read and written; only "now" is gone. */
const dateWithoutNow = (original: DateConstructor, trap: (name: string) => () => never): DateConstructor => {
  const now = trap('Date');
  return new Proxy(original, {
    apply: now,
    construct: (target, given: readonly unknown[], newTarget) =>
      given.length === 0 ? now() : (Reflect.construct(target, given, newTarget) as object),
    get: (target, key, receiver) =>
      key === 'now' ? trap('Date.now') : (Reflect.get(target, key, receiver) as unknown),
  });
};

/** Replaces a property, inherited or not, and says how to undo that. */
const replace = (owner: object, name: string, value: unknown): (() => void) => {
  const original = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { configurable: true, writable: true, value });
  return () => {
    if (original === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, original);
  };
};
