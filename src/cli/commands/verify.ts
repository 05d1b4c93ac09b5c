/** `reknit verify`: whether what is stored is what was written. */
import type { Command } from 'commander';
import type { AuditHead, Verification } from '../../index.js';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import { auditHead } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options {
  readonly auditHead?: AuditHead;
}

const shownMax = 20;

export const addVerify = (program: Command, run: Run): void => {
  program
    .command('verify')
    .description('check events, audit trail and states; exits with 1 when something is not as it was written')
    .option('--audit-head <number:hash>', 'a head of the audit trail that was kept elsewhere', auditHead)
    .addHelpText(
      'after',
      examples('reknit verify --db work.db', 'reknit verify --audit-head 12:9f86d081884c7d65… --db work.db'),
    )
    .action(
      run(async (session: Session, { auditHead }: Options) => {
        const { output, signal } = session;
        const result = await withReplica(session, 'read', async (replica) => {
          const progress = output.progress('checking');
          try {
            return await replica.verify({
              signal,
              onProgress: ({ events, resources }) => progress.update(events + resources),
              ...(auditHead === undefined ? {} : { auditHead }),
            });
          } finally {
            progress.stop();
          }
        });
        output.document(result);
        for (const problem of result.problems.slice(0, shownMax))
          output.line(`${output.colors.red('wrong')}  ${problemText(problem)}`);
        if (result.problemCount > shownMax) output.line(`and ${result.problemCount - shownMax} more`);
        const checked = `${counted(result.events, 'event')}, ${counted(result.resources, 'resource')} and ${counted(result.auditEntries, 'audit entry', 'audit entries')} checked`;
        output.line(
          result.ok
            ? `${output.colors.green('fine')}: ${checked}`
            : `${counted(result.problemCount, 'problem')}: ${checked}`,
        );
        if (result.knownAuditDamage.length > 0)
          output.line(
            `${counted(result.knownAuditDamage.length, 'audit entry', 'audit entries')} damaged, as a repair has noted`,
          );
        output.line(`audit head ${result.auditHead.count}:${result.auditHead.hash}`);
        return result.ok ? exitCodes.fine : exitCodes.no;
      }),
    );
};

const problemText = (problem: Verification['problems'][number]): string => {
  switch (problem.type) {
    case 'EventChanged':
      return `event ${visible(problem.eventId)} (${visible(problem.dot)}) was changed after it was stored`;
    case 'StorageDamaged':
      return `the file is damaged: ${visible(problem.message)}`;
    case 'StateDiffers':
      return `the state of ${visible(problem.resourceType)} ${visible(problem.resourceId)} does not follow from its events`;
    case 'SequenceGap':
      return `event ${visible(problem.replicaId)}:${problem.seq} is missing`;
    case 'Audit':
      return auditText(problem.problem);
  }
};

type ChainProblem = Extract<Verification['problems'][number], { readonly type: 'Audit' }>['problem'];

const auditText = (problem: ChainProblem): string => {
  switch (problem.type) {
    case 'Gap':
      return `the audit trail goes on with entry ${problem.number} where ${problem.expected} should stand`;
    case 'BrokenLink':
      return `audit entry ${problem.number} does not continue the one before it`;
    case 'ChangedEntry':
      return `audit entry ${problem.number} was changed after it was written`;
    case 'UnreadableEntry':
      return `audit entry ${problem.number} cannot be read`;
    case 'HeadMissing':
      return `the audit trail ends before entry ${problem.number}`;
    case 'HeadDiffers':
      return `audit entry ${problem.number} is not the one that was kept elsewhere`;
  }
};
