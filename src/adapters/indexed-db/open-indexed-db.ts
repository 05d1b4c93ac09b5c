/**
 * A key-value store on IndexedDB: one object store from texts to texts, whose keys IndexedDB orders by UTF-16 code
 * units. A transaction that writes runs alone, whichever tab or worker it is of, so checking and writing are one step.
 *
 * A transaction ends by itself as soon as nothing is asked of it, so all that a call does is asked from within the
 * answers to what it asked before, and never after a wait for something else.
 */
import type { Durability } from '../../application/ports/event-store.js';
import type { KeyValueStore } from '../../application/ports/key-value-store.js';
import { checkArgument, hasMethods, isObject, isText } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import {
  platform,
  type Channel,
  type Database,
  type IndexedDbFactory,
  type ObjectStore,
  type OpenRequest,
  type Transaction,
} from './indexed-db.js';

/** Which database, and how durably it is written. */
export interface IndexedDbOptions {
  /** Of the database; one for each replica. Tabs and workers of an origin that open the same one share the replica. */
  readonly name: string;
  /** `power` (the default) waits until the disk has it, as far as the browser can tell; `process` is faster. */
  readonly durability?: Durability;
  /** The platform's own by default. */
  readonly factory?: IndexedDbFactory;
}

const storeName = 'entries';
const version = 1;
/** IndexedDB counts to no more. */
const countMax = 2 ** 32 - 1;

/**
 * Opens a database of this origin, or makes it on first use: to be given to `eventStoreOver` of
 * `reknit/adapters/key-value`, which `openReplica` of `reknit/browser` does by itself.
 *
 * @throws ReknitError `wrong_type`, `storage_unavailable` where there is no IndexedDB or it may not be used,
 *   `not_a_reknit_database`, `database_newer`, `storage_failed`
 */
export const openIndexedDb = async (options: IndexedDbOptions): Promise<KeyValueStore> => {
  checkOptions(options);
  const { name, durability = 'power', factory = platformFactory() } = options;
  const keyRange = platform().IDBKeyRange;
  if (factory === undefined || keyRange === undefined)
    throw new ReknitError(
      'storage_unavailable',
      'there is no IndexedDB here, with the IDBKeyRange that belongs to it: use another store, or keep it in memory',
    );
  const database = await open(factory, name);
  const channel = openChannel(name);
  let isClosed = false;
  // A later version of the program, in another tab, waits for this; what it does is no business of the old one.
  database.addEventListener('versionchange', () => database.close());

  const transaction = (mode: 'readonly' | 'readwrite'): Transaction => {
    if (isClosed) throw new ReknitError('store_closed', 'the store is closed: open it again');
    try {
      return database.transaction(storeName, mode, { durability: durability === 'power' ? 'strict' : 'relaxed' });
    } catch (error) {
      // Its data was cleared, or a later version of the program has taken it over.
      throw new ReknitError(
        'store_closed',
        'the browser has closed this database: open it again',
        {},
        { cause: error },
      );
    }
  };
  const reading = async <Answer>(ask: (store: ObjectStore) => () => Answer): Promise<Answer> => {
    const opened = transaction('readonly');
    const ended = endOf(opened);
    const answer = ask(opened.objectStore(storeName));
    await ended;
    return answer();
  };

  return {
    capabilities: { multiProcess: true, durability },
    getMany: async (keys) =>
      keys.length === 0
        ? []
        : reading((store) => {
            const asked = keys.map((key) => store.get(key));
            return () => asked.map(({ result }) => result as string | undefined);
          }),
    scan: async ({ from, before, limit }) => {
      if (from >= before) return [];
      const range = keyRange.bound(from, before, false, true);
      return reading((store) => {
        const most = Math.min(limit, countMax);
        const asked = [store.getAllKeys(range, most), store.getAll(range, most)] as const;
        return () => {
          const [keys, values] = asked.map(({ result }) => result as readonly string[]);
          return (keys ?? []).map((key, index) => [key, values?.[index] ?? ''] as const);
        };
      });
    },
    write: async ({ ifUnchanged, changes }) => {
      const opened = transaction('readwrite');
      const store = opened.objectStore(storeName);
      let isStale = false;
      const make = (): void => {
        for (const [key, value] of changes)
          if (value === undefined) store.delete(key);
          else store.put(value, key);
      };
      const ended = endOf(opened).then(
        () => {
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
          if (!isClosed) channel?.postMessage(null);
          return true;
        },
        (error: unknown) => {
          if (isStale) return false;
          throw error;
        },
      );
      let left = ifUnchanged.length;
      if (left === 0) {
        try {
          make();
        } catch (error) {
          // What was asked before would be written without the rest.
          opened.abort();
          await ended.catch(() => undefined);
          throw storageError(error);
        }
      }
      for (const [key, expected] of ifUnchanged) {
        const asked = store.get(key);
        asked.addEventListener('success', () => {
          if (isStale) return;
          left -= 1;
          if (asked.result !== expected) {
            isStale = true;
            opened.abort();
          } else if (left === 0) make();
        });
      }
      return ended;
    },
    ...(channel === undefined
      ? {}
      : {
          watch: (onWrite) => {
            channel.addEventListener('message', onWrite);
            return () => channel.removeEventListener('message', onWrite);
          },
        }),
    close: async () => {
      isClosed = true;
      channel?.close();
      database.close();
    },
  };
};

