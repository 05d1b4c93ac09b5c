/** `reknit backup`: a consistent copy of a file that may be in use. */
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';

export const addBackup = (program: Command, run: Run): void => {
  program
    .command('backup')
    .description('copy the file, also while it is in use; the copy opens as another replica')
    .argument('<destination>', 'a file that does not exist yet')
    .addHelpText('after', examples('reknit backup copy.db --db work.db'))
    .action(
      run(async (session: Session, destination: string) => {
        await withReplica(session, 'read', (replica) => replica.backup(destination));
        session.output.document({ file: destination });
        session.output.line(`copied to ${visible(destination)}`);
        return exitCodes.fine;
      }),
    );
};
