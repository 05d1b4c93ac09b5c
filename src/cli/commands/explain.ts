/** `reknit explain`: why each value of a resource is what it is. */
import type { Command } from 'commander';
import { ReknitError, type ResourceExplanation } from '../../index.js';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { sideText } from '../output/event-text.js';
import type { Output } from '../output/output.js';
import { visible, visibleValue } from '../output/visible.js';
import { tellUnknown } from './show.js';
import type { Session } from '../session.js';

export const addExplain = (program: Command, run: Run): void => {
  program
    .command('explain')
    .description('say why each value is what it is')
    .argument('<type>', "the resource's type")
    .argument('<id>', "the resource's id")
    .argument('[field]', 'this field alone')
    .addHelpText('after', examples('reknit explain feature feat-1 status --db work.db'))
    .action(
      run(async (session: Session, resourceType: string, resourceId: string, field: string | undefined) =>
        withReplica(session, 'read', async (replica) => {
          const explanation = await replica.explain(resourceType, resourceId, field);
          if (explanation === undefined) return tellUnknown(session, resourceType, resourceId);
          if (field !== undefined && explanation.fields.length === 0) {
            const error = new ReknitError('field_not_found', `${resourceType} ${resourceId} has no field "${field}"`, {
              field,
            });
            session.output.error(error);
            return exitCodes.no;
          }
          session.output.document(explanation);
          printExplanation(session.output, explanation, field !== undefined);
          return exitCodes.fine;
        }),
      ),
    );
};

const printExplanation = ({ line, colors }: Output, explanation: ResourceExplanation, isOneField: boolean): void => {
  const { resourceType, resourceId, deleted, existence, fields } = explanation;
  if (!isOneField) {
    line(
      `${colors.bold(`${visible(resourceType)} ${visible(resourceId)}`)} is ${deleted ? 'deleted' : 'alive'}: ${visible(existence.reason)}`,
    );
    for (const side of existence.losers) line(`    against ${sideText(side)}`);
  }
  for (const { field, value, winner, losers, reason, conflictId } of fields) {
    line(`${colors.bold(visible(field))} is ${visibleValue(value)}: ${visible(reason)}`);
    if (winner !== undefined) line(`    written ${sideText(winner)}`);
    for (const side of losers) line(`    against ${sideText(side)}`);
    if (conflictId !== undefined) line(colors.dim(`    conflict ${conflictId}`));
  }
};
