/**
 * Brings this replica and its remotes into step: when asked, or by itself and for as long as a
 * connection is open. How an exchange goes, and when, is in `sync/`.
 */
import { checkRemote } from './argument-checks.js';
import type { Remote } from './ports/remote.js';
import { createConnection, type ConnectionDeps, type SyncConnection } from './sync/connection.js';
import { holderOf } from './sync/leadership.js';
import { settingsOf, type ConnectOptions } from './sync/options.js';
import type { SyncReport } from './sync/status.js';

export type { SyncConnection } from './sync/connection.js';
export type { ConnectOptions } from './sync/options.js';
export type { RefusedEvent, SyncPhase, SyncReport, SyncStatus } from './sync/status.js';

/** What a connection is made of, less the name of its holder. */
export type ReconnectionManagerDeps = Omit<ConnectionDeps, 'holder'>;

/** The connections of one replica: opened, told of the network, and closed. */
export interface ReconnectionManager {
  readonly connect: (remote: Remote, options?: ConnectOptions) => SyncConnection;
  /** For who has just found the network again: one round with the remote. */
  readonly onReconnect: (remote: Remote) => Promise<SyncReport>;
  /** Ends the connections that go on by themselves. */
  readonly close: () => Promise<void>;
}

/** Makes the connections of one replica, and ends them with it. */
export const createReconnectionManager = (deps: ReconnectionManagerDeps): ReconnectionManager => {
  const { system } = deps;
  let holder: string | undefined;
  const automatic = new Set<SyncConnection>();

  const connect: ReconnectionManager['connect'] = (remote, options = {}) => {
    checkRemote(remote);
    const settings = settingsOf(options, system);
    // Made when it is first needed: ids that a test hands out in order stay the events'.
    if (remote.address !== undefined) holder ??= holderOf(system.processName ?? 'another process', system.randomId());
    const connection = createConnection(
      { ...deps, onClosing: (closed) => automatic.delete(closed), ...(holder === undefined ? {} : { holder }) },
      remote,
      settings,
    );
    if (settings.isAutomatic) automatic.add(connection);
    return connection;
  };

  return {
    connect,
    onReconnect: async (remote) => {
      const connection = connect(remote);
      try {
        return await connection.now();
      } finally {
        await connection.close();
      }
    },
    close: async () => {
      for (const connection of automatic) await connection.close();
    },
  };
};
