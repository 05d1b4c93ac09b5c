/** `reknit hub`, `reknit hub token` and `reknit hub parked`, as an operator calls them; in processes of their own where that matters. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventOf, story } from '../../src/testing/contract-story.js';
import { openSqliteHubLog } from 'reknit/hub';
import type { SealedEvent } from '../../src/domain/events/event.js';
import { reader } from '../support/hub.js';
import { buildProgram, call } from '../support/program.js';
import { selfSigned } from '../support/self-signed.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

beforeAll(buildProgram, 120_000);

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<number | null>;
}

/** Starts a hub, and resolves when it says where it is. */
const started = async (parameters: readonly string[]): Promise<Running> => {
  const child = spawn(process.execPath, [program, 'hub', '--port', '0', '--json', ...parameters]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  const said = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve(stdout);
    });
    void ended.then((code) => reject(new Error(`the hub ended with ${code}: ${stderr}`)));
  });
  const { url } = JSON.parse(said) as { readonly url: string };
  return { url, child, stdout: () => stdout, stderr: () => stderr, ended };
};

const post = async (url: string, path: string, body: unknown, token?: string) => {
  const response = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: response.status, body: (await response.json()) as any };
};

const hello = { protocol: 1, replicaId: 'ann' };
const allRights = ['--any-replica', '--any-agent', '--grant', '*=read,write,delete,resolve,relay'];

const addToken = async (db: string, ...more: readonly string[]) => {
  const { code, stdout, stderr } = await call(['hub', 'token', 'add', '--json', '--db', db, ...more]);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as { readonly token: string; readonly id: string };
};

