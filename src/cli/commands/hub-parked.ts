/**
 * `reknit hub parked`: what waits in a hub for events that have not come, and giving it up. Whoever wrote it has it
 * still, and is told.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { HubParked, HubParkedChoice, SqliteHubLog } from '../../adapters/hub/index.js';
import { ReknitError } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { counted, printTable } from '../output/table.js';
import { visible } from '../output/visible.js';
import { duration } from '../parse-options.js';
import type { Session } from '../session.js';

interface DropOptions {
  readonly olderThan?: number;
}

type Ended = typeof exitCodes.fine | typeof exitCodes.no;

const pageSize = 1_000;

export const addHubParked = (hub: Command, run: Run): void => {
  const parked = hub
    .command('parked')
    .description('list the events that wait in the hub, and for what')
    .action(run(list));
  parked
    .command('drop')
    .description('give up waiting events: their authors are told, and still have them')
    .argument('[dots...]', 'as the list shows them, such as laptop:7')
    .option('--older-than <time>', 'all that have waited for so long: 30d, 12h or 15m', duration)
    .addHelpText(
      'after',
      examples('reknit hub parked drop laptop:7 --db hub.db', 'reknit hub parked drop --older-than 30d --db hub.db'),
    )
    .action(run(drop));
};

const list = (session: Session): Promise<Ended> =>
  withLog(session, async (log) => {
    const nowMs = Date.now();
    const found: HubParked[] = [];
    for (let more = true; more;) {
      const page = await log.parked({ after: found.at(-1)?.place ?? 0, limit: pageSize });
      found.push(...page.items);
      ({ more } = page);
    }
    session.output.document(found.map((item) => shown(item, nowMs)));
    if (session.output.isJson) return exitCodes.fine;
    if (found.length === 0) session.output.note('nothing waits');
    else printTable(session.output, ['event', 'resource', 'agent', 'waits since', 'reason', 'for'], found.map(rowOf));
    return exitCodes.fine;
  });

const drop = (session: Session, dots: readonly string[], { olderThan }: DropOptions): Promise<Ended> => {
  if ((dots.length === 0) === (olderThan === undefined)) throw usageError('name either events, or --older-than');
  return withLog(session, async (log) => {
    const nowMs = Date.now();
    const choice: HubParkedChoice =
      olderThan === undefined
        ? { dots: dots as readonly HubParked['sealed']['dot'][] }
        : { before: timeOf(nowMs - olderThan) };
    const count = await log.dropParked(choice, timeOf(nowMs));
    session.output.document({ dropped: count });
    session.output.line(`${counted(count, 'event')} given up`);
    return count === 0 && olderThan === undefined ? exitCodes.no : exitCodes.fine;
  });
};

const withLog = async (session: Session, use: (log: SqliteHubLog) => Promise<Ended>): Promise<Ended> => {
  const file = session.file();
  if (!existsSync(file)) throw new ReknitError('file_missing', `there is no file ${file}`, { file });
  const { openSqliteHubLog } = await import('../../adapters/hub/index.js');
  const log = openSqliteHubLog({ file });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
};

const timeOf = (ms: number): string => new Date(Math.max(0, ms)).toISOString();

const shown = ({ sealed: { event, dot, hash }, since, bytes, reason, waits }: HubParked, nowMs: number): object => ({
  dot,
  hash,
  eventId: event.eventId,
  agentId: event.agentId,
  resourceType: event.resourceType,
  resourceId: event.resourceId,
  operation: event.operation,
  since,
  ageMs: Math.max(0, nowMs - Date.parse(since)),
  bytes,
  reason,
  waits,
});

const rowOf = ({ sealed: { event, dot }, since, reason, waits }: HubParked): readonly string[] => [
  visible(dot),
  visible(`${event.resourceType}/${event.resourceId}`),
  visible(event.agentId),
  since,
  reason,
  visible(waits.join(', ')),
];
