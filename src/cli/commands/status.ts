/** `reknit status`: what a file holds, and what waits. */
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { printPairs } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';
import type { Replica, ReplicaStatus } from '../../index.js';

export const addStatus = (program: Command, run: Run): void => {
  program
    .command('status')
    .description('say what the file holds, and what waits')
    .addHelpText('after', examples('reknit status --db work.db'))
    .action(
      run(async (session: Session) =>
        withReplica(session, 'read', async (replica) => {
          const status = await replica.status();
          const queue = await queueOf(replica);
          session.output.document({ ...status, cut: await replica.cut(), queue });
          if (session.output.isJson) return exitCodes.fine;
          printPairs(session.output, [
            ['replica', visible(status.replicaId)],
            ['policy', `${visible(status.policy.name)} (${status.policy.fingerprint.slice(0, 16)})`],
            ['events', String(status.events)],
            ['resources', String(status.resources)],
            ['not sent yet', String(status.localOnly)],
            ['refused by a hub', String(status.rejected)],
            ['waiting', String(status.parked)],
            ['forked', String(status.voids)],
            ['conflicts pending', String(status.conflictsPending)],
            ['conflicts resolved', String(status.conflictsResolved)],
            ['audit head', `${status.auditHead.count}:${status.auditHead.hash}`],
          ]);
          printQueue(session, queue, status);
          return exitCodes.fine;
        }),
      ),
    );
};

/** Of each kind so many are shown; the counts say how many there are. */
const shownMax = 10;

interface Queue {
  /** Own events that no remote has, the oldest first. */
  readonly notSent: readonly { readonly eventId: string; readonly dot: string; readonly resource: string }[];
  readonly refused: readonly { readonly eventId: string; readonly dot: string; readonly message: string }[];
  readonly waiting: readonly { readonly dot: string; readonly reason: string; readonly missing: readonly string[] }[];
}

const queueOf = async ({ services, parked }: Replica): Promise<Queue> => {
  const unsent = await services.log.getUnsyncedEvents({ limit: shownMax });
  const rejected = await services.refusals.listRejected();
  return {
    notSent: unsent.map(({ eventId, replicaId, seq, resourceType, resourceId }) => ({
      eventId,
      dot: `${replicaId}:${seq}`,
      resource: `${resourceType} ${resourceId}`,
    })),
    refused: rejected.slice(0, shownMax).map(({ eventId, dot, message }) => ({ eventId, dot, message })),
    waiting: (await parked({ limit: shownMax })).map(({ sealed: { dot }, reason, missing }) => ({
      dot,
      reason,
      missing,
    })),
  };
};

const printQueue = ({ output }: Session, { notSent, refused, waiting }: Queue, counts: ReplicaStatus): void => {
  const section = (title: string, lines: readonly string[], count: number): void => {
    if (lines.length === 0) return;
    output.line(`\n${title}`);
    for (const line of lines) output.line(`  ${visible(line)}`);
    if (count > lines.length) output.line(`  and ${count - lines.length} more`);
  };
  section(
    'to be sent',
    notSent.map(({ dot, resource }) => `${dot}  ${resource}`),
    counts.localOnly,
  );
  section(
    'refused by a hub',
    refused.map(({ dot, message }) => `${dot}  ${message}`),
    counts.rejected,
  );
  section(
    'waiting',
    waiting.map(
      ({ dot, reason, missing }) => `${dot}  ${reason}${missing.length === 0 ? '' : ` ${missing.join(' ')}`}`,
    ),
    counts.parked,
  );
};