describe('reknit hub', () => {
  test('says where it is, serves whoever has a token, and ends cleanly when it is told to', async () => {
    const db = join(temporaryFolder(), 'hub.db');
    const { token } = await addToken(db, ...allRights);
    const hub = await started(['--db', db, '--log-level', 'debug']);
    const live = reader(hub.url, { replicaId: 'zoe', token });
    await live.until(({ messages }) => messages.length > 0);

    expect((await post(hub.url, 'hello', hello)).status).toBe(401);
    const events = story().map(({ event }) => ({ event }));
    const pushed = await post(hub.url, 'push', { replicaId: 'ann', events }, token);
    await live.until(({ dots }) => dots().length === events.length);
    hub.child.kill('SIGTERM');

    expect(pushed.body.verdicts).toHaveLength(events.length);
    expect(await live.closed).toEqual({ code: 1001, reason: 'shutting_down' });
    expect(await hub.ended).toBe(0);
    const again = await started(['--db', db]);
    const { body } = await post(again.url, 'pull', { replicaId: 'zoe', limit: 100 }, token);
    expect(body.entries).toHaveLength(events.length);
    expect(body.entries[0].receipt).toBe(pushed.body.verdicts[0].receipt);
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
    // The log of what happened is JSON, and holds neither the token nor what was exchanged.
    const told = hub.stderr().trim().split('\n');
    expect(told.map((line) => (JSON.parse(line) as { msg: string }).msg)).toContain('answered');
    for (const secret of [token, 'event of ann', pushed.body.verdicts[0].receipt])
      expect(hub.stderr() + hub.stdout()).not.toContain(secret);
  });

  test('a token that another process revokes loses its connection within a second', async () => {
    const db = join(temporaryFolder(), 'hub.db');
    const { token, id } = await addToken(db, ...allRights);
    const hub = await started(['--db', db]);
    const live = reader(hub.url, { replicaId: 'zoe' }, { token });
    await live.until(({ messages }) => messages.length > 0);

    const { code } = await call(['hub', 'token', 'revoke', id, '--db', db]);
    const revokedMs = performance.now();

    expect(code).toBe(0);
    expect((await live.closed).code).toBe(4401);
    expect(performance.now() - revokedMs).toBeLessThan(1_000);
    expect((await post(hub.url, 'hello', hello, token)).status).toBe(401);
  });

  test('is open on this machine when that is asked for in words, and on no other', async () => {
    const db = join(temporaryFolder(), 'hub.db');
    const hub = await started([
      '--db',
      db,
      '--open-on-loopback',
      '--base-path',
      '/sync',
      '--policy-fingerprint',
      'abc',
    ]);

    const { status, body } = await post(hub.url, 'hello', hello);
    const elsewhere = await call(['hub', '--db', db, '--open-on-loopback', '--host', '0.0.0.0']);

    expect([status, body.policy]).toEqual([200, 'abc']);
    expect(hub.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sync$/);
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.stderr).toContain('this machine alone');
  });

  test('speaks TLS 1.2 or later with a certificate, to sockets as well', async () => {
    const folder = temporaryFolder();
    const { cert, key } = selfSigned();
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key, { mode: 0o600 });
    const db = join(folder, 'hub.db');
    const { token } = await addToken(db, ...allRights);
    const hub = await started(['--db', db, '--host', '0.0.0.0', '--tls-cert', certFile, '--tls-key', keyFile]);
    const { port } = new URL(hub.url);

    const health = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`https://127.0.0.1:${port}/healthz`, { ca: cert }, resolve).on('error', reject);
    });
    const live = reader(`https://127.0.0.1:${port}`, { replicaId: 'zoe' }, { token, options: { ca: cert } });
    await live.until(({ messages }) => messages.length > 0);
    const old = new Promise((_resolve, reject) => {
      get(`https://127.0.0.1:${port}/healthz`, { ca: cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }).on(
        'error',
        reject,
      );
    });

    expect(hub.url).toMatch(/^https:/);
    expect(health.statusCode).toBe(200);
    expect(health.headers['strict-transport-security']).toBe('max-age=31536000');
    await expect(old).rejects.toThrow(/protocol version|no protocols/i);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('plain HTTP on other addresses is refused', async () => {
    const { code, stderr } = await call([
      'hub',
      '--db',
      join(temporaryFolder(), 'hub.db'),
      '--host',
      '0.0.0.0',
      '--json',
    ]);

    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'plain_http_refused' } });
  });

  test('secrets lie in files of their own that only their owner can read', async () => {
    const db = join(temporaryFolder(), 'hub.db');
    await addToken(db, ...allRights);
    await started(['--db', db]);

    for (const file of [`${db}.tokens.json`, `${db}.receipt-key`]) expect(statSync(file).mode & 0o077).toBe(0);
    expect(readFileSync(db).includes(Buffer.from(readFileSync(`${db}.receipt-key`, 'utf8').trim(), 'hex'))).toBe(false);
  });

  test('what cannot work is told before anything is served', async () => {
    const folder = temporaryFolder();
    const db = join(folder, 'hub.db');
    writeFileSync(join(folder, 'other.db'), 'not a database');
    writeFileSync(join(folder, 'bad.db.receipt-key'), 'too short');

    for (const [parameters, code] of [
      [['--db', db, '--tls-cert', 'cert.pem'], 'usage'],
      [['--db', db, '--port', '70000'], 'usage'],
      [['--db', db, '--log-level', 'loud'], 'usage'],
      [['--db', db, '--base-path', 'sync'], 'usage'],
      [['--db', join(folder, 'other.db')], 'not_a_database'],
      [['--db', join(folder, 'bad.db')], 'bad_key_file'],
    ] as const) {
      const { code: exit, stderr } = await call(['hub', '--json', '--log-level', 'silent', ...parameters]);
      expect([exit, JSON.parse(stderr)]).toMatchObject([2, { error: { code } }]);
    }
    expect(existsSync(db)).toBe(false);
  });
});

