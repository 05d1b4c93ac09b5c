/** `reknit digest`: one text, equal on replicas that agree. */
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import type { Session } from '../session.js';

export const addDigest = (program: Command, run: Run): void => {
  program
    .command('digest')
    .description('print a text that is equal on replicas with equal states, conflicts and decisions')
    .addHelpText('after', examples('reknit digest --db work.db'))
    .action(
      run(async (session: Session) => {
        const digest = await withReplica(session, 'read', (replica) => replica.digest());
        session.output.document({ digest });
        session.output.line(digest);
        return exitCodes.fine;
      }),
    );
};
