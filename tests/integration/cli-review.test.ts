/** `reknit resolve` without an id, on a terminal: keys are typed, and the screen is read. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { definePolicy, openReplica, replicaRemote, userChoice, type Replica } from '../../src/index.js';
import { buildProgram, call } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { hasTerminals, inTerminal, keys } from '../support/terminal.js';

beforeAll(buildProgram, 120_000);

const policy = definePolicy({ name: 'ask', version: 1, resources: [], default: userChoice() });

/** Two replicas on files that wrote the same fields apart from each other, and met. */
const disagreeing = async (
  work: (replica: Replica, who: string) => Promise<unknown>,
  create: Record<string, never> | Record<string, string | string[]> = { title: 'merge offline', status: 'todo' },
) => {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, 'a.db'), join(folder, 'b.db')];
  const laptop = await openReplica({ file: a, agentId: 'ada', replicaId: 'laptop', policy });
  const phone = await openReplica({ file: b, agentId: 'bob', replicaId: 'phone', policy });
  const sync = async (): Promise<void> => {
    const connection = laptop.connect(replicaRemote(phone));
    await connection.now();
    await connection.close();
  };
  await laptop.create('feature', 'feat-1', create);
  await sync();
  await work(laptop, 'ada');
  await work(phone, 'bob');
  await sync();
  await laptop.close();
  await phone.close();
  const read = async <Value>(file: string, look: (replica: Replica) => Promise<Value>): Promise<Value> => {
    const replica = await openReplica({ file, agentId: 'reader', readOnly: true, policy });
    try {
      return await look(replica);
    } finally {
      await replica.close();
    }
  };
  return { a, b, read };
};

const fieldOf = (name: string) => async (replica: Replica) => (await replica.get('feature', 'feat-1'))?.fields[name];
const titles = { ada: 'merge online', bob: 'merge offline again' } as const;
const twoFields = (replica: Replica, who: string) =>
  replica.update('feature', 'feat-1', {
    title: titles[who as keyof typeof titles],
    status: who === 'ada' ? 'doing' : 'done',
  });

test('without a terminal, or with half a decision, the call is wrong and says what to do', async () => {
  const { a } = await disagreeing(twoFields);

  const piped = await call(['resolve', '--db', a]);
  const half = await call(['resolve', '--choose', 'local', '--db', a]);

  expect(piped).toMatchObject({ code: 2, stderr: expect.stringContaining('only on a terminal') });
  expect(half).toMatchObject({ code: 2, stderr: expect.stringContaining('name it by its id') });
});

