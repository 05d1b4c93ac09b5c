/** IndexedDB as far as it is used here: a layer without a platform cannot name the browser's own types. */
interface Target<Type extends string> {
  readonly addEventListener: (type: Type, listener: () => void) => void;
}

export interface Request<Result, Type extends string = 'success'> extends Target<Type> {
  readonly result: Result;
  readonly error: unknown;
}

export interface OpenRequest extends Request<Database, 'success' | 'error' | 'upgradeneeded'> {
  /** While it is upgraded. */
  readonly transaction: { readonly abort: () => void };
}

export interface ObjectStore {
  /** Where values hold their own keys; null where keys are given beside them. */
  readonly keyPath: unknown;
  readonly get: (key: string) => Request<unknown>;
  readonly getAll: (range: unknown, count: number) => Request<readonly unknown[]>;
  readonly getAllKeys: (range: unknown, count: number) => Request<readonly unknown[]>;
  readonly put: (value: string, key: string) => unknown;
  readonly delete: (key: string) => unknown;
}

export interface Transaction extends Target<'complete' | 'abort'> {
  readonly error: unknown;
  readonly objectStore: (name: string) => ObjectStore;
  readonly abort: () => void;
}

export interface Database extends Target<'versionchange'> {
  readonly objectStoreNames: { readonly length: number; readonly contains: (name: string) => boolean };
  readonly transaction: (
    store: string,
    mode: 'readonly' | 'readwrite',
    options?: { readonly durability?: 'strict' | 'relaxed' },
  ) => Transaction;
  readonly createObjectStore: (name: string) => unknown;
  readonly close: () => void;
}

/** `indexedDB` of a window or a worker. */
export interface IndexedDbFactory {
  readonly open: (name: string, version?: number) => object;
}

/** Reaches the other tabs and workers of the origin, and never itself. */
export interface Channel extends Target<'message'> {
  readonly postMessage: (message: null) => void;
  readonly removeEventListener: (type: 'message', listener: () => void) => void;
  readonly close: () => void;
}

interface Platform {
  /** Null, or an error when it is looked at, where a page may not store anything. */
  readonly indexedDB?: IndexedDbFactory | null;
  readonly BroadcastChannel?: new (name: string) => Channel;
  readonly IDBKeyRange?: {
    readonly bound: (lower: string, upper: string, lowerOpen: boolean, upperOpen: boolean) => unknown;
  };
}

export const platform = (): Platform => globalThis as unknown as Platform;