/** Some pages may not even look at it. */
const platformFactory = (): IndexedDbFactory | undefined => {
  try {
    return platform().indexedDB ?? undefined;
  } catch (error) {
    throw unavailable(error);
  }
};

/** Without one, the others are looked at now and then. */
const openChannel = (name: string): Channel | undefined => {
  const Channel = platform().BroadcastChannel;
  try {
    return Channel === undefined ? undefined : new Channel(`reknit ${name}`);
  } catch {
    return undefined;
  }
};

const open = async (factory: IndexedDbFactory, name: string): Promise<Database> => {
  let database: Database;
  try {
    database = await request(factory, name, version);
  } catch (error) {
    if (nameOf(error) !== 'VersionError') throw openError(error, name);
    // Whatever version it is of: a later one of ours has the same entries.
    const found = await request(factory, name).catch(() => undefined);
    const isOurs = found === undefined || isReknit(found);
    found?.close();
    throw isOurs ? newer(name, error) : notReknit(name);
  }
  if (isReknit(database)) return database;
  database.close();
  throw notReknit(name);
};

const request = (factory: IndexedDbFactory, name: string, wanted?: number): Promise<Database> =>
  new Promise((resolve, reject) => {
    // Pages without an origin of their own, and some private windows, may not store anything, and are told at once.
    const asked = (wanted === undefined ? factory.open(name) : factory.open(name, wanted)) as OpenRequest;
    asked.addEventListener('upgradeneeded', () => {
      // Who only looks makes none.
      if (wanted === undefined) asked.transaction.abort();
      else asked.result.createObjectStore(storeName);
    });
    asked.addEventListener('success', () => resolve(asked.result));
    asked.addEventListener('error', () => reject(asked.error));
  });

/** Another program's has other stores; one without any was made by looking at it. */
const isReknit = (database: Database): boolean =>
  database.objectStoreNames.contains(storeName) &&
  database.transaction(storeName, 'readonly').objectStore(storeName).keyPath === null;

const newer = (name: string, cause: unknown): ReknitError =>
  new ReknitError('database_newer', `a newer version of Reknit made ${name}: load the page anew`, { name }, { cause });

const notReknit = (name: string): ReknitError =>
  new ReknitError(
    'not_a_reknit_database',
    `the database ${name} of this origin has nothing of Reknit in it: choose another name, or delete it if nobody needs it`,
    { name },
  );

const unavailable = (cause: unknown, facts: object = {}): ReknitError =>
  new ReknitError(
    'storage_unavailable',
    `this page may not store anything (${textOf(cause)})`,
    { ...facts },
    { cause },
  );

const openError = (cause: unknown, name: string): ReknitError => {
  const kind = nameOf(cause);
  return kind === 'SecurityError' || kind === 'InvalidStateError' ? unavailable(cause, { name }) : storageError(cause);
};

/** Rejects where the transaction was called off, and so has made nothing. */
const endOf = (transaction: Transaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(storageError(transaction.error)));
  });

const storageError = (cause: unknown): ReknitError =>
  nameOf(cause) === 'QuotaExceededError'
    ? new ReknitError(
        'storage_full',
        'the browser gives this page no more room: free some, and try again',
        {},
        { cause },
      )
    : new ReknitError('storage_failed', `the database failed (${textOf(cause)})`, {}, { cause });

const nameOf = (error: unknown): unknown => (isObject(error) ? error['name'] : undefined);
const textOf = (error: unknown): string => (isObject(error) ? String(error['message']) : String(error));

const checkOptions = (options: IndexedDbOptions): void => {
  const check = (isRight: boolean, member: string, what: string): void =>
    checkArgument(isRight, 'openIndexedDb', member, what);
  check(isObject(options) && isText(options.name), 'name', 'the name of a database of this origin');
  const { durability = 'power', factory } = options;
  check(durability === 'power' || durability === 'process', 'durability', 'one of power, process');
  check(factory === undefined || hasMethods(factory, ['open']), 'factory', 'an IDBFactory');
};
