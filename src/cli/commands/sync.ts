/** `reknit sync`: exchanges events with another file on this machine, a replica or a bundle. */
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { bundleRemote, replicaRemote, type Remote, type Replica, type SyncReport } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { openFile, withReplica } from '../open-file.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';

interface Options {
  readonly with: string;
}

export const addSync = (program: Command, run: Run): void => {
  program
    .command('sync')
    .description('exchange events with another file: a replica (.db) or a bundle (.ndjson, .ndjson.gz)')
    .requiredOption('--with <file>', 'the other file; it is made where there is none')
    .addHelpText(
      'after',
      examples(
        'reknit sync --with phone.db --db laptop.db',
        'reknit sync --with stick/exchange.ndjson.gz --db work.db',
      ),
    )
    .action(
      run(async (session: Session, { with: path }: Options) => {
        const file = session.file();
        const kind = kindOf(path);
        if (existsSync(file) && existsSync(path) && realpathSync(file) === realpathSync(path))
          throw usageError(`${path} and ${file} are one file: name another one`);
        return withReplica(session, 'create', async (replica) => {
          if (kind === 'bundle')
            return tell(session, await exchange(session, replica, bundleRemote({ file: path })), path, false);
          const other = await openFile(session, 'create', path);
          try {
            const report = await exchange(session, replica, replicaRemote(other));
            const mismatch = (await replica.status()).policy.fingerprint !== (await other.status()).policy.fingerprint;
            return tell(session, report, path, mismatch);
          } finally {
            await other.close();
          }
        });
      }),
    );
};

/** What stands there decides; of what does not exist yet, the name. */
const kindOf = (path: string): 'replica' | 'bundle' => {
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

const exchange = async ({ output, signal }: Session, replica: Replica, remote: Remote): Promise<SyncReport> => {
  const connection = replica.connect(remote);
  const progress = output.progress('exchanging events');
  const watching = connection.status$.subscribe(({ progress: { pulled, pushed } }) => progress.update(pulled + pushed));
  try {
    return await connection.now({ signal });
  } finally {
    watching.unsubscribe();
    progress.stop();
    await connection.close();
  }
};

const tell = (
  { output }: Session,
  report: SyncReport,
  path: string,
  policyMismatch: boolean,
): typeof exitCodes.fine | typeof exitCodes.no => {
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
    output.note('the two files merge under different policies: they hold the same events, and may decide differently');
  return report.rejectedCount > 0 || report.refused.length > 0 ? exitCodes.no : exitCodes.fine;
};