describe.runIf(hasTerminals())('on a terminal', () => {
  test('both sides are shown beside each other with what changed, a key takes one, and the next comes', async () => {
    const { a, read } = await disagreeing(twoFields);
    const terminal = inTerminal(['resolve', '--db', a, '--no-color']);

    const first = await terminal.sees('What is right?');
    const about = first.includes('merge o') ? 'title' : 'status';
    terminal.types('1');
    const second = await terminal.sees(/conflict 2, 1 conflict pending[\s\S]*What is right\?/);
    terminal.types('2');
    await terminal.sees('2 settled; no conflict waits for anyone');

    expect(await terminal.ends()).toBe(0);
    expect(second).toMatch(/merge o\[-ff-\]\{\+n\+\}line/);
    expect(second).toMatch(/1 {2}ada on laptop \(here\).*2 {2}bob on phone/);
    expect(await read(a, fieldOf(about))).toBe(about === 'title' ? titles.ada : 'doing');
    expect(await read(a, fieldOf(about === 'title' ? 'status' : 'title'))).toBe(
      about === 'title' ? 'done' : titles.bob,
    );
    expect(await read(a, (replica) => replica.conflicts.list({ status: 'pending_review' }))).toEqual([]);
  });

  test('on a narrow terminal the sides stand below each other', async () => {
    const { a } = await disagreeing(twoFields);
    const terminal = inTerminal(['resolve', '--db', a, '--no-color'], { columns: 60 });

    const shown = await terminal.sees('What is right?');
    terminal.types('q');
    await terminal.sees('2 conflicts left');

    expect(shown).toMatch(/1 {2}ada on laptop \(here\)\n/);
    expect(shown).toMatch(/\n2 {2}bob on phone\n/);
    expect(await terminal.ends()).toBe(1);
  });

  test('undo is offered while there are more, and puts back what stood before', async () => {
    const { a, read } = await disagreeing(twoFields);
    const terminal = inTerminal(['resolve', '--db', a, '--no-color']);
    const first = await terminal.sees('What is right?');
    const about = first.includes('merge o') ? 'title' : 'status';
    terminal.types('1');
    await terminal.sees(/conflict 2[\s\S]*undo the last decision/);
    terminal.types('u');
    await terminal.sees('Is another side right?');
    terminal.types('2');
    await terminal.sees(/written[\s\S]*What is right\?/);
    terminal.types('q');
    await terminal.sees('0 settled, 1 undone; 1 conflict left');

    expect(await terminal.ends()).toBe(1);
    expect(await read(a, fieldOf(about))).toBe(about === 'title' ? titles.bob : 'done');
    const log = await read(a, (replica) => replica.history('feature', 'feat-1'));
    expect(log.map(({ event }) => event.operation).slice(-3)).toEqual(['resolve', 'resolve', 'update']);
  });

  test('another value is typed, with a reason; Ctrl-C keeps what was decided, and the next call goes on', async () => {
    const { a, read } = await disagreeing(twoFields);
    const terminal = inTerminal(['resolve', '--db', a, '--no-color']);
    const first = await terminal.sees('What is right?');
    const about = first.includes('merge o') ? 'title' : 'status';
    terminal.types('n');
    await terminal.sees('Why');
    terminal.types(`agreed by phone${keys.enter}`);
    await terminal.sees(/agreed by phone[\s\S]*What is right\?/);
    terminal.types('e');
    await terminal.sees('The value');
    terminal.types(`${keys.clearLine}settled by hand${keys.enter}`);
    await terminal.sees(/conflict 2[\s\S]*What is right\?/);
    terminal.types(keys.interrupt);
    await terminal.sees('1 conflict left');
    expect(await terminal.ends()).toBe(1);

    const again = inTerminal(['resolve', '--db', a, '--no-color']);
    await again.sees('1 conflict pending');
    again.types('s');
    await again.sees('0 settled; 1 conflict left');

    expect(await read(a, fieldOf(about))).toBe('settled by hand');
    const log = await read(a, (replica) => replica.history('feature', 'feat-1'));
    expect(log.at(-1)?.event.note).toBe('agreed by phone');
  });

  test('lists are taken both, and whether a resource exists is a choice between its sides', async () => {
    const { a, read } = await disagreeing(
      (replica, who) =>
        who === 'ada' ? replica.update('feature', 'feat-1', { tags: ['x', 'y'] }) : replica.delete('feature', 'feat-1'),
      { tags: ['x'] },
    );
    const terminal = inTerminal(['resolve', '--db', a, '--no-color']);
    const shown = await terminal.sees('What is right?');
    expect(shown).toMatch(/whether it exists/);
    terminal.types(shown.indexOf('ada on') < shown.indexOf('bob on') ? '1' : '2');
    expect(await terminal.ends()).toBe(0);
    expect(await read(a, async (replica) => (await replica.get('feature', 'feat-1'))?.deleted)).toBe(false);

    const lists = await disagreeing((replica, who) => replica.update('feature', 'feat-1', { tags: ['x', who] }), {
      tags: ['x'],
    });
    const other = inTerminal(['resolve', '--db', lists.a, '--no-color']);
    await other.sees('both: ');
    other.types('b');
    expect(await other.ends()).toBe(0);
    expect(await lists.read(lists.a, fieldOf('tags'))).toEqual(expect.arrayContaining(['x', 'ada', 'bob']));
  });

  test('a value that moves the cursor or turns the reading direction is shown by its codes', async () => {
    const { a } = await disagreeing(
      (replica, who) => replica.update('feature', 'feat-1', { status: who === 'ada' ? '\u001B[2Jgone' : '\u202Enwod' }),
      { status: 'todo' },
    );
    const terminal = inTerminal(['resolve', '--db', a, '--no-color']);

    const shown = await terminal.sees('What is right?');
    terminal.types('q');

    expect(shown).toContain('\\u001b[2Jgone');
    expect(shown).toContain('\\u202enwod');
    await terminal.ends();
  });
});
