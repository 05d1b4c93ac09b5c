/**
 * `reknit hub`: serves a hub from one file, until it is interrupted. Secrets lie beside the file:
 * the tokens' hashes and the key of the receipts, each in a file that its owner alone can read.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { exitCodes } from '../exit-code.js';
import type { HubDesk } from '../hub-desk.js';
import type { Replica } from '../../index.js';
import { openFile } from '../open-file.js';
import { deskFileOf, receiptKeyFileOf, tokenFileOf } from '../hub-files.js';
import { interrupted } from '../interrupted.js';
import { visible } from '../output/visible.js';
import { duration, naturalNumber, textList } from '../parse-options.js';
import type { Session } from '../session.js';
import { addHubParked } from './hub-parked.js';
import { addHubToken } from './hub-token.js';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowPlainHttp?: boolean;
  readonly openOnLoopback?: boolean;
  readonly policyFingerprint?: string;
  readonly origin?: readonly string[];
  readonly basePath: string;
  readonly parkedFor?: number;
  readonly logLevel: string;
  readonly desk?: boolean;
  readonly deskOrigin?: readonly string[];
}

const defaultPort = 8730;
const portMax = 65_535;
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const addHub = (program: Command, run: Run): void => {
  const hub = program
    .command('hub')
    .description('serve a hub: a log that replicas on other machines push to and pull from')
    .option('--host <address>', 'where to listen; another than this machine needs TLS', '127.0.0.1')
    .option('--port <number>', 'the port; 0 for any free one', naturalNumber, defaultPort)
    .option('--base-path <path>', 'a path before those of the protocol, such as /sync', '')
    .option('--tls-cert <file>', 'the certificate with its chain, as PEM')
    .option('--tls-key <file>', 'the private key of the certificate, as PEM')
    .option('--allow-plain-http', 'listen without TLS on other addresses too: for behind a proxy that adds it')
    .option('--open-on-loopback', 'without tokens: whoever is on this machine may do everything')
    .option('--policy-fingerprint <fingerprint>', 'the policy that replicas are expected to merge by')
    .option('--origin <list>', 'pages that may call, such as https://app.example', textList)
    .option('--desk', "serve the conflict desk too, under the hub's tokens and rights; --policy says how it merges")
    .option('--desk-origin <list>', 'under which addresses the desk is opened, such as https://hub.example', textList)
    .option('--parked-for <time>', 'give up events that have waited so long for others, such as 30d', duration)
    .option('--log-level <level>', `what is told on the standard error: ${logLevels.join(', ')}`, 'info')
    .addHelpText(
      'after',
      examples(
        'reknit hub --db hub.db --open-on-loopback',
        'reknit hub token add --db hub.db --any-replica --any-agent --grant "*=read,write,delete,resolve"',
        'reknit hub --db hub.db --desk --policy policy.mjs',
        'reknit hub --db hub.db --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem',
      ),
    )
    .action(run(serve));
  addHubToken(hub, run);
  addHubParked(hub, run);
};

const serve = async (session: Session, options: Options): Promise<typeof exitCodes.fine> => {
  // A server is much to load, and no other command needs it.
  const server = await import('../../adapters/hub/index.js');
  const { output, signal } = session;
  const file = session.file();
  const { host, port, basePath, allowPlainHttp = false, openOnLoopback = false, policyFingerprint, origin } = options;
  const tls = tlsOf(options);
  if (port > portMax) throw usageError(`--port must be at most ${portMax}`);
  if (openOnLoopback && !server.isLoopbackHost(host))
    throw usageError('--open-on-loopback opens the hub to this machine alone: leave out --host, or make tokens');
  if (!/^(?:\/[\w.~-]+)*$/.test(basePath)) throw usageError('--base-path must look like /sync');
  const level = logLevels.find((name) => name === options.logLevel);
  if (level === undefined) throw usageError(`--log-level must be one of ${logLevels.join(', ')}`);

  if (options.deskOrigin !== undefined && options.desk !== true) throw usageError('--desk-origin goes with --desk');
  if (options.desk === true && options.deskOrigin === undefined && !server.isLoopbackHost(host))
    throw usageError('a desk that others reach is opened under a name: say which by --desk-origin https://…');

  const log = server.openSqliteHubLog({ file });
  const tokens = server.openTokenList({ file: tokenFileOf(file) });
  const replica = options.desk === true ? await openDeskReplica(session, file) : undefined;
  try {
    const authenticate = openOnLoopback ? server.openToEveryone : tokens.authenticate;
    const logger = server.createPinoLogger({ level, destination: output.remarks });
    const { createDeskEntrance, createHubDesk, deskPathOf } = await import('../hub-desk.js');
    const entrance = replica === undefined ? undefined : createDeskEntrance(replica, authenticate);
    const fingerprint = policyFingerprint ?? (await replica?.status())?.policy.fingerprint;
    const hub = server.createHub({
      log,
      basePath,
      authenticate: entrance?.authenticate ?? authenticate,
      ...(openOnLoopback ? {} : { watchTokens: tokens.watch }),
      logger,
      receiptKey: server.openReceiptKey(receiptKeyFileOf(file)),
      ...(fingerprint === undefined ? {} : { policyFingerprint: fingerprint }),
      ...(origin === undefined ? {} : { allowedOrigins: origin }),
      ...(options.parkedFor === undefined ? {} : { parkedMsMax: options.parkedFor }),
    });
    const desk =
      replica === undefined || entrance === undefined
        ? undefined
        : createHubDesk({
            replica,
            hub,
            log,
            entrance,
            basePath,
            authenticate,
            logger,
            ...(openOnLoopback ? {} : { tokens }),
            ...(options.deskOrigin === undefined ? {} : { origins: options.deskOrigin }),
          });
    const serving = await server.serveHub({
      hub: {
        ...hub,
        fetch: async (request, from) => desk?.answer(request, from) ?? hub.fetch(request, from),
        close: async () => {
          await desk?.close();
          await hub.close();
        },
      },
      host,
      port,
      allowPlainHttp,
      ...(tls === undefined ? {} : { tls }),
    });
    session.expectInterruption();
    const { hubId, epoch } = await log.facts();
    const url = `${serving.url}${basePath}`;
    const deskUrl =
      desk === undefined ? undefined : `${options.deskOrigin?.[0] ?? serving.url}${deskPathOf(basePath)}/`;
    output.document({
      url,
      port: serving.port,
      file,
      hubId,
      epoch,
      isOpen: openOnLoopback,
      ...(deskUrl === undefined ? {} : { desk: deskUrl }),
    });
    output.line(`hub ${visible(hubId)} at ${url}`);
    if (desk !== undefined && deskUrl !== undefined) {
      output.line(`desk at ${deskUrl}`);
      if (openOnLoopback) offerLinks(output, serving.url, desk);
    }
    if (openOnLoopback) output.note('open: whoever is on this machine may do everything');
    else if ((await tokens.list()).length === 0)
      output.note(`nobody gets in without a token: make one with "reknit hub token add --db ${file}"`);
    await interrupted(signal);
    output.note('shutting down');
    await serving.close();
    return exitCodes.fine;
  } finally {
    tokens.close();
    await replica?.close();
    await log.close();
  }
};

const pemIn = (option: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw usageError(
      `${option} names ${file}, which cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
};

/** An open hub has no tokens to sign in with. */
const offerLinks = ({ note }: Session['output'], base: string, desk: Pick<HubDesk, 'newLink' | 'onLinkUsed'>): void => {
  const offer = (): void => note(`this link signs in at the desk, once: ${base}${desk.newLink()}`);
  offer();
  desk.onLinkUsed(offer);
};

const openDeskReplica = async ({ policyPath, signal, output }: Session, file: string): Promise<Replica> =>
  openFile({ policyPath, signal, output, agentId: 'desk' }, 'create', deskFileOf(file));

const tlsOf = ({ tlsCert, tlsKey }: Options): { readonly cert: string; readonly key: string } | undefined => {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw usageError('--tls-cert and --tls-key come together');
  return { cert: pemIn('--tls-cert', tlsCert), key: pemIn('--tls-key', tlsKey) };
};
