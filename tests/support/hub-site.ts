/** Replicas around a hub, as an embedder connects them: over `fetch` alone, or a real socket on loopback. */
import { onTestFinished } from 'vitest';
import {
  hubRemote,
  type ConnectOptions,
  type HubRemoteOptions,
  type Remote,
  type SyncConnection,
  type SyncStatus,
} from '../../src/index.js';
import type { TestHub } from './hub.js';

/** Calls the hub without a network in between. */
export const fetchOf =
  ({ hub }: Pick<TestHub, 'hub'>): NonNullable<HubRemoteOptions['fetch']> =>
  (url, init) =>
    hub.fetch(new Request(url, init));

/** A remote that asks and is never told by itself. */
export const askingRemote = (hub: Pick<TestHub, 'hub'>, options: Partial<HubRemoteOptions> = {}): Remote => {
  const { live: _live, ...remote } = hubRemote({ url: 'http://127.0.0.1:1', fetch: fetchOf(hub), ...options });
  return remote;
};

/** Resolves with the first status, now or later, of which it holds. */
export const statusWhere = (connection: SyncConnection, holds: (status: SyncStatus) => boolean): Promise<SyncStatus> =>
  new Promise((resolve) => {
    const subscription = connection.status$.subscribe((status) => {
      if (!holds(status)) return;
      resolve(status);
      queueMicrotask(() => subscription.unsubscribe());
    });
  });

/** Closed when the test is over, before the replicas and the hub are. */
export const closedAtEnd = (connection: SyncConnection): SyncConnection => {
  onTestFinished(connection.close);
  return connection;
};

/** One round, and the connection is over. */
export const exchange = async (
  replica: { readonly connect: (remote: Remote, options?: ConnectOptions) => SyncConnection },
  remote: Remote,
  options: ConnectOptions = {},
): Promise<Awaited<ReturnType<SyncConnection['now']>>> => {
  const connection = replica.connect(remote, options);
  try {
    return await connection.now();
  } finally {
    await connection.close();
  }
};
