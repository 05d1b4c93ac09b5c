/** `reknit undo`: puts back what stood before a conflict was resolved. */
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { wholeConflictId } from '../conflict-ids.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { eventText } from '../output/event-text.js';
import type { Session } from '../session.js';

interface Options {
  readonly note?: string;
}

export const addUndo = (program: Command, run: Run): void => {
  program
    .command('undo')
    .description('put back what stood before a conflict was resolved')
    .argument('<id>', "the conflict's id, or its beginning")
    .option('--note <text>', 'why, for people')
    .addHelpText('after', examples('reknit undo 3f2a91c04b7d --db work.db'))
    .action(
      run(async (session: Session, id: string, { note }: Options) => {
        const event = await withReplica(session, 'write', async (replica) =>
          replica.conflicts.undo(await wholeConflictId(replica, id), note === undefined ? {} : { note }),
        );
        session.output.document(event);
        session.output.line(`undone  ${eventText(event)}`);
        return exitCodes.fine;
      }),
    );
};
