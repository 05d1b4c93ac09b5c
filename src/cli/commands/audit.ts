/** `reknit audit`: what was decided and refused here, from what. */
import type { Command } from 'commander';
import type { AuditEntry } from '../../index.js';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { shortened, visible } from '../output/visible.js';
import { naturalNumber } from '../parse-options.js';
import type { Output } from '../output/output.js';
import type { Session } from '../session.js';

interface Options {
  readonly after: number;
  readonly limit?: number;
}

export const addAudit = (program: Command, run: Run): void => {
  program
    .command('audit')
    .description('read the audit trail, the oldest entry first')
    .option('--after <number>', 'entries after this one', naturalNumber, 0)
    .option('--limit <count>', 'at most so many', naturalNumber)
    .addHelpText('after', examples('reknit audit --db work.db', 'reknit audit --after 120 --json --db work.db'))
    .action(
      run(async (session: Session, { after, limit = Infinity }: Options) =>
        withReplica(session, 'read', async (replica) => {
          let left = limit;
          for await (const entry of replica.audit.entries({ after })) {
            if (left <= 0 || session.signal.aborted) break;
            left -= 1;
            if (session.output.isJson) await session.output.record(entry);
            else print(session.output, entry);
          }
          return exitCodes.fine;
        }),
      ),
    );
};

const print = ({ line, colors }: Output, { number, time, acts }: AuditEntry): void => {
  line(colors.bold(`${number}  ${time}`));
  for (const { type, ...facts } of acts) line(`    ${type}  ${shortened(visible(JSON.stringify(facts)), 300)}`);
};
