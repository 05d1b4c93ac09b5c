/** `reknit preview`: what an import would do; nothing is written. */
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { hubRemoteFor, withHubAccess } from '../hub-access.js';
import { withReplica } from '../open-file.js';
import { printRefused, type RefusedLine } from '../output/refused-lines.js';
import { counted, printTable } from '../output/table.js';
import { shortened, visible, visibleValue } from '../output/visible.js';
import { unitText } from '../output/event-text.js';
import type { ConflictRecord, Json, ReknitEvent } from '../../index.js';
import type { Output } from '../output/output.js';
import type { Session } from '../session.js';
import { textList } from '../parse-options.js';
import { bundleSource } from '../sources/bundle-source.js';
import { subscriptionOf, type HubSyncOptions } from './sync-hub.js';

/** Rows of a table for people; programs get all. */
const rowsMax = 50;

export const addPreview = (program: Command, run: Run): void => {
  const command = program
    .command('preview')
    .description('say what an import, or a sync with a hub, would do, and write nothing')
    .argument('[source]', 'a bundle, compressed or not; - is the standard input')
    .option('--types <list>', 'of a hub only resources of these types', textList);
  withHubAccess(command, 'instead: a hub, such as https://hub.example.org')
    .addHelpText(
      'after',
      examples(
        'reknit preview bundle.ndjson.gz --db work.db',
        'reknit preview --hub https://hub.example.org --db work.db',
      ),
    )
    .action(
      run(async (session: Session, path: string | undefined, { hub, ...options }: Options) => {
        if ((path === undefined) === (hub === undefined)) throw usageError('name either a bundle or a hub (--hub URL)');
        if (hub !== undefined) return previewHub(session, { ...options, hub });
        if (path === undefined) throw usageError('name a bundle');
        const file = session.file();
        const source = await bundleSource(path, session);
        return withReplica(
          session,
          'read',
          async (replica) => {
            const events: ReknitEvent[] = [];
            const refused: RefusedLine[] = [];
            for await (const lines of source.lines)
              for (const { line, result } of lines)
                if (result.ok) events.push(result.value.event);
                else refused.push({ line, code: result.error.code, message: result.error.message });
            const failure = source.failure();
            if (failure !== undefined) throw failure;
            const report = await replica.preview(events);
            const { applied, duplicates, parked, resources, conflictRecords } = report;
            session.output.document({ ...report, rejectedCount: refused.length, rejected: refused });
            printRefused(session.output, refused, refused.length, 'line');
            if (!session.output.isJson) {
              printResources(session.output, resources);
              printConflicts(session.output, conflictRecords);
            }
            session.output.line(
              `an import would apply ${counted(applied, 'event')}; ${duplicates} are known already, ${parked} would wait; ${counted(resources.length, 'resource')} would change, with ${counted(conflictRecords.length, 'conflict')}`,
            );
            return refused.length > 0 ? exitCodes.no : exitCodes.fine;
          },
          file,
        );
      }),
    );
};

interface Options extends Omit<HubSyncOptions, 'hub'> {
  readonly hub?: string;
}

const previewHub = async (session: Session, options: HubSyncOptions): Promise<typeof exitCodes.fine> => {
  const remote = hubRemoteFor(session, options);
  const { output, signal } = session;
  try {
    return await withReplica(session, 'read', async (replica) => {
      const report = await replica.previewSync(remote, { ...subscriptionOf(options), signal });
      const { applied, duplicates, parked, resources, conflictRecords, pulled, unsynced, isWhole } = report;
      output.document(report);
      if (!output.isJson) {
        printResources(output, resources);
        printConflicts(output, conflictRecords);
      }
      output.line(
        `a sync would read ${counted(pulled, 'event')} (${applied} new, ${duplicates} known already, ${parked} would wait) and send ${unsynced}; ${counted(resources.length, 'resource')} would change, with ${counted(conflictRecords.length, 'conflict')}`,
      );
      if (!isWhole) output.note('the hub has more than that: this is what the first part of it would do');
      if (report.policyMismatch)
        output.note('the hub expects another policy: the same events may be decided differently elsewhere');
      return exitCodes.fine;
    });
  } finally {
    await remote.close();
  }
};

interface PreviewedResource {
  readonly resourceType: string;
  readonly resourceId: string;
  readonly fields: unknown;
  readonly deleted: boolean;
}

const printResources = (output: Output, resources: readonly PreviewedResource[]): void => {
  if (resources.length === 0) return;
  const rows = resources
    .slice(0, rowsMax)
    .map(({ resourceType, resourceId, fields, deleted }) => [
      visible(resourceType),
      visible(resourceId),
      deleted ? 'deleted' : shortened(visibleValue(fields as Json), 80),
    ]);
  printTable(output, ['TYPE', 'ID', 'WOULD BE'], rows);
  if (resources.length > rowsMax) output.line(`and ${resources.length - rowsMax} more`);
};

const printConflicts = (output: Output, conflicts: readonly ConflictRecord[]): void => {
  const standing = conflicts.filter(({ isStanding }) => isStanding);
  if (standing.length === 0) return;
  const rows = standing
    .slice(0, rowsMax)
    .map((conflict) => [
      conflict.conflictId.slice(0, 12),
      `${visible(conflict.resourceType)} ${visible(conflict.resourceId)}`,
      unitText(conflict),
      conflict.conflictType,
      conflict.outcome.type === 'pending' ? 'pending' : `decided by ${conflict.strategy?.name ?? 'the policy'}`,
    ]);
  printTable(output, ['CONFLICT', 'RESOURCE', 'ABOUT', 'KIND', 'STATUS'], rows);
  if (standing.length > rowsMax) output.line(`and ${standing.length - rowsMax} more`);
};
