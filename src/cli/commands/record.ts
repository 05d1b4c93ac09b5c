/** `reknit record`: one change, written to the file. */
import { Argument, type Command } from 'commander';
import type { Change, JsonObject, Operation, Priority } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { eventText } from '../output/event-text.js';
import { assignment, jsonObject, priority, textList } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options {
  readonly set?: JsonObject;
  readonly payload?: JsonObject | null;
  readonly note?: string;
  readonly priority?: Priority;
  readonly eventId?: string;
  readonly seen?: readonly string[];
}

export const addRecord = (program: Command, run: Run): void => {
  program
    .command('record')
    .description('write one change of a resource')
    .addArgument(new Argument('<operation>', 'what to do').choices(['create', 'update', 'delete', 'resolve']))
    .argument('<type>', "the resource's type")
    .argument('<id>', "the resource's id")
    .option('--set <field=value>', 'a field and its new value, JSON or text; may be repeated', assignment)
    .option('--payload <json>', 'the fields as one JSON object; "--json {…}" says it too, and prints JSON', jsonObject)
    .option('--note <text>', 'why, for people')
    .option('--priority <priority>', 'low, medium, high, critical or a number', priority)
    .option('--event-id <id>', 'makes repeating the call harmless: the first event is kept')
    .option('--seen <dots>', 'the heads that were looked at, separated by commas; may be repeated', textList)
    .addHelpText(
      'after',
      examples(
        'reknit record create feature feat-1 --set title="Merge offline" --set votes=3 --db work.db',
        'reknit record delete feature feat-1 --note "superseded" --db work.db',
      ),
    )
    .action(
      run(
        async (session: Session, operation: Operation, resourceType: string, resourceId: string, options: Options) => {
          const change = {
            operation,
            resourceType,
            resourceId,
            payload: payloadOf(operation, options),
            options: changeOptions(options),
          } satisfies Change;
          const access = operation === 'create' ? 'create' : 'write';
          const [event] = await withReplica(session, access, (replica) => replica.commit([change]));
          session.output.document(event);
          if (event !== undefined) session.output.line(`recorded  ${eventText(event)}`);
          return exitCodes.fine;
        },
      ),
    );
};

const payloadOf = (operation: Operation, { set, payload }: Options): JsonObject | null => {
  if (payload === null && operation !== 'resolve')
    throw usageError('only a resolve can have the payload null, which deletes the resource');
  if (payload === null) return set === undefined ? null : refuseBoth();
  if (set !== undefined && payload !== undefined && Object.keys(set).some((field) => Object.hasOwn(payload, field)))
    return refuseBoth();
  const fields = { ...payload, ...set };
  if (operation === 'delete' && Object.keys(fields).length > 0)
    throw usageError('a delete has no fields: leave --set and --payload out');
  if (operation === 'update' && Object.keys(fields).length === 0)
    throw usageError('an update needs a field: add --set field=value');
  return fields;
};

const refuseBoth = (): never => {
  throw usageError('--set and --payload say different things: give each field once');
};

const changeOptions = ({ note, priority, eventId, seen }: Options): Change['options'] => ({
  ...(note === undefined ? {} : { note }),
  ...(priority === undefined ? {} : { priority }),
  ...(eventId === undefined ? {} : { eventId }),
  ...(seen === undefined ? {} : { seen }),
});
