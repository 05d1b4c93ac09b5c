/** `reknit log`: the events of a resource, or of all, the newest last. */
import type { Command } from 'commander';
import type { HistoryEntry, ReknitEvent } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { graphRows, parentsFirst } from '../output/event-graph.js';
import { eventText } from '../output/event-text.js';
import type { Output } from '../output/output.js';
import { naturalNumber } from '../parse-options.js';
import { tellUnknown } from './show.js';
import type { Session } from '../session.js';

interface Options {
  readonly type?: string;
  readonly by?: string;
  readonly limit?: number;
  readonly graph?: boolean;
}

interface Entry {
  readonly event: ReknitEvent;
  readonly status: string;
}

export const addLog = (program: Command, run: Run): void => {
  program
    .command('log')
    .description('show events, the newest last')
    .argument('[type]', "the resource's type")
    .argument('[id]', "the resource's id")
    .option('--type <type>', 'of resources of this type')
    .option('--by <agent>', 'of this agent')
    .option('--limit <count>', 'the last ones', naturalNumber)
    .option('--graph', 'draw who had seen what, the newest first; of one resource')
    .addHelpText(
      'after',
      examples(
        'reknit log feature feat-1 --db work.db',
        'reknit log --by ada --limit 20 --db work.db',
        'reknit log feature feat-1 --graph --db work.db',
      ),
    )
    .action(
      run(async (session: Session, type: string | undefined, id: string | undefined, options: Options) => {
        if (type !== undefined && id === undefined)
          throw usageError('name the resource by type and id, or use --type for all of a type');
        if (options.graph === true && id === undefined)
          throw usageError('--graph draws the history of one resource: name it by type and id');
        if (options.graph === true && options.by !== undefined)
          throw usageError('--graph draws whole histories: leave out --by');
        return withReplica(session, 'read', async (replica) => {
          const resourceType = options.type;
          if (type !== undefined && id !== undefined) {
            const history = await replica.history(type, id);
            if (history.length === 0) return tellUnknown(session, type, id);
            if (options.graph === true && !session.output.isJson) {
              printGraph(session.output, history, options.limit);
              return exitCodes.fine;
            }
            await print(
              session,
              history.filter(({ event }) => options.by === undefined || event.agentId === options.by),
              options.limit,
            );
            return exitCodes.fine;
          }
          const query = {
            ...(resourceType === undefined ? {} : { resourceType }),
            ...(options.by === undefined ? {} : { agentId: options.by }),
          };
          const stored = replica.services.log.query(query);
          await print(session, entries(stored), options.limit);
          return exitCodes.fine;
        });
      }),
    );
};

async function* entries(
  stored: AsyncIterable<{ readonly sealed: { readonly event: ReknitEvent }; readonly status: string }>,
): AsyncIterable<Entry> {
  for await (const { sealed, status } of stored) yield { event: sealed.event, status };
}

const printGraph = (output: Output, history: readonly HistoryEntry[], limit = Infinity): void => {
  const newestFirst = parentsFirst(history.map((entry) => ({ ...entry, parents: entry.event.parents })))
    .toReversed()
    .slice(0, limit);
  for (const { lanes, event: entry } of graphRows(newestFirst))
    output.line(entry === undefined ? output.colors.dim(lanes) : `${lanes}  ${eventText(entry.event, entry.status)}`);
  if (newestFirst.length < history.length) output.note(`and ${history.length - newestFirst.length} earlier`);
};

/** With a limit only the last ones are kept in memory; without one none are. */
const print = async (
  { output, signal }: Session,
  found: Iterable<Entry> | AsyncIterable<Entry>,
  limit: number | undefined,
): Promise<void> => {
  const tell = async ({ event, status }: Entry): Promise<void> => {
    if (output.isJson) await output.record({ ...event, status });
    else output.line(eventText(event, status));
  };
  let last: Entry[] = [];
  for await (const entry of found) {
    if (signal.aborted) return;
    if (limit === undefined) await tell(entry);
    else last.push(entry);
    if (limit !== undefined && last.length > 2 * limit + 100) last = last.slice(-limit);
  }
  for (const entry of limit === undefined || limit === 0 ? [] : last.slice(-limit)) await tell(entry);
};
