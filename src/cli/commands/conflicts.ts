/** `reknit conflicts`: what collided, and what became of it. */
import { Option, type Command } from 'commander';
import type { ConflictView } from '../../index.js';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { resolutionText, sideText, unitText } from '../output/event-text.js';
import type { Output } from '../output/output.js';
import { counted, printTable } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';

interface Options {
  readonly status: 'pending' | 'resolved' | 'all';
  readonly type?: string;
}

const statuses = { pending: { status: 'pending_review' }, resolved: { status: 'resolved' }, all: {} } as const;

export const addConflicts = (program: Command, run: Run): void => {
  program
    .command('conflicts')
    .description('list conflicts; exits with 1 when some of them are pending')
    .addOption(new Option('--status <status>', 'which').choices(['pending', 'resolved', 'all']).default('pending'))
    .option('--type <type>', 'of resources of this type')
    .addHelpText(
      'after',
      examples('reknit conflicts --db work.db', 'reknit conflicts --status all --json --db work.db'),
    )
    .action(
      run(async (session: Session, { status, type }: Options) =>
        withReplica(session, 'read', async (replica) => {
          const conflicts = await replica.conflicts.list({
            ...statuses[status],
            ...(type === undefined ? {} : { resourceType: type }),
          });
          const pending = conflicts.filter((conflict) => conflict.status === 'pending_review').length;
          session.output.document({
            total: conflicts.length,
            pending,
            resolved: conflicts.length - pending,
            conflicts,
          });
          if (!session.output.isJson) print(session.output, conflicts, status, pending);
          return pending > 0 ? exitCodes.no : exitCodes.fine;
        }),
      ),
    );
};

const print = (
  output: Output,
  conflicts: readonly ConflictView[],
  status: Options['status'],
  pending: number,
): void => {
  if (conflicts.length === 0) {
    output.line(status === 'pending' ? 'no conflict waits for anyone' : 'no conflicts');
    return;
  }
  printTable(output, ['CONFLICT', 'RESOURCE', 'ABOUT', 'KIND', 'STATUS', 'SIDES'], conflicts.map(rowOf));
  output.note(`${counted(conflicts.length, 'conflict')}, ${pending} pending`);
  if (pending > 0) output.note('settle one: reknit resolve CONFLICT --choose EVENT');
};

const rowOf = (conflict: ConflictView): readonly string[] => {
  const { conflictId, resourceType, resourceId, conflictType, status, siblings } = conflict;
  return [
    conflictId.slice(0, 12),
    `${visible(resourceType)} ${visible(resourceId)}`,
    unitText(conflict),
    conflictType,
    status === 'pending_review' ? 'pending' : resolutionText(conflict),
    siblings.map(sideText).join('\n'),
  ];
};
