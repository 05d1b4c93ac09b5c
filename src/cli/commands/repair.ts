/** `reknit repair`: makes a damaged file whole again, from itself and from who has what it lacks. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { bundleRemote, repairReplica, replicaRemote, type FileRepairReport, type Remote } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { hubRemoteFor, withHubAccess, type HubAccess } from '../hub-access.js';
import { openFile } from '../open-file.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import { loadPolicy } from '../policy-module.js';
import type { Session } from '../session.js';
import { kindOf } from './sync.js';

interface Options extends Omit<HubAccess, 'hub'> {
  readonly hub?: string;
  readonly from?: string;
}

const shownMax = 20;

export const addRepair = (program: Command, run: Run): void => {
  const command = program
    .command('repair')
    .description(
      'make a damaged file whole again; the damaged one is kept beside it; exits with 1 when something is lost',
    )
    .option('--from <file>', 'a replica (.db) or a bundle (.ndjson, .ndjson.gz) that has what is missing');
  withHubAccess(command, 'the hub that has what is missing')
    .addHelpText(
      'after',
      examples(
        'reknit repair --hub https://hub.example.org --db work.db',
        'reknit repair --from phone.db --db work.db',
      ),
    )
    .action(run(repair));
};

const repair = async (session: Session, options: Options): Promise<typeof exitCodes.fine | typeof exitCodes.no> => {
  const { output, signal, policyPath } = session;
  if (options.from !== undefined && options.hub !== undefined)
    throw usageError('name one that has what is missing: --from FILE or --hub URL');
  const file = session.file();
  const policy = policyPath === undefined ? {} : { policy: await loadPolicy(policyPath) };
  const { remote, close } = await sourceOf(session, options);
  const progress = output.progress('repairing');
  try {
    const report = await repairReplica({
      file,
      signal,
      ...policy,
      ...(remote === undefined ? {} : { from: remote }),
      onProgress: ({ kept, restored }) => progress.update(kept + restored),
    });
    progress.stop();
    tell(session, report);
    return report.lostCount === 0 && report.verification.ok ? exitCodes.fine : exitCodes.no;
  } finally {
    progress.stop();
    await close();
  }
};

interface Source {
  readonly remote: Remote | undefined;
  readonly close: () => Promise<void>;
}

const sourceOf = async (session: Session, { hub, from, ...options }: Options): Promise<Source> => {
  const remote = hub === undefined ? undefined : hubRemoteFor(session, { ...options, hub });
  if (remote !== undefined || from === undefined) return { remote, close: async () => remote?.close() };
  if (!existsSync(from)) throw usageError(`there is no file ${from}`);
  if (kindOf(from) === 'bundle') {
    const bundle = bundleRemote({ file: from });
    return { remote: bundle, close: () => bundle.close() };
  }
  const other = await openFile(session, 'write', from);
  return { remote: replicaRemote(other), close: () => other.close() };
};

const tell = ({ output }: Session, report: FileRepairReport): void => {
  const { kept, restored, lost, lostCount, auditDamaged, formerReplicaId, replicaId, damagedFile } = report;
  output.document(report);
  for (const { dot, eventId } of lost.slice(0, shownMax))
    output.line(
      `${output.colors.red('lost')}  event ${eventId === undefined ? '' : `${visible(eventId)} `}(${visible(dot)})`,
    );
  if (lostCount > shownMax) output.line(`and ${lostCount - shownMax} more`);
  output.line(
    `${counted(kept, 'event')} were intact, ${restored} came back, ${lostCount === 0 ? output.colors.green('none is lost') : `${lostCount} lost`}`,
  );
  if (auditDamaged.length > 0)
    output.line(
      `${counted(auditDamaged.length, 'audit entry', 'audit entries')} damaged, kept as they were found and named in the trail`,
    );
  if (formerReplicaId !== undefined)
    output.note(`a number of its own is lost: it was ${visible(formerReplicaId)} and goes on as ${visible(replicaId)}`);
  if (!report.verification.ok)
    output.note(`${counted(report.verification.problemCount, 'problem')} left: see "reknit verify"`);
  output.line(`the damaged file is now ${visible(damagedFile)}`);
};
