/**
 * The proof on real events: the authors of a bundle are dealt out to a few replicas, each gets
 * its events in a random order and some of them twice, and they meet until there is nothing
 * to say. All must then agree, to the digest.
 */
import { join } from 'node:path';
import type { BundleLine } from '../../adapters/remote/bundle/index.js';
import { openReplica, ReknitError, replicaRemote, type Policy, type Replica } from '../../index.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import { printRefused } from '../output/refused-lines.js';
import { counted, printPairs } from '../output/table.js';
import { loadPolicy } from '../policy-module.js';
import { bundleSource } from '../sources/bundle-source.js';
import type { Session } from '../session.js';
import { withDemoFolder } from './demo-folder.js';
import { randomFrom, type Random } from './random.js';

export interface BundleDemoOptions {
  readonly bundle: string;
  readonly replicas: number;
  readonly seed: number;
  readonly keep: boolean;
}

/** One in so many events is delivered twice. */
const repeatedOneIn = 10;
/** Any number of replicas is quiet after two rounds of all pairs; more would be an error, not patience. */
const roundsMax = 10;

export const runBundleDemo = (session: Session, options: BundleDemoOptions): Promise<ExitCode> =>
  withDemoFolder(options.keep, async (folder) => {
    const { output } = session;
    const random = randomFrom(options.seed);
    const { lines, refused } = await readLines(session, options.bundle);
    if (lines.length === 0)
      throw new ReknitError('bundle_empty', `${options.bundle} holds no events`, { file: options.bundle });
    const policy = session.policyPath === undefined ? undefined : await loadPolicy(session.policyPath);
    const startedMs = Date.now();
    const replicas = await openAll(session, folder, options.replicas, policy);
    try {
      const repeated = await deliver(session, replicas, lines, random);
      const rounds = await syncUntilQuiet(session, replicas, random);
      const digests = await Promise.all(replicas.map((replica) => replica.digest()));
      const statuses = await Promise.all(replicas.map((replica) => replica.status()));
      const kinds = await conflictsByKind(replicas[0] as Replica);
      const seconds = (Date.now() - startedMs) / 1_000;
      const isEqual = digests.every((digest) => digest === digests[0]);
      const isWhole = statuses.every(({ events }) => events === statuses[0]?.events);
      const [status] = statuses;
      output.document({
        ok: isEqual && isWhole,
        events: status?.events,
        resources: status?.resources,
        parked: status?.parked,
        repeated,
        rounds,
        seconds,
        conflicts: { pending: status?.conflictsPending, resolved: status?.conflictsResolved, ...kinds },
        digests,
        rejected: refused,
        ...(options.keep ? { folder } : {}),
      });
      printRefused(output, refused, refused.length, 'line');
      printPairs(output, [
        [
          'events',
          `${status?.events ?? 0}, dealt to ${options.replicas} replicas in random orders (seed ${options.seed}), ${repeated} of them twice`,
        ],
        ['resources', String(status?.resources ?? 0)],
        ['waiting', String(status?.parked ?? 0)],
        [
          'conflicts',
          `${(status?.conflictsPending ?? 0) + (status?.conflictsResolved ?? 0)}, ${status?.conflictsPending ?? 0} pending`,
        ],
        ...Object.entries(kinds).map(([kind, count]) => [`  ${kind}`, String(count)] as const),
        ['time', `${seconds.toFixed(1)} s, ${counted(rounds, 'round')} of meetings`],
        ...digests.map((digest, index) => [`digest ${index + 1}`, digest] as const),
      ]);
      output.line(
        isEqual && isWhole
          ? output.colors.green('all digests are equal')
          : output.colors.red('the replicas do not agree'),
      );
      if (options.keep) output.line(`The files are kept in ${folder}`);
      return isEqual && isWhole && refused.length === 0 ? exitCodes.fine : exitCodes.no;
    } finally {
      for (const replica of replicas) await replica.close();
    }
  });