describe('reknit hub parked', () => {
  test('lists what waits, and for what, and gives up what it is told to', async () => {
    const db = join(temporaryFolder(), 'hub.db');
    const log = openSqliteHubLog({ file: db });
    const waiting = [eventOf('cid', 1, 'one', ['ann:1', 'bob:1']), eventOf('dan', 3, 'two', [])];
    await log.append([{ sealed: waiting[0] as SealedEvent }], '2026-01-01T00:00:00.000Z');
    await log.append([{ sealed: waiting[1] as SealedEvent }], new Date().toISOString());
    await log.close();

    const listed = await call(['hub', 'parked', '--db', db, '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      {
        dot: 'cid:1',
        resourceId: 'one',
        reason: 'parents',
        waits: ['ann:1', 'bob:1'],
        since: '2026-01-01T00:00:00.000Z',
      },
      { dot: 'dan:3', reason: 'gap', waits: ['dan:2'] },
    ]);
    const table = (await call(['hub', 'parked', '--db', db])).stdout;
    expect(table).toMatch(/cid:1\s+task\/one\s+cid\s+2026-01-01T00:00:00.000Z\s+parents\s+ann:1, bob:1/);

    expect((await call(['hub', 'parked', 'drop', '--older-than', '30d', '--db', db])).stdout).toContain(
      '1 event given up',
    );
    expect(await call(['hub', 'parked', 'drop', 'nobody:1', '--db', db])).toMatchObject({ code: 1 });
    expect(await call(['hub', 'parked', 'drop', 'dan:3', '--db', db, '--json'])).toMatchObject({
      code: 0,
      stdout: '{"dropped":1}\n',
    });
    expect(JSON.parse((await call(['hub', 'parked', '--db', db, '--json'])).stdout)).toEqual([]);
    const again = openSqliteHubLog({ file: db });
    expect((await again.read({ after: 0, limit: 9, bytesMax: 1e6 })).entries).toMatchObject([
      { type: 'refusal', refusal: { dot: 'cid:1', code: 'parking_dropped' } },
    ]);
    await again.close();
  });

  test('says what is wrong with the call, and makes no file', async () => {
    const db = join(temporaryFolder(), 'hub.db');
    expect(await call(['hub', 'parked', '--db', db])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no file'),
    });
    expect(existsSync(db)).toBe(false);
    for (const wrong of [[], ['ann:1', '--older-than', '30d'], ['--older-than', 'long']])
      expect((await call(['hub', 'parked', 'drop', ...wrong, '--db', db])).code).toBe(2);
  });
});

describe('reknit hub token', () => {
  test('shows a token once, and lists it without', async () => {
    const db = join(temporaryFolder(), 'hub.db');

    const made = await call([
      'hub',
      'token',
      'add',
      '--db',
      db,
      '--replica',
      'laptop,phone',
      '--agent-id',
      'ada',
      '--grant',
      '*=read,write',
      '--grant',
      'salary=',
      '--expires',
      '30d',
      '--label',
      'Ada',
    ]);
    const list = await call(['hub', 'token', 'list', '--db', db]);
    const json = await call(['hub', 'token', 'list', '--db', db, '--json']);

    const token = made.stdout.trim();
    expect(token).toMatch(/^rkt_[0-9a-f]{12}_[\w-]{43}$/);
    expect(list.stdout).toMatch(/Ada +laptop, phone +ada +\*=read,write salary= +open until/);
    // The secret itself may hold, or begin with, what stands before it.
    const secret = token.split('_').slice(2).join('_');
    expect(list.stdout + json.stdout).not.toContain(secret);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { label: 'Ada', replicas: ['laptop', 'phone'], agents: ['ada'], rights: { '*': ['read', 'write'], salary: [] } },
    ]);
  });

  test('grants nothing that was not asked for in words', async () => {
    const db = join(temporaryFolder(), 'hub.db');

    for (const parameters of [
      [],
      ['--any-replica', '--any-agent'],
      ['--any-replica', '--grant', '*=read'],
      ['--any-replica', '--replica', 'a', '--any-agent', '--grant', '*=read'],
      ['--any-replica', '--any-agent', '--grant', '*=own'],
      ['--any-replica', '--any-agent', '--grant', 'read'],
      ['--any-replica', '--any-agent', '--grant', '*=read', '--expires', 'soon'],
    ]) {
      const { code, stderr } = await call(['hub', 'token', 'add', '--db', db, ...parameters]);
      expect([parameters, code, stderr]).toEqual([parameters, 2, expect.stringContaining('error: ')]);
    }
    expect(existsSync(`${db}.tokens.json`)).toBe(false);
  });

  test('what was revoked stays in the list, and what is unknown is said to be', async () => {
    const db = join(temporaryFolder(), 'hub.db');
    const { id } = await addToken(db, ...allRights);

    expect((await call(['hub', 'token', 'revoke', id, '--db', db])).code).toBe(0);
    expect((await call(['hub', 'token', 'list', '--db', db])).stdout).toContain('revoked 20');
    const unknown = await call(['hub', 'token', 'revoke', 'nothing', '--db', db, '--json']);

    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { code: 'token_unknown' } });
  });
});
