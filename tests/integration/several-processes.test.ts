/**
 * Several processes on one file: no event is lost or doubled, also when one of them is killed
 * half way, and each sees what the others wrote (guarantee 3, I12, D19).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openReplica, type ReplicaChange } from '../../src/index.js';
import { buildProgram, library as libraryPath } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const writer = fileURLToPath(new URL('../support/writer-process.mjs', import.meta.url));
const eventsEach = 10_000;

const acknowledgedIn = (file: string): readonly string[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

test(
  'two processes write 10,000 events each, one is killed half way and started again, and nothing is lost',
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'shared.db');
    await buildProgram();
    const library = pathToFileURL(libraryPath).href;
    const logOf = (agent: string): string => join(folder, `${agent}.acknowledged`);
    const start = (agent: string, from: number): ChildProcess =>
      spawn(process.execPath, [writer, library, file, agent, String(from), String(eventsEach), logOf(agent)], {
        stdio: 'inherit',
      });
    const watcher = await openReplica({ file, agentId: 'watcher' });
    const seen: ReplicaChange[] = [];
    watcher.changes$.subscribe((change) => seen.push(change));

    const steady = start('steady', 0);
    const steadyEnd = ended(steady);
    const unlucky = start('unlucky', 0);
    const killed = ended(unlucky);
    while (acknowledgedIn(logOf('unlucky')).length < eventsEach / 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    unlucky.kill('SIGKILL');
    await killed;
    const before = acknowledgedIn(logOf('unlucky')).length;
    // What was written and not acknowledged may be there too: it goes on after the last that is.
    let next = before;
    while ((await watcher.get('note', `unlucky-${next}`)) !== undefined) next += 1;
    expect(await ended(start('unlucky', next))).toBe(0);
    expect(await steadyEnd).toBe(0);

    const acknowledged = [...acknowledgedIn(logOf('steady')), ...acknowledgedIn(logOf('unlucky'))];
    const ids = new Map<string, string>();
    const seqs: number[] = [];
    for await (const event of watcher.export()) {
      ids.set(event.resourceId, event.eventId);
      seqs.push(event.seq);
    }
    const verification = await watcher.verify();

    expect(
      acknowledged.filter((line) => ids.get(line.slice(0, line.indexOf(' '))) !== line.slice(line.indexOf(' ') + 1)),
    ).toEqual([]);
    expect(ids.size).toBe(2 * eventsEach);
    expect(seqs).toEqual(Array.from({ length: 2 * eventsEach }, (_, index) => index + 1));
    expect(verification.problems).toEqual([]);
    expect(seen.some(({ origin }) => origin === 'process')).toBe(true);
    await watcher.close();
  },
);
