/** `reknit export`: the events of a file as a bundle, parents first. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { writeBundle } from '../../adapters/remote/bundle/index.js';
import { isReknitError, type ReknitEvent } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { openFile } from '../open-file.js';
import { counted } from '../output/table.js';
import { cutFrom } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options {
  readonly since?: string;
  readonly type?: string;
  readonly gzip?: boolean;
  readonly output?: string;
}

const batchEvents = 500;

export const addExport = (program: Command, run: Run): void => {
  program
    .command('export')
    .description('write events as a bundle: one JSON object a line')
    .option('--since <cut>', 'without the events of this cut: JSON such as {"laptop":12}, or @FILE')
    .option('--type <type>', 'events of resources of this type alone')
    .option('--gzip', 'compressed; a file whose name ends in .gz is in any case')
    .option('-o, --output <file>', 'into a file, which is replaced as a whole; otherwise the standard output')
    .addHelpText(
      'after',
      examples('reknit export -o bundle.ndjson.gz --db work.db', 'reknit export --db a.db | reknit import --db b.db -'),
    )
    .action(
      run(async (session: Session, { since, type, gzip, output: path }: Options) => {
        const toStdout = path === undefined || path === '-';
        if (toStdout && gzip === true && session.output.stream.isTTY === true)
          throw usageError('compressed data is not for a terminal: add -o FILE, or pipe it');
        if (!toStdout) refuseTarget(path, session.file());
        const cut = since === undefined ? undefined : cutFrom(since);
        // Events that leave are marked before they do, so the file is opened for writing.
        const replica = await openFile(session, 'write', session.file());
        const progress = session.output.progress('exporting events');
        try {
          const query = {
            ...(cut === undefined ? {} : { since: cut }),
            ...(type === undefined ? {} : { resourceType: type }),
          };
          const batches = inBatches(replica.export(query), progress.update);
          const { events } = await writeBundle(toStdout ? session.output.stream : path, batches, {
            signal: session.signal,
            ...(gzip === undefined ? {} : { gzip }),
          });
          progress.stop();
          if (!toStdout) session.output.document({ events, file: path });
          session.output.note(`${counted(events, 'event')} exported${toStdout ? '' : ` to ${path}`}`);
          return exitCodes.fine;
        } catch (error) {
          // Whoever reads has seen enough.
          if (toStdout && isReknitError(error, 'bundle_unwritable') && isBrokenPipe(error.cause)) return exitCodes.fine;
          throw error;
        } finally {
          progress.stop();
          await replica.close();
        }
      }),
    );
};

/** The name of a bundle is easily mixed up with that of the file it comes from. */
const refuseTarget = (path: string, file: string): void => {
  if (resolve(path) === resolve(file))
    throw usageError(`${path} is the replica itself: name another file for the bundle`);
  if (existsSync(path) && statSync(path).isDirectory()) throw usageError(`${path} is a folder: name a file`);
  if (!existsSync(dirname(resolve(path)))) throw usageError(`there is no folder ${dirname(path)}: make it first`);
};

const isBrokenPipe = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'EPIPE' || cause.code === 'ERR_STREAM_DESTROYED');

async function* inBatches(
  events: AsyncIterable<ReknitEvent>,
  onProgress: (done: number) => void,
): AsyncGenerator<readonly ReknitEvent[]> {
  let batch: ReknitEvent[] = [];
  let done = 0;
  for await (const event of events) {
    batch.push(event);
    if (batch.length < batchEvents) continue;
    yield batch;
    done += batch.length;
    onProgress(done);
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
