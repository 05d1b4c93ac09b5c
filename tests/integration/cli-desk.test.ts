/** `reknit desk`, `reknit hub --desk` and `reknit rules`, as they are called; servers in processes of their own. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openReplica } from '../../src/index.js';
import { policy } from '../support/desk-site.js';
import { buildProgram, call } from '../support/program.js';
import { meet } from '../support/site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

beforeAll(buildProgram, 120_000);

/** Gives what it says, document by document. */
const started = (parameters: readonly string[]) => {
  const child = spawn(process.execPath, [program, ...parameters, '--port', '0', '--json']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return {
    // oxlint-disable-next-line typescript/no-explicit-any -- what the test expects of it is what the test says
    next: async (): Promise<any> => JSON.parse(String((await lines.next()).value)),
    stop: async () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};

/** A file with one conflict about a status, by the policy stored in it. */
const fileInConflict = async (): Promise<string> => {
  const file = join(temporaryFolder(), 'work.db');
  const laptop = await openReplica({ file, agentId: 'ada', replicaId: 'laptop', policy });
  const phone = await openReplica({ agentId: 'bob', replicaId: 'phone', policy });
  await laptop.create('task', 't', { status: 'todo' });
  await meet(laptop, phone);
  await laptop.update('task', 't', { status: 'done' });
  await phone.update('task', 't', { status: 'dropped' });
  await meet(laptop, phone);
  await laptop.close();
  await phone.close();
  return file;
};

const enter = async (link: string) => {
  const { headers } = await fetch(link, { redirect: 'manual' });
  const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const get = async (path: string) => {
    const response = await fetch(new URL(path, link), { headers: { cookie } });
    // oxlint-disable-next-line typescript/no-explicit-any -- as above
    return { status: response.status, body: (await response.json()) as any };
  };
  return { get };
};

test('reknit desk shows a file, by a link that works once, and offers another', async () => {
  const desk = started(['desk', '--db', await fileInConflict(), '--agent', 'ada']);
  const { link, url } = await desk.next();

  const browser = await enter(link);
  expect((await browser.get('api/conflicts')).body.total).toBe(1);
  expect((await browser.get('api/session')).body).toMatchObject({ agentId: 'ada', replicaId: 'laptop', basePath: '' });
  const { link: second } = await desk.next();
  expect((await (await enter(link)).get('api/session')).status).toBe(401);
  expect((await (await enter(second)).get('api/session')).status).toBe(200);
  expect(new URL(url).hostname).toBe('127.0.0.1');
  expect(await desk.stop()).toBe(0);
});

test('a desk is for this machine alone', async () => {
  const { code, stderr } = await call(['desk', '--db', await fileInConflict(), '--host', '0.0.0.0']);

  expect(code).toBe(2);
  expect(stderr).toContain('this machine alone');
});

test('reknit hub --desk serves its own replica under its tokens', async () => {
  const db = join(temporaryFolder(), 'hub.db');
  const add = await call([
    'hub',
    'token',
    'add',
    '--json',
    '--db',
    db,
    '--any-replica',
    '--any-agent',
    '--grant',
    '*=read,write,resolve,relay',
  ]);
  const { token } = JSON.parse(add.stdout) as { readonly token: string };
  const policyFile = join(temporaryFolder(), 'policy.json');
  writeFileSync(policyFile, JSON.stringify(policy.data));
  const hub = started(['hub', '--db', db, '--desk', '--base-path', '/sync', '--policy', policyFile]);
  const { url, desk } = await hub.next();
  expect(desk).toBe(`${url}/desk/`);

  const work = await fileInConflict();
  const synced = await call(['sync', '--db', work, '--hub', url], { environment: { REKNIT_HUB_TOKEN: token } });
  expect([synced.code, synced.stderr]).toEqual([0, '']);
  const signedIn = await fetch(`${desk}api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(desk).origin },
    body: JSON.stringify({ token }),
  });
  expect(signedIn.status).toBe(200);
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  await expect
    .poll(
      async () => {
        const response = await fetch(`${desk}api/conflicts?status=all`, { headers: { cookie } });
        return ((await response.json()) as { total: number }).total;
      },
      { timeout: 10_000 },
    )
    .toBe(1);
  expect((await fetch(`${desk}api/conflicts`)).status).toBe(401);
  expect(await hub.stop()).toBe(0);
  const elsewhere = await call(['hub', '--db', db, '--desk', '--host', '0.0.0.0', '--allow-plain-http']);
  expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining('--desk-origin')]);
});

test('reknit rules makes, shows, tries, runs and removes them', async () => {
  const file = await fileInConflict();
  const rules = (...parameters: readonly string[]) => call(['rules', ...parameters, '--db', file, '--agent', 'ada']);

  expect((await rules('list')).stdout).toContain('no rules');
  const tried = await rules('add', 'task', '--field', 'status', '--take-replica', 'phone', '--preview');
  expect(tried.stdout).toContain('it would decide 1 pending conflict');
  expect((await rules('add', 'task')).code).toBe(2);
  expect((await rules('add', 'task', '--both', '--kind', 'dependency', '--json')).stderr).toContain('bad_rule');
  const added = JSON.parse(
    (await rules('add', 'task', '--field', 'status', '--take-replica', 'phone', '--json')).stdout,
  );
  expect(added).toMatchObject({ owner: 'ada', isOn: true });
  await rules('off', added.ruleId);
  expect((await rules('run')).stdout).toContain('decided 0 conflicts');
  await rules('on', added.ruleId);
  expect((await rules('run')).stdout).toContain('decided 1 conflict');
  expect((await rules('list')).stdout).toMatch(/on\s+ada\s+1/);
  expect((await call(['conflicts', '--db', file])).code).toBe(0);
  expect((await rules('remove', added.ruleId)).code).toBe(0);
  expect((await rules('list', '--json')).stdout).toBe('{"rules":[]}\n');
});
