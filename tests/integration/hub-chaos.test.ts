/**
 * Three replicas and a hub, each a process that is killed at any moment, over a network that cuts
 * answers off, delays and repeats: whatever was acknowledged is everywhere in the end, nothing is
 * there twice, everyone agrees, and every trail verifies.
 *
 * Run by `npm run test:long`. The seed repeats the schedule of kills and cuts, not the interleaving of the processes:
 *
 * - `REKNIT_CHAOS_SEED`, otherwise a new one each time;
 * - `REKNIT_CHAOS_EVENTS` in all, 20,000 otherwise;
 * - `REKNIT_CHAOS_MINUTES` over which they are spread, 0.6 otherwise.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openSqliteHubLog } from 'reknit/hub';
import { cuttingProxy } from '../support/cutting-proxy.js';
import { randomFrom } from '../support/histories/deliveries.js';
import { buildProgram, library as libraryPath, linesOf, reknit } from '../support/program.js';
import { createFolder } from '../support/temporary-folder.js';

const supportFile = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const library = pathToFileURL(libraryPath).href;
const names = ['ann', 'bob', 'cid'] as const;

const numberFrom = (name: string, otherwise: number): number => {
  const number = Number(process.env[name] ?? otherwise);
  if (!Number.isFinite(number) || number < 0) throw new Error(`${name} must be a number`);
  return number;
};
const seed = numberFrom('REKNIT_CHAOS_SEED', Math.floor(Math.random() * 2 ** 31));
const events = numberFrom('REKNIT_CHAOS_EVENTS', 20_000);
const minutes = numberFrom('REKNIT_CHAOS_MINUTES', 0.6);
const share = Math.ceil(events / names.length);
const repeat = `REKNIT_CHAOS_SEED=${seed} REKNIT_CHAOS_EVENTS=${events} REKNIT_CHAOS_MINUTES=${minutes} npm run test:long`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Program {
  readonly name: string;
  readonly kill: () => Promise<void>;
  readonly ended: Promise<number | null>;
  readonly stdout: () => string;
}

const said: string[] = [];

const start = (name: string, parameters: readonly string[]): Program & { readonly child: ChildProcess } => {
  const child = spawn(process.execPath, parameters);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.push(`${name}: ${text}`);
    if (said.length > 200) said.shift();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return {
    name,
    child,
    ended,
    stdout: () => stdout,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};

const startHub = async (file: string, port: number): Promise<Program & { readonly port: number }> => {
  const hub = start('hub', [program, 'hub', '--db', file, '--port', String(port), '--json', '--log-level', 'error']);
  while (!hub.stdout().includes('\n')) {
    if (hub.child.exitCode !== null) throw new Error(`the hub does not start: ${said.join('')}`);
    await pause(10);
  }
  return { ...hub, port: (JSON.parse(hub.stdout()) as { readonly port: number }).port };
};

const acknowledgedIn = (file: string): readonly string[] =>
  existsSync(file) ? linesOf(readFileSync(file, 'utf8')) : [];

interface Found {
  readonly digest: string;
  readonly replicaId: string;
  readonly ok: boolean;
  readonly problemCount: number;
  readonly status: Readonly<Record<string, number>>;
}

const chaos = async (folder: string): Promise<void> => {
  const random = randomFrom(seed);
  const hubFile = join(folder, 'hub.db');
  const acknowledgedBy = (name: string): string => join(folder, `${name}.acknowledged`);
  const tokens = new Map<string, string>();
  for (const name of names) {
    const rights = ['--grant', '*=read,write,delete,resolve'];
    const made = await reknit([
      'hub',
      'token',
      'add',
      '--db',
      hubFile,
      '--replica',
      name,
      '--agent-id',
      name,
      ...rights,
    ]);
    tokens.set(name, made.stdout.trim());
  }
  let hub = await startHub(hubFile, 0);
  const hubPort = hub.port;
  const networkRandom = randomFrom(seed + 1);
  const proxy = await cuttingProxy(() => hubPort, networkRandom);
  let starts = 0;
  const settingsOf = (name: string, port: number, more: object): string =>
    JSON.stringify({
      library,
      name,
      file: join(folder, `${name}.db`),
      url: `http://127.0.0.1:${port}`,
      token: tokens.get(name),
      ...more,
    });
  const startReplica = (name: string): Program =>
    start(name, [
      supportFile('chaos-replica.mjs'),
      settingsOf(name, proxy.port, {
        acknowledged: acknowledgedBy(name),
        share,
        perSecond: share / (minutes * 60),
        seed: seed + (starts += 1),
      }),
    ]);
  const running = new Map<string, Program>(names.map((name) => [name, startReplica(name)]));
  let kills = 0;
  try {
    const isDone = (): boolean => names.every((name) => acknowledgedIn(acknowledgedBy(name)).length >= share);
    const endMs = Date.now() + minutes * 60_000 + 60_000;
    while (!isDone()) {
      if (Date.now() > endMs) throw new Error(`they do not come to an end: ${said.slice(-20).join('')}`);
      await pause(200 + random() * 1_800);
      const victim = ['hub', ...names][Math.floor(random() * 4)] ?? 'hub';
      const downMs = random() * 400;
      kills += 1;
      if (victim === 'hub') {
        await hub.kill();
        await pause(downMs);
        hub = await startHub(hubFile, hubPort);
      } else {
        await running.get(victim)?.kill();
        await pause(downMs);
        running.set(victim, startReplica(victim));
      }
    }
    await Promise.all([...running.values()].map(({ kill }) => kill()));
    await hub.kill();
    hub = await startHub(hubFile, hubPort);

    const check = async (name: string, more: object): Promise<Found | undefined> => {
      const checking = start(name, [supportFile('chaos-check.mjs'), settingsOf(name, hubPort, more)]);
      const code = await checking.ended;
      if (code !== 0) throw new Error(`${name} cannot be checked: ${said.slice(-20).join('')}`);
      return checking.stdout() === '' ? undefined : (JSON.parse(checking.stdout()) as Found);
    };
    await Promise.all(names.map((name) => check(name, { rounds: 1 })));
    const eventsOf = (name: string): string => join(folder, `${name}.events`);
    const found = await Promise.all(names.map((name) => check(name, { rounds: 1, events: eventsOf(name) })));
    await hub.kill();

    const log = openSqliteHubLog({ file: hubFile });
    const { entries } = await log.read({ after: 0, limit: 10 * events, bytesMax: Number.MAX_SAFE_INTEGER });
    await log.close();
    const atHub = entries.map((entry) =>
      entry.type === 'event'
        ? `${entry.sealed.dot} ${entry.sealed.hash} ${entry.sealed.event.eventId}`
        : `${entry.refusal.dot} was refused: ${entry.refusal.code}`,
    );
    const ids = new Set<string>(
      entries.flatMap((entry) => (entry.type === 'event' ? [entry.sealed.event.eventId] : [])),
    );
    const acknowledged = names.flatMap((name) => acknowledgedIn(acknowledgedBy(name)));

    expect(acknowledged.length).toBeGreaterThanOrEqual(events);
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(atHub.length);
    const sortedAtHub = atHub.toSorted();
    for (const [index, name] of names.entries()) {
      const lines = linesOf(readFileSync(eventsOf(name), 'utf8')).toSorted();
      expect(lines.length).toBe(sortedAtHub.length);
      expect(lines.filter((line, place) => line !== sortedAtHub[place])).toEqual([]);
      expect(found[index]).toMatchObject({
        replicaId: name,
        ok: true,
        problemCount: 0,
        digest: found[0]?.digest,
        status: { parked: 0, voids: 0, localOnly: 0, rejected: 0, refusedForeign: 0 },
      });
    }
    // A peaceful run would prove nothing.
    expect(kills).toBeGreaterThan(minutes * 15);
    expect(proxy.cuts()).toBeGreaterThan(minutes * 15);
  } finally {
    await Promise.all([...running.values()].map(({ kill }) => kill()));
    await hub.kill();
    await proxy.close();
  }
};

test(
  `${events} events of three replicas survive kills, cuts and repetitions`,
  { timeout: minutes * 60_000 + 180_000 },
  async () => {
    await buildProgram();
    const { path, remove } = createFolder();
    mkdirSync(path, { recursive: true });
    try {
      await chaos(path);
    } catch (error) {
      throw new Error(`To repeat the schedule (what is left lies in ${path}):\n\n  ${repeat}\n`, { cause: error });
    }
    remove();
  },
);
