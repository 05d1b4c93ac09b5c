/** `reknit status`: what a file holds, and what waits. */
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { printPairs } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';

export const addStatus = (program: Command, run: Run): void => {
  program
    .command('status')
    .description('say what the file holds, and what waits')
    .addHelpText('after', examples('reknit status --db work.db'))
    .action(
      run(async (session: Session) =>
        withReplica(session, 'read', async (replica) => {
          const status = await replica.status();
          session.output.document({ ...status, cut: await replica.cut() });
          if (session.output.isJson) return exitCodes.fine;
          printPairs(session.output, [
            ['replica', visible(status.replicaId)],
            ['policy', `${visible(status.policy.name)} (${status.policy.fingerprint.slice(0, 16)})`],
            ['events', String(status.events)],
            ['resources', String(status.resources)],
            ['not sent yet', String(status.localOnly)],
            ['waiting', String(status.parked)],
            ['forked', String(status.voids)],
            ['conflicts pending', String(status.conflictsPending)],
            ['conflicts resolved', String(status.conflictsResolved)],
            ['audit head', `${status.auditHead.count}:${status.auditHead.hash}`],
          ]);
          return exitCodes.fine;
        }),
      ),
    );
};
