/**
 * `reknit desk`: opens the conflict desk for one replica's file, on this machine alone, until it is interrupted. The
 * link on the screen signs in whoever opens it first; when it was used, another one is shown.
 */
import type { Command } from 'commander';
import type { Replica, SyncConnection } from '../../index.js';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import { hubRemoteFor, withHubAccess, type HubAccess } from '../hub-access.js';
import { interrupted } from '../interrupted.js';
import { openFile } from '../open-file.js';
import { visible } from '../output/visible.js';
import { naturalNumber, textList } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options extends Omit<HubAccess, 'hub'> {
  readonly host: string;
  readonly port: number;
  readonly origin?: readonly string[];
  readonly rules: boolean;
  readonly hub?: string;
}

const defaultPort = 8731;
const portMax = 65_535;

export const addDesk = (program: Command, run: Run): void => {
  const command = program
    .command('desk')
    .description('see, understand and settle conflicts in a browser')
    .option('--host <address>', 'where to listen on this machine', '127.0.0.1')
    .option('--port <number>', 'the port; 0 for any free one', naturalNumber, defaultPort)
    .option('--origin <list>', 'under which addresses the page is opened, where a proxy stands before it', textList)
    .option('--no-rules', "leave this replica's rules to another process");
  withHubAccess(command, 'stay in step with this hub meanwhile')
    .addHelpText(
      'after',
      examples('reknit desk --db work.db', 'reknit desk --db work.db --hub https://hub.example.org'),
    )
    .action(run(serve));
};

const serve = async (session: Session, options: Options): Promise<typeof exitCodes.fine> => {
  const { output, signal } = session;
  const { host, port, origin, rules, hub } = options;
  // Servers are much to load, and few commands need them.
  const [{ createDesk }, { createPinoLogger, isLoopbackHost, serveHub }] = await Promise.all([
    import('../../adapters/desk/index.js'),
    import('../../adapters/hub/index.js'),
  ]);
  if (port > portMax) throw usageError(`--port must be at most ${portMax}`);
  if (!isLoopbackHost(host))
    throw usageError(
      'the desk of a file is for this machine alone: leave out --host, or put a proxy with TLS before it',
    );
  const remote = hub === undefined ? undefined : hubRemoteFor(session, { ...options, hub });
  const replica = await openFile(session, 'write', session.file());
  const connection = remote === undefined ? undefined : replica.connect(remote, { live: true });
  try {
    const desk = createDesk({
      replica,
      rules,
      logger: createPinoLogger({ level: 'warn', destination: output.remarks }),
      ...(origin === undefined ? {} : { origins: origin }),
      ...(connection === undefined || hub === undefined ? {} : { connections: [{ name: hub, connection }] }),
    });
    const serving = await serveHub({
      hub: { fetch: desk.fetch, upgrade: () => false, close: desk.close },
      host,
      port,
    });
    session.expectInterruption();
    const base = origin?.[0] ?? serving.url;
    const offer = (): void => {
      const link = `${base}${desk.newLink()}`;
      output.document({ url: `${base}/`, port: serving.port, replicaId: replica.replicaId, link });
      output.line(link);
    };
    output.line(`desk of ${visible(replica.replicaId)}; this link signs you in, once:`);
    offer();
    const stop = desk.onLinkUsed(() => {
      output.note('the link was used; for another browser:');
      offer();
    });
    await interrupted(signal);
    stop();
    output.note('closing the desk');
    await serving.close();
    return exitCodes.fine;
  } finally {
    await closeAll(connection, replica);
  }
};

const closeAll = async (connection: SyncConnection | undefined, replica: Replica): Promise<void> => {
  await connection?.close();
  await replica.close();
};
