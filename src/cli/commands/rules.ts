/**
 * `reknit rules`: rules made from decisions, such as "always take the phone's value of this field". They belong to
 * this replica and its owner; the policy, which everyone merges by, is not touched.
 */
import type { Command } from 'commander';
import type { NewRule, Replica, ResolutionRule, RuleChoice, RuledConflictType, RuleMatch } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { withReplica } from '../open-file.js';
import { counted, printTable } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { Session } from '../session.js';

interface AddOptions {
  readonly id?: string;
  readonly field?: string;
  readonly group?: string;
  readonly existence?: boolean;
  readonly kind?: string;
  readonly takeReplica?: string;
  readonly takeAgent?: string;
  readonly strategy?: string;
  readonly both?: boolean;
  readonly label?: string;
  readonly preview?: boolean;
}

export const addRules = (program: Command, run: Run): void => {
  const rules = program.command('rules').description('rules made from decisions, which settle conflicts in your name');
  rules
    .command('list')
    .description('list the rules, in the order in which they are asked')
    .action(run(async (session: Session) => withReplica(session, 'read', (replica) => list(session, replica))));
  rules
    .command('add')
    .description('make a rule; "reknit desk" and "reknit rules run" let it decide')
    .argument('<type>', 'the type of resource')
    .option('--id <resource>', 'of this resource alone')
    .option('--field <name>', 'of this field alone')
    .option('--group <name>', 'of this group of fields alone')
    .option('--existence', 'of conflicts between a deletion and a change alone')
    .option('--kind <kind>', 'of conflicts of this kind alone')
    .option('--take-replica <replica>', "take this replica's value")
    .option('--take-agent <agent>', 'take what this agent wrote last')
    .option('--strategy <name>', 'take what a shipped strategy decides, such as last_write_wins')
    .option('--both', 'take both, where the values allow it')
    .option('--label <text>', 'what the list calls it')
    .option('--preview', 'only say which pending conflicts it would decide, and how')
    .addHelpText(
      'after',
      examples(
        'reknit rules add task --field status --take-replica phone --db work.db',
        'reknit rules add task --strategy last_write_wins --preview --db work.db',
      ),
    )
    .action(
      run(async (session: Session, type: string, options: AddOptions) => {
        const rule = ruleOf(type, options);
        return options.preview === true
          ? withReplica(session, 'read', (replica) => preview(session, replica, rule))
          : withReplica(session, 'write', async (replica) => {
              const added = await replica.rules.add(rule);
              session.output.document(added);
              session.output.line(`rule ${added.ruleId}: ${visible(added.label)}`);
              return exitCodes.fine;
            });
      }),
    );
  for (const [name, what, change] of [
    ['on', 'switch a rule on', (replica: Replica, id: string) => replica.rules.switch(id, true)],
    [
      'off',
      'switch a rule off; what it decided stays',
      (replica: Replica, id: string) => replica.rules.switch(id, false),
    ],
    ['remove', 'remove a rule; what it decided stays', (replica: Replica, id: string) => replica.rules.remove(id)],
  ] as const)
    rules
      .command(name)
      .description(what)
      .argument('<rule>', 'its id, as "reknit rules list" shows it')
      .action(
        run(async (session: Session, id: string) =>
          withReplica(session, 'write', async (replica) => {
            const rule = await change(replica, id);
            session.output.document(rule);
            session.output.line(`${name}: ${visible(rule.label)}`);
            return exitCodes.fine;
          }),
        ),
      );
  rules
    .command('run')
    .description('let the rules decide what is pending now')
    .action(run(async (session: Session) => withReplica(session, 'write', (replica) => decide(session, replica))));
};

const ruleOf = (resourceType: string, options: AddOptions): NewRule => {
  const { id, field, group, existence, kind, takeReplica, takeAgent, strategy, both, label } = options;
  const units: readonly RuleMatch['unit'][] = [
    ...(field === undefined ? [] : [{ kind: 'field', field } as const]),
    ...(group === undefined ? [] : [{ kind: 'group', group } as const]),
    ...(existence === true ? [{ kind: 'existence' } as const] : []),
  ];
  const choices: readonly RuleChoice[] = [
    ...(takeReplica === undefined ? [] : [{ replicaId: takeReplica }]),
    ...(takeAgent === undefined ? [] : [{ agentId: takeAgent }]),
    ...(strategy === undefined ? [] : [{ strategy }]),
    ...(both === true ? [{ both } as const] : []),
  ];
  const [unit, anotherUnit] = units;
  const [choose, anotherChoice] = choices;
  if (anotherUnit !== undefined) throw usageError('name one of --field, --group and --existence');
  if (choose === undefined || anotherChoice !== undefined)
    throw usageError('name what it takes: one of --take-replica, --take-agent, --strategy and --both');
  return {
    match: {
      resourceType,
      ...(id === undefined ? {} : { resourceId: id }),
      ...(unit === undefined ? {} : { unit }),
      // Whatever it is, the rule book says which there are.
      ...(kind === undefined ? {} : { conflictType: kind as RuledConflictType }),
    },
    choose,
    ...(label === undefined ? {} : { label }),
  };
};

const list = async ({ output }: Session, replica: Replica): Promise<typeof exitCodes.fine> => {
  const rules = await replica.rules.list();
  output.document({ rules });
  if (rules.length === 0) output.line('no rules');
  else if (!output.isJson)
    printTable(
      output,
      ['RULE', '', 'OWNER', 'DECIDED', 'LAST', 'WHAT'],
      rules.map((rule) => [
        visible(rule.ruleId),
        rule.isOn ? 'on' : 'off',
        visible(rule.owner),
        String(rule.decided),
        rule.lastDecidedAt ?? '',
        visible(rule.label),
      ]),
    );
  return exitCodes.fine;
};

const preview = async ({ output }: Session, replica: Replica, rule: NewRule): Promise<typeof exitCodes.fine> => {
  const found = await replica.rules.preview(rule);
  output.document({ conflicts: found.map(({ outline, to }) => ({ conflictId: outline.conflictId, to })) });
  for (const { outline, to } of found)
    output.line(
      `${outline.conflictId.slice(0, 12)}  ${visible(`${outline.resourceType} ${outline.resourceId}`)}  ${visible(JSON.stringify(to ?? null)).slice(0, 100)}`,
    );
  output.line(`it would decide ${counted(found.length, 'pending conflict')}`);
  return exitCodes.fine;
};

const decide = async ({ output }: Session, replica: Replica): Promise<typeof exitCodes.fine> => {
  const before = decidedBy(await replica.rules.list());
  const run = replica.rules.run();
  await run.settled();
  await run.close();
  const decided = decidedBy(await replica.rules.list()) - before;
  output.document({ decided });
  output.line(`decided ${counted(decided, 'conflict')}`);
  return exitCodes.fine;
};

const decidedBy = (rules: readonly ResolutionRule[]): number => rules.reduce((sum, { decided }) => sum + decided, 0);