interface ReadLines {
  readonly lines: readonly BundleLine[];
  readonly refused: readonly { readonly line: number; readonly code: string; readonly message: string }[];
}

const readLines = async (session: Session, path: string): Promise<ReadLines> => {
  const { signal } = session;
  const source = await bundleSource(path, session);
  const lines: BundleLine[] = [];
  const refused: { line: number; code: string; message: string }[] = [];
  for await (const batch of source.lines)
    for (const line of batch)
      if (line.result.ok) lines.push(line);
      else refused.push({ line: line.line, code: line.result.error.code, message: line.result.error.message });
  signal.throwIfAborted();
  const failure = source.failure();
  if (failure !== undefined) throw failure;
  return { lines, refused };
};

const openAll = async (
  { agentId, signal }: Session,
  folder: string,
  count: number,
  policy: Policy | undefined,
): Promise<readonly Replica[]> => {
  const replicas: Replica[] = [];
  for (let number = 1; number <= count; number += 1) {
    const file = join(folder, `replica-${number}.db`);
    replicas.push(
      await openReplica({ file, agentId, signal, durability: 'process', ...(policy === undefined ? {} : { policy }) }),
    );
  }
  return replicas;
};

/** Whole authors are dealt out, so that each replica starts with lines of work of its own. */
const deliver = async (
  { output, signal }: Session,
  replicas: readonly Replica[],
  lines: readonly BundleLine[],
  random: Random,
): Promise<number> => {
  const authors = [...new Set(lines.map(authorOf))].sort();
  const homes = new Map(random.shuffled(authors).map((author, index) => [author, index % replicas.length]));
  const progress = output.progress('delivering');
  let repeated = 0;
  let done = 0;
  for (const [index, replica] of replicas.entries()) {
    const own = lines.filter((line) => homes.get(authorOf(line)) === index);
    const again = own.filter(() => random.below(repeatedOneIn) === 0);
    repeated += again.length;
    const inputs = random.shuffled([...own, ...again]);
    await replica.services.merger.mergeChecked([inputs], {
      signal,
      onProgress: ({ events }) => progress.update(done + events, lines.length),
    });
    done += inputs.length;
  }
  progress.stop();
  return repeated;
};

const authorOf = ({ result }: BundleLine): string => (result.ok ? result.value.event.replicaId : '');

/** Every pair meets, in a random order, until a whole round brings nothing new to anyone. */
const syncUntilQuiet = async (
  { output, signal }: Session,
  replicas: readonly Replica[],
  random: Random,
): Promise<number> => {
  const pairs = replicas.flatMap((a, index) => replicas.slice(index + 1).map((b) => [a, b] as const));
  const progress = output.progress('meeting');
  const total = pairs.length * 2;
  let done = 0;
  try {
    for (let round = 1; round <= roundsMax; round += 1) {
      const before = await countAll(replicas);
      for (const pair of random.shuffled(pairs)) {
        const [a, b] = random.shuffled(pair) as readonly [Replica, Replica];
        const connection = a.connect(replicaRemote(b));
        await connection.now({ signal });
        await connection.close();
        done += 1;
        progress.update(Math.min(done, total), total);
      }
      if ((await countAll(replicas)) === before) return round;
    }
  } finally {
    progress.stop();
  }
  throw new ReknitError('demo_failed', `the replicas still had news for each other after ${roundsMax} rounds`);
};

const countAll = async (replicas: readonly Replica[]): Promise<string> =>
  JSON.stringify(
    await Promise.all(
      replicas.map(async (replica) => {
        const { events, parked, voids } = await replica.status();
        return [events, parked, voids];
      }),
    ),
  );

const conflictsByKind = async (replica: Replica): Promise<Readonly<Record<string, number>>> => {
  const counts = new Map<string, number>();
  for (const { conflictType } of await replica.conflicts.list())
    counts.set(conflictType, (counts.get(conflictType) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
};
