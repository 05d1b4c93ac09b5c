/** `reknit resolve`: a person's decision about a conflict. */
import { Option, type Command } from 'commander';
import type { Json, Resolution } from '../../index.js';
import { examples, type Run } from '../command.js';
import { wholeConflictId } from '../conflict-ids.js';
import { usageError } from '../errors.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { eventText } from '../output/event-text.js';
import { counted } from '../output/table.js';
import { jsonValue } from '../parse-options.js';
import { terminalPrompts } from '../review/prompts.js';
import { walkConflicts } from '../review/walk.js';
import type { Session } from '../session.js';

interface Options {
  readonly choose?: string;
  readonly value?: Json;
  readonly apply?: 'restore' | 'detach' | 'cascade' | 'keep';
  readonly note?: string;
  readonly eventId?: string;
  readonly type?: string;
}

export const addResolve = (program: Command, run: Run): void => {
  program
    .command('resolve')
    .description('settle a conflict')
    .argument(
      '[id]',
      "the conflict's id or its beginning, or the id of an event that is a side of it; without it all pending ones are gone through, on a terminal",
    )
    .option('--type <type>', 'without an id: only conflicts of resources of this type')
    .option('--choose <side>', 'local, remote, or the id of the event that is to win')
    .option('--value <json>', 'any other value, as JSON', jsonValue)
    .addOption(
      new Option('--apply <action>', 'for a reference to something deleted').choices([
        'restore',
        'detach',
        'cascade',
        'keep',
      ]),
    )
    .option('--note <text>', 'why, for people')
    .option('--event-id <id>', 'makes repeating the call harmless')
    .addHelpText(
      'after',
      examples(
        'reknit resolve --db work.db',
        'reknit resolve 3f2a91c04b7d --choose local --note "agreed by phone" --db work.db',
        'reknit resolve 3f2a91c04b7d --value \'"done"\' --db work.db',
      ),
    )
    .action(
      run(async (session: Session, id: string | undefined, options: Options) => {
        if (id === undefined) return walk(session, options);
        if (options.type !== undefined) throw usageError('--type is for going through conflicts: leave out the id');
        const resolution = resolutionOf(options);
        const decision = {
          ...(options.note === undefined ? {} : { note: options.note }),
          ...(options.eventId === undefined ? {} : { eventId: options.eventId }),
        };
        const event = await withReplica(session, 'write', async (replica) =>
          replica.conflicts.resolve(await wholeConflictId(replica, id), resolution, decision),
        );
        session.output.document(event);
        session.output.line(`resolved  ${eventText(event)}`);
        return exitCodes.fine;
      }),
    );
};

const walk = async (session: Session, { type, ...decision }: Options): Promise<ExitCode> => {
  const { terminal, output, signal } = session;
  if (Object.keys(decision).length > 0)
    throw usageError('a decision is about one conflict: name it by its id ("reknit conflicts" lists them)');
  if (terminal === undefined)
    throw usageError(
      'name a conflict by its id ("reknit conflicts" lists them); only on a terminal all are gone through',
    );
  return withReplica(session, 'write', async (replica) => {
    const prompts = terminalPrompts(terminal, signal);
    const { settled, undone, left } = await walkConflicts({ replica, prompts, output, resourceType: type });
    output.line(
      `${settled} settled${undone === 0 ? '' : `, ${undone} undone`}; ${left === 0 ? 'no conflict waits for anyone' : `${counted(left, 'conflict')} left: the same call goes on with them`}`,
    );
    return left > 0 ? exitCodes.no : exitCodes.fine;
  });
};

const resolutionOf = ({ choose, value, apply }: Options): Resolution => {
  const given = [
    ...(choose === undefined ? [] : [{ choose }]),
    ...(value === undefined ? [] : [{ value }]),
    ...(apply === undefined ? [] : [{ apply }]),
  ];
  const [only, another] = given;
  if (only === undefined || another !== undefined)
    throw usageError('say how to settle it by exactly one of --choose, --value and --apply');
  return only;
};
