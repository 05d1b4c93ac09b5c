/** `reknit resolve`: a person's decision about a conflict. */
import { Option, type Command } from 'commander';
import type { Json, Resolution } from '../../index.js';
import { examples, type Run } from '../command.js';
import { wholeConflictId } from '../conflict-ids.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { eventText } from '../output/event-text.js';
import { jsonValue } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options {
  readonly choose?: string;
  readonly value?: Json;
  readonly apply?: 'restore' | 'detach' | 'cascade' | 'keep';
  readonly note?: string;
  readonly eventId?: string;
}

export const addResolve = (program: Command, run: Run): void => {
  program
    .command('resolve')
    .description('settle a conflict')
    .argument('<id>', "the conflict's id or its beginning, or the id of an event that is a side of it")
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
        'reknit resolve 3f2a91c04b7d --choose local --note "agreed by phone" --db work.db',
        'reknit resolve 3f2a91c04b7d --value \'"done"\' --db work.db',
      ),
    )
    .action(
      run(async (session: Session, id: string, options: Options) => {
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
