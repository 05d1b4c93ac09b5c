/** `reknit hub token`: who may come in. A running hub sees changes within a second. */
import type { Command } from 'commander';
import type { ListedToken, Right, TokenList } from '../../adapters/hub/index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { tokenFileOf } from '../hub-files.js';
import { printTable } from '../output/table.js';
import { visible } from '../output/visible.js';
import { durationMs, textList } from '../parse-options.js';
import type { Session } from '../session.js';

interface AddOptions {
  readonly replica?: readonly string[];
  readonly anyReplica?: boolean;
  readonly agentId?: readonly string[];
  readonly anyAgent?: boolean;
  readonly grant?: Grants;
  readonly expires?: string;
  readonly label?: string;
}

/** A server is much to load for a text of help, so they are named here; the compiler knows whether they are all. */
const rights = Object.keys({ read: 0, write: 0, delete: 0, resolve: 0, relay: 0 } satisfies Record<
  Right,
  0
>) as readonly Right[];

type Grants = Readonly<Record<string, readonly Right[]>>;

export const addHubToken = (hub: Command, run: Run): void => {
  const token = hub.command('token').description('make, list and revoke the tokens that open a hub');
  token
    .command('add')
    .description('make a token; it is shown once')
    .option('--replica <list>', 'the replicas that it stands for', textList)
    .option('--any-replica', 'it stands for every replica')
    .option('--agent-id <list>', 'the agents whose events it may hand in', textList)
    .option('--any-agent', 'it may hand in events of every agent')
    .option('--grant <type=rights>', `of ${rights.join(', ')}; * is every other type; may be repeated`, grant)
    .option('--expires <when>', 'when it ends: 90d, 12h, 15m, or a time such as 2027-01-01T00:00:00Z')
    .option('--label <text>', 'what the list calls it')
    .addHelpText(
      'after',
      examples(
        'reknit hub token add --db hub.db --replica laptop --agent-id ada --grant "*=read,write" --grant "salary="',
        'reknit hub token add --db hub.db --any-replica --any-agent --grant "*=read" --expires 30d',
      ),
    )
    .action(
      run(async (session: Session, options: AddOptions) =>
        withTokens(session, async (tokens) => {
          const { token: text, record } = await tokens.add({
            replicas: namesOr(options.replica, options.anyReplica, '--replica', '--any-replica'),
            agents: namesOr(options.agentId, options.anyAgent, '--agent-id', '--any-agent'),
            rights: grantsOf(options.grant),
            ...(options.expires === undefined ? {} : { expiresAt: timeAfter(options.expires) }),
            ...(options.label === undefined ? {} : { label: options.label }),
          });
          session.output.document({ token: text, ...record });
          session.output.line(text);
          session.output.note(`token ${record.id}: it is not shown again`);
        }),
      ),
    );
  token
    .command('list')
    .description('list the tokens, without what opens the hub')
    .action(
      run(async (session: Session) =>
        withTokens(session, async (tokens) => {
          const records = await tokens.list();
          session.output.document(records);
          if (session.output.isJson) return;
          if (records.length === 0) session.output.note('there are no tokens: nobody gets in');
          else
            printTable(session.output, ['token', 'label', 'replicas', 'agents', 'rights', 'state'], records.map(rowOf));
        }),
      ),
    );
  token
    .command('revoke')
    .description('end a token, and the connections that it opened')
    .argument('<id>', 'as the list shows it')
    .action(
      run(async (session: Session, id: string) =>
        withTokens(session, async (tokens) => {
          const record = await tokens.revoke(id);
          session.output.document(record);
          session.output.line(`token ${id} is revoked`);
        }),
      ),
    );
};

const withTokens = async (
  session: Session,
  use: (tokens: TokenList) => Promise<void>,
): Promise<typeof exitCodes.fine> => {
  const { openTokenList } = await import('../../adapters/hub/index.js');
  const tokens = openTokenList({ file: tokenFileOf(session.file()) });
  try {
    await use(tokens);
    return exitCodes.fine;
  } finally {
    tokens.close();
  }
};

/** Everything is a grant that has to be asked for in words. */
const namesOr = (
  names: readonly string[] | undefined,
  isAny: boolean | undefined,
  option: string,
  anyOption: string,
): readonly string[] | 'any' => {
  if ((names === undefined) === (isAny !== true)) throw usageError(`add either ${option} or ${anyOption}`);
  return names ?? 'any';
};

const grant = (text: string, before: Grants = {}): Grants => {
  const end = text.lastIndexOf('=');
  if (end < 1) throw usageError(`--grant must be type=rights, such as "*=read,write", not "${text}"`);
  const wanted = textList(text.slice(end + 1));
  const unknown = wanted.find((name) => !rights.includes(name as Right));
  if (unknown !== undefined) throw usageError(`there is no right "${unknown}": there are ${rights.join(', ')}`);
  return Object.fromEntries([...Object.entries(before), [text.slice(0, end), wanted as readonly Right[]]]);
};

const grantsOf = (grants: Grants | undefined): Grants => {
  if (grants !== undefined) return grants;
  throw usageError('a token without rights opens nothing: add --grant, such as --grant "*=read,write"');
};

const timeAfter = (text: string): string => {
  const ms = durationMs(text);
  const time = new Date(ms === undefined ? Date.parse(text) : Date.now() + ms);
  if (Number.isNaN(time.getTime())) throw usageError(`--expires must be such as 90d, 12h or a time, not "${text}"`);
  if (time.getTime() <= Date.now()) throw usageError(`--expires must be still to come, and ${text} is over`);
  return time.toISOString();
};

const rowOf = (record: ListedToken): readonly string[] => [
  record.id,
  visible(record.label ?? ''),
  visible(namesText(record.replicas)),
  visible(namesText(record.agents)),
  visible(
    Object.entries(record.rights)
      .map(([type, granted]) => `${type}=${granted.join(',')}`)
      .join(' '),
  ),
  stateOf(record),
];

const namesText = (names: readonly string[] | 'any'): string => (names === 'any' ? 'any' : names.join(', '));

const stateOf = ({ revokedAt, expiresAt }: ListedToken): string => {
  if (revokedAt !== undefined) return `revoked ${revokedAt}`;
  if (expiresAt === undefined) return 'open';
  return Date.parse(expiresAt) > Date.now() ? `open until ${expiresAt}` : `expired ${expiresAt}`;
};
