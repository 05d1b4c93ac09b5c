/** `reknit show`: one resource as it stands, or as it stood. */
import type { Command } from 'commander';
import { ReknitError, type Replica, type ResourceSnapshot } from '../../index.js';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { unitText } from '../output/event-text.js';
import { printPairs } from '../output/table.js';
import { visible, visibleValue } from '../output/visible.js';
import { cutFrom } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options {
  readonly at?: string;
}

export const addShow = (program: Command, run: Run): void => {
  program
    .command('show')
    .description('show a resource')
    .argument('<type>', "the resource's type")
    .argument('<id>', "the resource's id")
    .option('--at <cut>', 'as of a cut: JSON such as {"laptop":12}, or @FILE')
    .addHelpText(
      'after',
      examples(
        'reknit show feature feat-1 --db work.db',
        'reknit show feature feat-1 --at \'{"laptop":12}\' --json --db work.db',
      ),
    )
    .action(
      run(async (session: Session, resourceType: string, resourceId: string, { at }: Options) =>
        withReplica(session, 'read', async (replica) => {
          const past = at === undefined ? replica : replica.at(cutFrom(at));
          const snapshot = await past.get(resourceType, resourceId);
          if (snapshot === undefined) return tellUnknown(session, resourceType, resourceId);
          session.output.document(snapshot);
          if (!session.output.isJson) await print(session, replica, snapshot);
          return exitCodes.fine;
        }),
      ),
    );
};

export const tellUnknown = ({ output }: Session, resourceType: string, resourceId: string): typeof exitCodes.no => {
  const error = new ReknitError('resource_not_found', `${resourceType} ${resourceId} is not known here`, {
    resourceType,
    resourceId,
  });
  output.error(error);
  return exitCodes.no;
};

const print = async ({ output }: Session, replica: Replica, snapshot: ResourceSnapshot): Promise<void> => {
  const { colors, line } = output;
  const { resourceType, resourceId, fields, deleted, provisional, invalid, updatedAt, updatedBy, heads, conflicts } =
    snapshot;
  line(`${colors.bold(`${visible(resourceType)} ${visible(resourceId)}`)}${deleted ? colors.red('  deleted') : ''}`);
  printPairs(
    output,
    Object.entries(fields).map(([field, value]) => {
      const remarks = [
        ...(provisional.includes(field) ? ['not decided yet'] : []),
        ...(invalid.includes(field) ? ['does not fit its definition'] : []),
      ];
      return [
        `  ${visible(field)}`,
        `${visibleValue(value)}${remarks.length === 0 ? '' : colors.yellow(`  (${remarks.join(', ')})`)}`,
      ] as const;
    }),
  );
  line(colors.dim(`last changed ${updatedAt} by ${visible(updatedBy)}`));
  line(colors.dim(`heads ${heads.map(visible).join(', ')}`));
  for (const conflictId of conflicts) {
    const conflict = await replica.conflicts.get(conflictId);
    if (conflict === undefined) continue;
    const standing =
      conflict.status === 'pending_review'
        ? colors.yellow('pending')
        : `decided by ${conflict.resolutionStrategy ?? 'the policy'}`;
    line(`conflict ${conflictId.slice(0, 12)} about ${unitText(conflict)}: ${standing}`);
  }
};
