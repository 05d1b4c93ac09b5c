/** Looking without changing anything: differences, histories as graphs, and what a sync with a hub would do. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReplica, replicaRemote, type Replica } from '../../src/index.js';
import { everything, served, testHub } from '../support/hub.js';
import { call, type Finished } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const token = 'a-token-that-nobody-guesses';
const environment = { REKNIT_HUB_TOKEN: token };
const jsonOf = ({ stdout }: Finished): unknown => JSON.parse(stdout);

const pair = async () => {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, 'a.db'), join(folder, 'b.db')];
  const laptop = await openReplica({ file: a, agentId: 'ada', replicaId: 'laptop' });
  const phone = await openReplica({ file: b, agentId: 'bob', replicaId: 'phone' });
  const sync = async (): Promise<void> => {
    const connection = laptop.connect(replicaRemote(phone));
    await connection.now();
    await connection.close();
  };
  await laptop.create('feature', 'feat-1', { title: 'merge offline', status: 'todo' });
  await sync();
  const close = (): Promise<unknown> => Promise.all([laptop.close(), phone.close()]);
  return { folder, a, b, laptop, phone, sync, close };
};

test('what is not sent yet is shown as a difference, field by field', async () => {
  const { a, laptop, close } = await pair();
  await laptop.update('feature', 'feat-1', { title: 'merge online' });
  await laptop.create('feature', 'feat-2', { title: 'new' });
  await close();

  const all = await call(['diff', '--db', a]);
  const one = await call(['diff', 'feature', 'feat-1', '--db', a, '--json']);
  const past = await call(['diff', '--from', '{}', '--to', '{"laptop":1}', '--db', a]);

  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout).toBe(
    'feature feat-1  changed\n  title: merge o[-ff-]{+n+}line\nfeature feat-2  created\n  title: {+new+}\n',
  );
  expect(jsonOf(one)).toEqual({
    resources: [
      {
        resourceType: 'feature',
        resourceId: 'feat-1',
        change: 'changed',
        fields: { title: { from: 'merge offline', to: 'merge online' } },
      },
    ],
  });
  expect(past.stdout).toMatch(/^feature feat-1 {2}created\n/);
});

test('a field that is called like what every object has is a field', async () => {
  const { a, laptop, close } = await pair();
  await laptop.update('feature', 'feat-1', { toString: 'said' });
  await close();

  const one = await call(['diff', 'feature', 'feat-1', '--db', a, '--json']);

  expect(jsonOf(one)).toMatchObject({ resources: [{ fields: { toString: { to: 'said' } } }] });
  expect((await call(['diff', '--db', a])).stdout).toBe('feature feat-1  changed\n  toString: {+said+}\n');
});

test('a deleted resource is a difference, and one that nobody knows is told', async () => {
  const { a, laptop, close } = await pair();
  await laptop.delete('feature', 'feat-1');
  await close();

  expect((await call(['diff', '--db', a])).stdout).toMatch(/^feature feat-1 {2}deleted\n {2}status: \[-todo-\]\n/);
  expect(await call(['diff', 'feature', 'nothing', '--db', a])).toMatchObject({ code: 1 });
  expect(await call(['diff', 'abcdef', '--db', a])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no conflict begins with'),
  });
});

test('the sides of a conflict are compared with what they started from', async () => {
  const { a, laptop, phone, sync, close } = await pair();
  await laptop.update('feature', 'feat-1', { title: 'merge online' });
  await phone.update('feature', 'feat-1', { title: 'merge offline again' });
  await sync();
  const [conflict] = await laptop.conflicts.list();
  await close();

  const found = await call(['diff', conflict?.conflictId.slice(0, 10) ?? '', '--db', a]);

  expect(found.stdout).toMatch(/ada at .*: merge o\[-ff-\]\{\+n\+\}line\n/);
  expect(found.stdout).toMatch(/bob at .*: merge offline\{\+ again\+\}\n/);
});

test('a history is drawn as a graph: lines part where people wrote apart, and meet where one saw both', async () => {
  const { a, laptop, phone, sync, close } = await pair();
  await laptop.update('feature', 'feat-1', { status: 'doing' });
  await phone.update('feature', 'feat-1', { title: 'x' });
  await sync();
  await laptop.update('feature', 'feat-1', { status: 'done' });
  await close();

  const drawn = await call(['log', 'feature', 'feat-1', '--graph', '--db', a]);

  expect(drawn.stdout.split('\n').map((line) => line.slice(0, 3))).toEqual([
    '●  ',
    '├─╮',
    '│ ●',
    '● │',
    '├─╯',
    '●  ',
    '',
  ]);
  expect(await call(['log', '--graph', '--db', a])).toMatchObject({ code: 2 });
});

/** The file and its log of changes; SQLite makes an empty one for whoever looks. */
const bytesOf = (file: string): readonly string[] =>
  [file, `${file}-wal`].map((path) =>
    createHash('sha256')
      .update(existsSync(path) ? readFileSync(path) : '')
      .digest('hex'),
  );

const throughHub = async (url: string, replica: string): Promise<Finished> =>
  call(['sync', '--hub', url, '--db', replica, '--json'], { environment });

test('what a sync with a hub would do is told beforehand, and the file stays as it was to the byte', async () => {
  const { a, b, laptop, phone, close } = await pair();
  const url = await served(testHub({ principals: new Map([[token, everything]]) }));
  await close();
  await throughHub(url, a);
  await throughHub(url, b);
  const write = async (file: string, agentId: string, work: (replica: Replica) => Promise<unknown>): Promise<void> => {
    const replica = await openReplica({ file, agentId });
    await work(replica);
    await replica.close();
  };
  await write(a, 'ada', (replica) => replica.update('feature', 'feat-1', { status: 'doing' }));
  await write(b, 'bob', (replica) => replica.update('feature', 'feat-1', { status: 'done' }));
  await throughHub(url, b);
  const before = bytesOf(a);

  const told = await call(['preview', '--hub', url, '--db', a, '--json'], { environment });
  const shown = await call(['preview', '--hub', url, '--db', a], { environment });

  expect(bytesOf(a)).toEqual(before);
  expect(jsonOf(told)).toMatchObject({ pulled: 1, applied: 1, unsynced: 1, isWhole: true, policyMismatch: false });
  expect(shown.stdout).toMatch(
    /a sync would read 1 event \(1 new, 0 known already, 0 would wait\) and send 1; 1 resource would change, with 1 conflict\n$/,
  );
  // And so it is.
  expect(jsonOf(await throughHub(url, a))).toMatchObject({ pulled: 1, applied: 1, pushed: 1 });
  expect([laptop.agentId, phone.agentId]).toEqual(['ada', 'bob']);
});

test('a bundle is previewed without a byte of the file changing, and a call that names no place is wrong', async () => {
  const { folder, a, b, phone, close } = await pair();
  await phone.update('feature', 'feat-1', { status: 'done' });
  await close();
  const bundle = join(folder, 'b.ndjson');
  writeFileSync(bundle, (await call(['export', '--db', b])).stdout);
  const before = bytesOf(a);

  const shown = await call(['preview', bundle, '--db', a]);

  expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('an import would apply 1 event') });
  expect(bytesOf(a)).toEqual(before);
  expect(await call(['preview', '--db', a])).toMatchObject({ code: 2 });
});
