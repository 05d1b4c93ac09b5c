/** `reknit sync --hub` and the queue that `reknit status` shows, as people and scripts call them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { hubRemote, openReplica } from '../../src/index.js';
import type { Principal } from 'reknit/hub';
import { everything, served, testHub } from '../support/hub.js';
import { buildProgram, call, recordsOf, reknit, type Finished } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

beforeAll(buildProgram, 120_000);

const token = 'a-token-that-nobody-guesses';
const environment = { REKNIT_HUB_TOKEN: token };
const mayWriteTasks: Principal = { ...everything, id: 'tasks', rights: { task: ['read', 'write'] } };

const place = async (principal: Principal = everything) => {
  const folder = temporaryFolder();
  const url = await served(testHub({ principals: new Map([[token, principal]]) }));
  const [a, b] = [join(folder, 'a.db'), join(folder, 'b.db')];
  const record = (db: string, ...parameters: readonly string[]): Promise<Finished> =>
    call(['record', ...parameters, '--db', db, '--agent', 'ada']);
  return { folder, url, a, b, record };
};
const jsonOf = ({ stdout }: Finished): unknown => JSON.parse(stdout);
const codeOf = ({ stderr }: Finished): unknown =>
  (JSON.parse(stderr) as { readonly error: { readonly code: string } }).error.code;

test('two files that have met at a hub agree', async () => {
  const { url, a, b, record } = await place();
  await record(a, 'create', 'task', 't1', '--set', 'title=one');
  const first = await call(['sync', '--hub', url, '--db', a, '--json'], { environment });
  const second = await call(['sync', '--hub', url, '--db', b], { environment });

  expect(jsonOf(first)).toMatchObject({ pushed: 1, refused: [], policyMismatch: false });
  expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^read 1 event from .* \(1 new\), sent 0;/) });
  const [left, right] = await Promise.all([a, b].map((db) => call(['digest', '--db', db])));
  expect(left?.stdout).toBe(right?.stdout);
});

test('the token comes from the environment or a file, and a wrong one is told', async () => {
  const { folder, url, a } = await place();
  const file = join(folder, 'token');
  writeFileSync(file, `${token}\n`);

  expect(await call(['sync', '--hub', url, '--db', a, '--token-file', file])).toMatchObject({ code: 0 });
  const named = ['sync', '--hub', url, '--db', a, '--token-env', 'MINE'];
  expect(await call(named, { environment: { MINE: token } })).toMatchObject({ code: 0 });
  expect(codeOf(await call(['sync', '--hub', url, '--db', a, '--json']))).toBe('unauthorized');
  writeFileSync(file, '');
  expect(codeOf(await call(['sync', '--hub', url, '--db', a, '--token-file', file, '--json']))).toBe('usage');
  const missing = await call(['sync', '--hub', url, '--db', a, '--token-file', join(folder, 'none')]);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('--token-file names') });
  expect(codeOf(await call([...named, '--json']))).toBe('usage');
});

test('where another process syncs the file, a call says so, also in JSON: it has read nothing', async () => {
  const { url, a, record } = await place();
  await record(a, 'create', 'task', 't1', '--set', 'title=one');
  const application = await openReplica({ file: a, agentId: 'ada' });
  const connection = application.connect(hubRemote({ url, token }), { live: true });
  await connection.synced();
  const beside = await call(['sync', '--hub', url, '--db', a, '--json'], { environment });
  const inWords = await call(['sync', '--hub', url, '--db', a], { environment });
  await connection.close();
  await application.close();
  const alone = await call(['sync', '--hub', url, '--db', a, '--json'], { environment });

  expect(jsonOf(beside)).toMatchObject({ pulled: 0, syncedBy: expect.stringMatching(/./) });
  expect(inWords.stderr).toContain('nothing was read by this call');
  expect(jsonOf(alone)).not.toHaveProperty('syncedBy');
});

test('a call that names no place, or two, is wrong', async () => {
  const { url, a, b } = await place();

  for (const parameters of [[], ['--hub', url, '--with', b], ['--with', b, '--live']])
    expect(await call(['sync', ...parameters, '--db', a])).toMatchObject({ code: 2 });
  expect(codeOf(await call(['sync', '--hub', 'nowhere', '--db', a, '--json']))).toBe('bad_url');
});

test('the queue is shown: what is to be sent, and what was refused with the reason', async () => {
  const { url, a, record } = await place(mayWriteTasks);
  await record(a, 'create', 'secret', 's1', '--set', 'title=mine');
  const before = await call(['status', '--db', a]);
  const sent = await call(['sync', '--hub', url, '--db', a], { environment });
  await record(a, 'create', 'task', 't1', '--set', 'title=later');
  const after = jsonOf(await call(['status', '--db', a, '--json']));

  expect(before.stdout).toMatch(/to be sent\n.*secret s1/);
  expect(sent.code).toBe(1);
  expect(sent.stderr).toMatch(/refused there/);
  expect(after).toMatchObject({
    localOnly: 1,
    rejected: 1,
    queue: { notSent: [{ resource: 'task t1' }], refused: [{ message: expect.stringMatching(/./) }], waiting: [] },
  });
});

test('live, it says how it stands, and what was written meanwhile is at the hub when it is interrupted', async () => {
  const { url, a, b, record } = await place();
  await record(a, 'create', 'task', 't1', '--set', 'title=one');
  let interrupt: () => void = () => undefined;
  const running = reknit(['sync', '--hub', url, '--live', '--json', '--db', a], {
    environment,
    onStart: (how) => {
      interrupt = how;
    },
  });
  // Until what was there has come to another file through the hub; then more is written by another process.
  const arrives = async (title: string): Promise<void> => {
    for (;;) {
      await call(['sync', '--hub', url, '--db', b], { environment });
      const shown = await call(['show', 'task', 't1', '--db', b, '--json']);
      if (shown.code === 0 && shown.stdout.includes(title)) return;
    }
  };
  await arrives('one');
  await record(a, 'update', 'task', 't1', '--set', 'title=two');
  await arrives('two');
  interrupt();
  const { code, stdout } = await running;

  expect(code).toBe(0);
  const phases = recordsOf(stdout).map((status) => (status as { readonly phase: string }).phase);
  expect(phases).toContain('live');
  expect(recordsOf(stdout).at(-1)).toMatchObject({ pending: 0, syncer: { isSelf: true } });
  expect(jsonOf(await call(['status', '--db', a, '--json']))).toMatchObject({ localOnly: 0 });
});
