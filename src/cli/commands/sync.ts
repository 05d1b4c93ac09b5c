/** `reknit sync`: exchanges events with a hub, or with another file on this machine. */
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import {
  bundleRemote,
  replicaRemote,
  type ConnectOptions,
  type Remote,
  type Replica,
  type SyncReport,
} from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { hubRemoteFor, withHubAccess } from '../hub-access.js';
import { openFile, withReplica } from '../open-file.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import { textList } from '../parse-options.js';
import type { Session } from '../session.js';
import { subscriptionOf, syncLive, type HubSyncOptions } from './sync-hub.js';

interface Options extends Omit<HubSyncOptions, 'hub'> {
  readonly with?: string;
  readonly hub?: string;
}

type Ended = typeof exitCodes.fine | typeof exitCodes.no;

export const addSync = (program: Command, run: Run): void => {
  const command = program
    .command('sync')
    .description('exchange events with a hub, or with another file: a replica (.db) or a bundle (.ndjson, .ndjson.gz)')
    .option('--with <file>', 'the other file; it is made where there is none')
    .option('--live', 'stay in step with the hub until interrupted')
    .option('--types <list>', 'only resources of these types, and of those that they refer to', textList);
  withHubAccess(command, 'the hub, such as https://hub.example.org')
    .addHelpText(
      'after',
      examples(
        'reknit sync --with phone.db --db laptop.db',
        'reknit sync --with stick/exchange.ndjson.gz --db work.db',
        'reknit sync --hub https://hub.example.org --live --db work.db',
      ),
    )
    .action(run(sync));
};

const sync = async (session: Session, { with: path, hub, ...options }: Options): Promise<Ended> => {
  if ((path === undefined) === (hub === undefined))
    throw usageError('name either another file (--with FILE) or a hub (--hub URL)');
  if (hub !== undefined) return syncWithHub(session, { ...options, hub });
  if (options.live === true) throw usageError('--live is for a hub: a file says nothing by itself');
  return syncWithFile(session, path ?? '');
};

const syncWithHub = async (session: Session, options: HubSyncOptions): Promise<Ended> => {
  const remote = hubRemoteFor(session, options);
  return withReplica(session, 'create', async (replica) => {
    if (options.live === true) return syncLive(session, replica, remote, options);
    const { report, mismatch } = await exchange(session, replica, remote, subscriptionOf(options));
    return tell(session, report, options.hub, mismatch);
  });
};

const syncWithFile = async (session: Session, path: string): Promise<Ended> => {
  const file = session.file();
  const kind = kindOf(path);
  if (existsSync(file) && existsSync(path) && realpathSync(file) === realpathSync(path))
    throw usageError(`${path} and ${file} are one file: name another one`);
  return withReplica(session, 'create', async (replica) => {
    if (kind === 'bundle') {
      const { report } = await exchange(session, replica, bundleRemote({ file: path }));
      return tell(session, report, path, false);
    }
    const other = await openFile(session, 'create', path);
    try {
      const { report, mismatch } = await exchange(session, replica, replicaRemote(other));
      return tell(session, report, path, mismatch);
    } finally {
      await other.close();
    }
  });
};

/** What stands there decides; of what does not exist yet, the name. */
export const kindOf = (path: string): 'replica' | 'bundle' => {
  if (existsSync(path) && statSync(path).isDirectory()) throw usageError(`${path} is a folder: name a file`);
  if (existsSync(path) && statSync(path).size > 0) return beginsLikeSqlite(path) ? 'replica' : 'bundle';
  if (/\.(?:db|sqlite3?|reknit)$/i.test(path)) return 'replica';
  if (/\.(?:ndjson|jsonl|json|bundle)(?:\.gz)?$/i.test(path)) return 'bundle';
  throw usageError(
    `there is no file ${path}, and its name does not say what to make: end it in .db for a replica, or in .ndjson or .ndjson.gz for a bundle`,
  );
};

const magic = 'SQLite format 3\0';

const beginsLikeSqlite = (path: string): boolean => {
  const start = Buffer.alloc(magic.length);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, start, 0, magic.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return start.toString('latin1') === magic;
};

/** With who syncs the file, where that is another process. */
type ToldReport = SyncReport & { readonly syncedBy?: string };

const exchange = async (
  { output, signal }: Session,
  replica: Replica,
  remote: Remote,
  options: ConnectOptions = {},
): Promise<{ readonly report: ToldReport; readonly mismatch: boolean }> => {
  const connection = replica.connect(remote, options);
  const progress = output.progress('exchanging events');
  const watching = connection.status$.subscribe(({ progress: { pulled, pushed } }) => progress.update(pulled + pushed));
  try {
    const report = await connection.now({ signal });
    const { syncer, policyMismatch } = connection.status;
    if (syncer?.isSelf !== false) return { report, mismatch: policyMismatch };
    output.note(
      `${visible(syncer.name)} syncs this file: what was written here is sent by it, and nothing was read by this call`,
    );
    return { report: { ...report, syncedBy: syncer.name }, mismatch: policyMismatch };
  } finally {
    watching.unsubscribe();
    progress.stop();
    await connection.close();
  }
};

const tell = ({ output }: Session, report: ToldReport, path: string, policyMismatch: boolean): Ended => {
  output.document({ ...report, policyMismatch });
  output.line(
    `read ${counted(report.pulled, 'event')} from ${visible(path)} (${report.applied} new), sent ${report.pushed}; ${counted(report.conflicts.length, 'conflict')} came up or changed`,
  );
  if (report.parked > 0) output.note(`${counted(report.parked, 'event')} wait for earlier ones`);
  if (report.rejectedCount > 0)
    output.note(`${counted(report.rejectedCount, 'line')} of ${visible(path)} were no valid events`);
  for (const { dot, message } of report.refused.slice(0, 20))
    output.note(`refused there: ${visible(dot)}: ${visible(message)}`);
  if (policyMismatch)
    output.note('the two merge under different policies: they hold the same events, and may decide differently');
  return report.rejectedCount > 0 || report.refused.length > 0 ? exitCodes.no : exitCodes.fine;
};
