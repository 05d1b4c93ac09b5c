/** `reknit sync --hub`: exchanges events with a hub, once, or live with a line that says how it stands. */
import type { ConnectOptions, Remote, Replica, SyncConnection, SyncStatus } from '../../index.js';
import { exitCodes } from '../exit-code.js';
import type { HubAccess } from '../hub-access.js';
import { interrupted } from '../interrupted.js';
import { createStatusLine } from '../output/status-line.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';

export interface HubSyncOptions extends HubAccess {
  readonly live?: boolean;
  readonly types?: readonly string[];
}

export const subscriptionOf = ({ types }: HubSyncOptions): ConnectOptions =>
  types === undefined ? {} : { subscribe: { resourceTypes: types } };

/** Until it is interrupted; then what was written is sent, if that can be done at once. */
export const syncLive = async (
  { output, signal, expectInterruption }: Session,
  replica: Replica,
  remote: Remote,
  options: HubSyncOptions,
): Promise<typeof exitCodes.fine | typeof exitCodes.no> => {
  expectInterruption();
  const connection = replica.connect(remote, { ...subscriptionOf(options), live: true });
  const line = createStatusLine(output);
  let told = '';
  const watching = connection.status$.subscribe((status) => {
    line.update(textOf(status));
    const news = JSON.stringify([status.phase, status.error?.code, status.syncer, status.pending, status.rejected]);
    if (news === told) return;
    told = news;
    output.document(status);
  });
  try {
    await interrupted(signal);
    if (connection.status.phase === 'live' || connection.status.phase === 'pushing') await lastWords(connection);
  } finally {
    watching.unsubscribe();
    line.stop();
    await connection.close();
  }
  const { pending, rejected } = connection.status;
  output.note(
    pending === 0 ? 'stopped: everything is at the hub' : `stopped: ${counted(pending, 'event')} not at the hub yet`,
  );
  return rejected > 0 ? exitCodes.no : exitCodes.fine;
};

const lastWordsMs = 2_000;

const lastWords = async (connection: SyncConnection): Promise<void> => {
  try {
    await connection.synced({ signal: AbortSignal.timeout(lastWordsMs) });
  } catch {
    // It is said how much has not arrived.
  }
};

const textOf = ({ phase, pending, rejected, openConflicts, error, retryAt, syncer, clockSkewMs }: SyncStatus): string =>
  [
    phase === 'standby' && syncer !== undefined ? `${visible(syncer.name)} syncs this file` : phase,
    `${pending} to send`,
    ...(rejected > 0 ? [`${rejected} refused`] : []),
    ...(openConflicts > 0 ? [counted(openConflicts, 'conflict')] : []),
    ...(error === undefined ? [] : [visible(error.message)]),
    ...(retryAt === undefined ? [] : [`again at ${retryAt.slice(11, 19)}`]),
    ...(Math.abs(clockSkewMs ?? 0) > 60_000 ? [`the clock is off by ${Math.round((clockSkewMs ?? 0) / 1_000)} s`] : []),
  ].join(' · ');
