/** `reknit import`: takes events into the file, from a bundle or another program's table. */
import type { Command } from 'commander';
import type { BundleLine } from '../../adapters/remote/bundle/index.js';
import type { ImportReport, Replica } from '../../index.js';
import { examples, type Run } from '../command.js';
import { toldError, usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { printRefused, refusedLines } from '../output/refused-lines.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';
import { bundleSource } from '../sources/bundle-source.js';
import { eventsFromRows, refuseChangedTable } from '../sources/table-source.js';

interface Options {
  readonly fromTable?: string;
}

interface Source {
  readonly noun: 'line' | 'row';
  readonly lines: AsyncIterable<readonly BundleLine[]> | Iterable<readonly BundleLine[]>;
  readonly failure: () => Error | undefined;
  readonly check: (replica: Replica) => Promise<void>;
}

export const addImport = (program: Command, run: Run): void => {
  program
    .command('import')
    .description('take events in; those that are known already change nothing')
    .argument('[source]', 'a bundle, compressed or not; - is the standard input')
    .option('--from-table <file>', "the table offline_events of another program's SQLite file instead")
    .addHelpText(
      'after',
      examples(
        'reknit import bundle.ndjson.gz --db work.db',
        'reknit export --db a.db | reknit import --db b.db -',
        'reknit import --from-table legacy.db --db work.db',
      ),
    )
    .action(
      run(async (session: Session, path: string | undefined, { fromTable }: Options) => {
        const file = session.file();
        const source = await sourceOf(path, fromTable, session);
        const report = await withReplica(
          session,
          'create',
          async (replica) => {
            await source.check(replica);
            return takeIn(session, replica, source);
          },
          file,
        );
        return tell(session, report, source);
      }),
    );
};

const sourceOf = async (path: string | undefined, table: string | undefined, session: Session): Promise<Source> => {
  if ((path === undefined) === (table === undefined))
    throw usageError('name one source: a bundle, - for the standard input, or --from-table FILE');
  if (path !== undefined) return { noun: 'line', ...(await bundleSource(path, session)), check: async () => undefined };
  // Loaded here alone, so that nothing else needs the driver before a file is opened.
  const { readForeignRows } = await import('../../adapters/sqlite/file/foreign-rows.js');
  const rows = (): Iterable<readonly BundleLine[]> => eventsFromRows(readForeignRows(table ?? ''));
  // What is wrong with the table as a whole is found before anything is made.
  rows()[Symbol.iterator]().next();
  return {
    noun: 'row',
    lines: untilAborted(rows(), session.signal),
    failure: () => undefined,
    check: async (replica) => {
      const cut = await replica.cut();
      for (const lines of rows()) {
        const known = lines.filter(
          ({ result }) => result.ok && result.value.event.seq === (cut[result.value.event.replicaId] ?? 0),
        );
        if (known.length > 0) return refuseChangedTable(replica, known);
      }
    },
  };
};

/** Gives way to other things now and then, so that an interruption is heard. */
async function* untilAborted(
  batches: Iterable<readonly BundleLine[]>,
  signal: AbortSignal,
): AsyncGenerator<readonly BundleLine[]> {
  for (const batch of batches) {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return;
    yield batch;
  }
}

const takeIn = async ({ output }: Session, replica: Replica, { lines }: Source): Promise<ImportReport> => {
  const progress = output.progress('importing events');
  try {
    return await replica.services.merger.mergeChecked(lines, { onProgress: ({ events }) => progress.update(events) });
  } finally {
    progress.stop();
  }
};

const tell = (
  { output, signal }: Session,
  report: ImportReport,
  { failure, noun }: Source,
): typeof exitCodes.fine | typeof exitCodes.no => {
  const { applied, duplicates, parked, rejected, rejectedCount, conflicts } = report;
  const refused = refusedLines(rejected);
  const error = failure();
  const told = error === undefined ? undefined : toldError(error);
  output.document({
    applied,
    duplicates,
    parked,
    rejectedCount,
    rejected: refused,
    conflicts,
    ...(told === undefined ? {} : { error: told }),
  });
  printRefused(output, refused, rejectedCount, noun);
  const parts = [
    `${counted(applied, 'event')} applied`,
    `${duplicates} known already`,
    ...(parked > 0 ? [`${parked} waiting for earlier events`] : []),
    ...(rejectedCount > 0 ? [`${rejectedCount} refused`] : []),
    counted(conflicts.length, 'conflict'),
  ];
  output.line(parts.join(', '));
  if (signal.aborted) output.note('interrupted: the rest is not read yet, and the same call goes on from there');
  if (told !== undefined) output.note(`the input is incomplete: ${visible(told.message)}`);
  return rejectedCount > 0 || told !== undefined ? exitCodes.no : exitCodes.fine;
};
