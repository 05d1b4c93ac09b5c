import type { SyncStatus } from '../../../application/index.js';
import type { ConnectionStatus } from '../api/index.js';

/** How a connection stands, under the name that the desk's owner gave it. */
export const shownConnection = (name: string, status: SyncStatus): ConnectionStatus => {
  const { phase, pending, rejected, openConflicts, policyMismatch, progress } = status;
  const { lastSyncedAt, error, retryAt, clockSkewMs, syncer } = status;
  return {
    name,
    phase,
    pending,
    rejected,
    openConflicts,
    policyMismatch,
    progress: { ...progress },
    ...(lastSyncedAt === undefined ? {} : { lastSyncedAt }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(clockSkewMs === undefined ? {} : { clockSkewMs }),
    ...(syncer === undefined ? {} : { syncer: { ...syncer } }),
  };
};
