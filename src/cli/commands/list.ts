/** `reknit list`: the resources of a file. */
import { Option, type Command } from 'commander';
import type { JsonObject, ListQuery, ResourceSnapshot } from '../../index.js';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { counted, printTable } from '../output/table.js';
import { shortened, visible, visibleValue } from '../output/visible.js';
import { assignment, naturalNumber } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options {
  readonly type?: string;
  readonly where?: JsonObject;
  readonly deleted?: boolean;
  readonly pending?: boolean;
  readonly order: 'id' | 'updated';
  readonly limit?: number;
}

/** A table of more rows than this is printed in parts, so that a large file can be listed. */
const rowsPerTable = 500;

export const addList = (program: Command, run: Run): void => {
  program
    .command('list')
    .description('list resources')
    .option('--type <type>', 'of this type alone')
    .option('--where <field=value>', 'whose field has this value, JSON or text; may be repeated', assignment)
    .option('--deleted', 'deleted ones too')
    .option('--pending', 'only those that somebody has to decide about')
    .addOption(
      new Option('--order <order>', 'by id, or the last changed first').choices(['id', 'updated']).default('id'),
    )
    .option('--limit <count>', 'at most so many', naturalNumber)
    .addHelpText(
      'after',
      examples('reknit list --type feature --where status=todo --order updated --limit 20 --db work.db'),
    )
    .action(
      run(async (session: Session, options: Options) =>
        withReplica(session, 'read', async (replica) => {
          let rows: ResourceSnapshot[] = [];
          let count = 0;
          for await (const item of replica.list(queryOf(options))) {
            if (session.signal.aborted) break;
            count += 1;
            if (session.output.isJson) await session.output.record(item);
            else rows.push(item);
            if (rows.length >= rowsPerTable) rows = print(session, rows);
          }
          if (rows.length > 0) print(session, rows);
          session.output.note(count === 0 ? 'nothing found' : counted(count, 'resource'));
          return exitCodes.fine;
        }),
      ),
    );
};

const queryOf = ({ type, where, deleted = false, pending = false, order, limit }: Options): ListQuery => ({
  includeDeleted: deleted,
  pendingOnly: pending,
  orderBy: order === 'updated' ? 'updatedAt' : 'id',
  ...(type === undefined ? {} : { resourceType: type }),
  ...(where === undefined ? {} : { where }),
  ...(limit === undefined ? {} : { limit }),
});

const print = ({ output }: Session, rows: readonly ResourceSnapshot[]): ResourceSnapshot[] => {
  printTable(
    output,
    ['TYPE', 'ID', 'FIELDS', 'CHANGED', 'BY', ''],
    rows.map(({ resourceType, resourceId, fields, updatedAt, updatedBy, deleted, provisional }) => [
      visible(resourceType),
      visible(resourceId),
      shortened(
        Object.entries(fields)
          .map(([field, value]) => `${visible(field)}=${visibleValue(value)}`)
          .join(' '),
        60,
      ),
      updatedAt,
      visible(updatedBy),
      deleted ? 'deleted' : provisional.length > 0 ? 'pending' : '',
    ]),
  );
  return [];
};
