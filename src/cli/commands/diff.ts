/** `reknit diff`: how the sides of a conflict differ from what they started from, or resources between two cuts. */
import type { Command } from 'commander';
import { ReknitError, type Cut, type Json, type Replica, type ResourceSnapshot } from '../../index.js';
import { examples, type Run } from '../command.js';
import { wholeConflictId } from '../conflict-ids.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { differencesBetween, markedDifferences } from '../output/differences.js';
import { unitText } from '../output/event-text.js';
import type { Output } from '../output/output.js';
import { visible } from '../output/visible.js';
import { cutFrom } from '../parse-options.js';
import type { Session } from '../session.js';
import { tellUnknown } from './show.js';

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly whole?: boolean;
}

export const addDiff = (program: Command, run: Run): void => {
  program
    .command('diff')
    .description(
      'show what changed: of a resource, or of all, between two cuts; or what the sides of a conflict changed',
    )
    .argument('[conflict-or-type]', "a conflict's id or its beginning; or the resource's type, with its id")
    .argument('[id]', "the resource's id")
    .option(
      '--from <cut>',
      'a cut as JSON, or @FILE; otherwise what remotes have: then the difference is the unsent work',
    )
    .option('--to <cut>', 'otherwise now')
    .option('--whole', 'long texts in full, and not only around their differences')
    .addHelpText(
      'after',
      examples(
        'reknit diff --db work.db',
        'reknit diff feature feat-1 --from \'{"laptop":12}\' --db work.db',
        'reknit diff 3f2a91c04b7d --db work.db',
      ),
    )
    .action(
      run(async (session: Session, first: string | undefined, id: string | undefined, options: Options) =>
        withReplica(session, 'read', async (replica) => {
          if (first !== undefined && id === undefined) return diffConflict(session, replica, first, options);
          const changes = await changesBetween(replica, await cutsOf(replica, options), first, id);
          if (changes === undefined) return tellUnknown(session, first ?? '', id ?? '');
          session.output.document({ resources: changes });
          if (!session.output.isJson) for (const change of changes) print(session.output, change, options);
          if (changes.length === 0) session.output.note('no difference');
          return exitCodes.fine;
        }),
      ),
    );
};

interface ResourceChange {
  readonly resourceType: string;
  readonly resourceId: string;
  readonly change: 'created' | 'deleted' | 'changed';
  readonly fields: Readonly<Record<string, { readonly from?: Json; readonly to?: Json }>>;
}

interface Cuts {
  readonly from: Cut;
  readonly to: Cut;
}

const cutsOf = async (replica: Replica, { from, to }: Options): Promise<Cuts> => ({
  from: from === undefined ? await sentCut(replica) : cutFrom(from),
  to: to === undefined ? await replica.cut() : cutFrom(to),
});

/** Everything but the own events that no remote has. */
const sentCut = async (replica: Replica): Promise<Cut> => {
  const cut = await replica.cut();
  const own = (cut[replica.replicaId] ?? 0) - (await replica.status()).localOnly;
  return { ...cut, [replica.replicaId]: Math.max(own, 0) };
};

const changesBetween = async (
  replica: Replica,
  { from, to }: Cuts,
  resourceType: string | undefined,
  resourceId: string | undefined,
): Promise<readonly ResourceChange[] | undefined> => {
  if (resourceType !== undefined && resourceId !== undefined) {
    const before = await replica.at(from).get(resourceType, resourceId);
    const after = await replica.at(to).get(resourceType, resourceId);
    return before === undefined && after === undefined
      ? undefined
      : [changeOf(before, after)].flatMap((one) => one ?? []);
  }
  const before = new Map((await replica.at(from).list({ includeDeleted: true })).map((one) => [keyOf(one), one]));
  const after = await replica.at(to).list({ includeDeleted: true });
  const keys = new Set(after.map(keyOf));
  return [
    ...after.flatMap((one) => changeOf(before.get(keyOf(one)), one) ?? []),
    // A cut may name less than the other.
    ...[...before.values()].filter((one) => !keys.has(keyOf(one))).flatMap((one) => changeOf(one, undefined) ?? []),
  ];
};

const keyOf = ({ resourceType, resourceId }: ResourceSnapshot): string => JSON.stringify([resourceType, resourceId]);

const changeOf = (
  before: ResourceSnapshot | undefined,
  after: ResourceSnapshot | undefined,
): ResourceChange | undefined => {
  const [was, is] = [before?.deleted === false ? before.fields : {}, after?.deleted === false ? after.fields : {}];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const changed = names.filter(
    (name) => !differencesBetween(own(was, name), own(is, name)).every(({ kind }) => kind === 'same'),
  );
  const [wasThere, isThere] = [before?.deleted === false, after?.deleted === false];
  if (wasThere === isThere && changed.length === 0) return undefined;
  const { resourceType, resourceId } = (after ?? before) as ResourceSnapshot;
  return {
    resourceType,
    resourceId,
    change: wasThere === isThere ? 'changed' : isThere ? 'created' : 'deleted',
    fields: Object.fromEntries(
      changed.map((name) => [
        name,
        {
          ...(Object.hasOwn(was, name) ? { from: was[name] as Json } : {}),
          ...(Object.hasOwn(is, name) ? { to: is[name] as Json } : {}),
        },
      ]),
    ),
  };
};

/** A field may be called "toString". */
const own = (fields: ResourceSnapshot['fields'], name: string): Json | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

const print = (
  output: Output,
  { resourceType, resourceId, change, fields }: ResourceChange,
  options: Options,
): void => {
  const { colors } = output;
  output.line(`${colors.bold(`${visible(resourceType)} ${visible(resourceId)}`)}  ${change}`);
  for (const [name, { from, to }] of Object.entries(fields))
    output.line(`  ${visible(name)}: ${text(output, from, to, options)}`);
};

const text = ({ colors }: Output, from: Json | undefined, to: Json | undefined, { whole }: Options): string => {
  const parts = differencesBetween(from, to);
  const said = from === undefined ? parts.slice(-1) : to === undefined ? parts.slice(0, 1) : parts;
  return markedDifferences(said, colors, { isWhole: whole === true });
};

const diffConflict = async (
  session: Session,
  replica: Replica,
  id: string,
  options: Options,
): Promise<typeof exitCodes.fine> => {
  if (options.from !== undefined || options.to !== undefined)
    throw usageError('a conflict has sides and no cuts: leave out --from and --to, or name a resource by type and id');
  const conflict = await replica.conflicts.get(await wholeConflictId(replica, id));
  if (conflict === undefined)
    throw new ReknitError('conflict_not_found', `no conflict begins with "${id}"; a resource is named by type and id`, {
      id,
    });
  const { output } = session;
  const { base, siblings } = conflict;
  output.document({
    conflictId: conflict.conflictId,
    ...(base === undefined ? {} : { base }),
    sides: siblings.map(({ eventId, value }) => ({ eventId, ...(value === undefined ? {} : { value }) })),
  });
  output.line(
    `${output.colors.bold(`${visible(conflict.resourceType)} ${visible(conflict.resourceId)}`)}  ${unitText(conflict)}`,
  );
  for (const { agentId, timestamp, value } of siblings)
    output.line(`  ${visible(agentId)} at ${timestamp}: ${text(output, base, value, options)}`);
  return exitCodes.fine;
};
