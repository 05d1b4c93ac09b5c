/**
 * `reknit sync --hub`: exchanges events with a hub, once, or live with a line that says how it
 * stands. The token comes from the environment or a file: what stands on a command line is read
 * by whoever lists the machine's processes, and kept by the shell.
 */
import { readFileSync } from 'node:fs';
import {
  hubRemote,
  type ConnectOptions,
  type Remote,
  type Replica,
  type SyncConnection,
  type SyncStatus,
} from '../../index.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { interrupted } from '../interrupted.js';
import { createStatusLine } from '../output/status-line.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';

export interface HubSyncOptions {
  readonly hub: string;
  readonly live?: boolean;
  readonly tokenFile?: string;
  readonly tokenEnv: string;
  readonly allowPlainHttp?: boolean;
  readonly types?: readonly string[];
}

export const defaultTokenVariable = 'REKNIT_HUB_TOKEN';

/** Checked before a file is opened, or made. */
export const hubRemoteFor = ({ environment }: Session, options: HubSyncOptions): Remote => {
  const { hub, tokenFile, tokenEnv, allowPlainHttp = false } = options;
  if (tokenFile !== undefined) refuseTokenless(tokenFile);
  if (tokenEnv !== defaultTokenVariable && (environment[tokenEnv] ?? '') === '')
    throw usageError(`there is no token in the variable ${tokenEnv}: set it, or leave out --token-env`);
  // Read again before every use: a file can be given a new one while the sync runs.
  const token = tokenFile === undefined ? environment[tokenEnv] : () => readToken(tokenFile);
  return hubRemote({ url: hub, allowPlainHttp, ...(token === undefined || token === '' ? {} : { token }) });
};

const readToken = (file: string): string => readFileSync(file, 'utf8').trim();

const refuseTokenless = (file: string): void => {
  let token: string;
  try {
    token = readToken(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`--token-file names ${file}, which cannot be read: ${reason}`, { file });
  }
  if (token === '') throw usageError(`there is no token in ${file}`, { file });
};

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
