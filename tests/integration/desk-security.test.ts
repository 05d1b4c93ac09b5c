/** Who gets in at the desk, from where, and what a browser is told to forbid; and that hostile values are only values. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDesk } from '../../src/adapters/desk/index.js';
import {
  answerOf,
  browse,
  cookieOf,
  createDeskClock,
  diverged,
  openDesk,
  openOne,
  origin,
} from '../support/desk-site.js';
import { codeOf, meet } from '../support/site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const json = { 'content-type': 'application/json' };

describe('getting in', () => {
  test('a link opens once, within its time, and leaves nothing in the address', async () => {
    const clock = createDeskClock();
    const desk = openDesk(await openOne('laptop'), { clock });
    const link = desk.newLink();

    const entered = await desk.fetch(new Request(`${origin}${link}`));
    expect(entered.status).toBe(303);
    expect(entered.headers.get('location')).toBe('/');
    const cookie = entered.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^reknit-desk-8731=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    const again = await desk.fetch(new Request(`${origin}${link}`));
    expect(again.headers.get('set-cookie')).toBeNull();
    const late = desk.newLink();
    clock.pass(10 * 60_000 + 1);
    expect((await desk.fetch(new Request(`${origin}${late}`))).headers.get('set-cookie')).toBeNull();
    const signIn = await desk.fetch(
      new Request(`${origin}/api/session`, {
        method: 'POST',
        headers: { origin, ...json },
        body: JSON.stringify({ token: link }),
      }),
    );
    expect(signIn.status).toBe(401);
  });

  test('a session ends with its time, by leaving, and in another browser does not exist', async () => {
    const clock = createDeskClock();
    const desk = openDesk(await openOne('laptop'), { clock });
    const [one, other, third] = [await browse(desk), await browse(desk), await browse(desk)];

    expect((await one.delete('api/session')).status).toBe(204);
    expect((await one.get('api/session')).status).toBe(401);
    expect((await other.get('api/session')).status).toBe(200);
    expect((await other.post('api/audit/verify', {}, { 'x-csrf-token': third.session.csrfToken })).status).toBe(403);
    clock.pass(12 * 3_600_000);
    expect((await other.get('api/session')).status).toBe(401);
    expect(
      (await desk.fetch(new Request(`${origin}/api/session`, { headers: { cookie: 'reknit-desk-8731=__proto__' } })))
        .status,
    ).toBe(401);
  });

  test('who leaves is told nothing more, on any page that is open', async () => {
    const { laptop, desk } = await diverged(1, { clock: createDeskClock() });
    const [leaving, staying] = [await browse(desk), await browse(desk)];
    const open = async ({ cookie }: typeof leaving) =>
      (await desk.fetch(new Request(`${origin}/api/live`, { headers: { cookie: cookie() } }))).text();
    const [left, stayed] = [open(leaving), open(staying)];

    expect((await leaving.delete('api/session')).status).toBe(204);
    expect(await left).toMatch(/event: ended\ndata: \{"code":"unauthorized"[^\n]+\n\n$/);
    await laptop.update('task', 't0', { status: 'later' });
    await desk.close();
    expect(await stayed).not.toContain('event: ended');
  });

  test('rights that change reach pages that are open at once, and who has none left is told so', async () => {
    const changed: (() => void)[] = [];
    let readable: readonly string[] | undefined = ['task'];
    const { laptop, desk } = await diverged(1, {
      clock: createDeskClock(),
      signIn: () => {
        const types = readable;
        if (types === undefined) return undefined;
        const may = (_right: string, type: string): boolean => types.includes(type);
        return { id: 'eve', agentId: 'eve', may, readsAll: false, mayOperate: false };
      },
      watchSignIns: (onChange) => {
        changed.push(onChange);
        return () => changed.pop();
      },
    });
    const { cookie } = await browse(desk, { token: 'eve' });
    const answer = await desk.fetch(new Request(`${origin}/api/live`, { headers: { cookie: cookie() } }));
    const heard: string[] = [];
    const listening = (async () => {
      for await (const chunk of answer.body ?? []) heard.push(Buffer.from(chunk).toString());
    })();
    await expect.poll(() => heard.join('')).toContain('"pending":1');

    readable = [];
    for (const onChange of changed) onChange();
    await expect.poll(() => heard.join('')).toContain('"pending":0');
    const before = heard.length;
    await laptop.update('task', 't0', { title: 'once more' });
    expect(heard.slice(before).join('')).not.toContain('t0');
    readable = undefined;
    for (const onChange of changed) onChange();
    await listening;
    expect(heard.join('')).toMatch(/event: ended\ndata: \{"code":"unauthorized"[^\n]+\n\n$/);
    await desk.close();
    expect(changed).toEqual([]);
  });

  test('its log names no resource and no conflict', async () => {
    const lines: string[] = [];
    const log = (message: string, facts?: object): void => void lines.push(`${message} ${JSON.stringify(facts)}`);
    const desk = openDesk(await openOne('laptop'), {
      logger: { debug: log, info: log, warn: log, error: log },
    });
    await (await browse(desk)).get('api/conflicts/canary-id?of=canary-query');

    expect(lines.join('\n')).toContain('"route":"/api/conflicts"');
    expect(lines.join('\n')).not.toMatch(/canary|code=/);
  });

  test('over TLS the cookie is bound to its host', async () => {
    const desk = openDesk(await openOne('laptop'), { origins: ['https://desk.example'] });

    const entered = await desk.fetch(new Request(`https://desk.example${desk.newLink()}`));

    expect(entered.headers.get('set-cookie')).toMatch(
      /^__Host-reknit-desk=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  test('guessing is slowed down', async () => {
    const desk = openDesk(await openOne('laptop'), { clock: createDeskClock(), limits: { signInsPerMinute: 3 } });
    const guess = async (address: string) =>
      (
        await desk.fetch(
          new Request(`${origin}/api/session`, { method: 'POST', headers: { origin, ...json }, body: '{"token":"x"}' }),
          { address },
        )
      ).status;

    expect([await guess('a'), await guess('a'), await guess('a'), await guess('a'), await guess('b')]).toEqual([
      401, 401, 401, 429, 401,
    ]);
  });
});

describe('every call', () => {
  const reads = [
    'session',
    'overview',
    'conflicts',
    'conflicts/x',
    'conflicts/x/value?of=base',
    'resources',
    'resource?resourceType=task&resourceId=t0',
    'resource/history?resourceType=task&resourceId=t0',
    'audit',
    'rules',
    'live',
    'openapi.json',
    'nothing',
  ];
  const changes = [
    ['POST', 'queue/retry'],
    ['POST', 'queue/shelve'],
    ['POST', 'queue/reissue'],
    ['POST', 'conflicts/x/check'],
    ['POST', 'conflicts/x/resolve'],
    ['POST', 'conflicts/x/undo'],
    ['POST', 'conflicts/x/restore'],
    ['POST', 'later'],
    ['POST', 'preview'],
    ['POST', 'bulk'],
    ['POST', 'resource/at'],
    ['POST', 'audit/verify'],
    ['POST', 'rules'],
    ['POST', 'rules/preview'],
    ['POST', 'rules/x/off'],
    ['DELETE', 'rules/x'],
    ['DELETE', 'session'],
  ] as const;

  test('needs a session', async () => {
    const { desk } = await diverged();
    for (const path of reads) expect((await desk.fetch(new Request(`${origin}/api/${path}`))).status).toBe(401);
    for (const [method, path] of changes) {
      const body = method === 'POST' ? { body: '{}' } : {};
      const { status } = await desk.fetch(
        new Request(`${origin}/api/${path}`, { method, headers: { origin, ...json }, ...body }),
      );
      expect([path, status]).toEqual([path, 401]);
    }
  });

  test('that changes something comes from our page, with its token', async () => {
    const { desk, laptop } = await diverged();
    const browser = await browse(desk);
    const events = (await laptop.status()).events;
    const audit = await laptop.audit.head();
    const good = { cookie: browser.cookie(), origin, 'x-csrf-token': browser.session.csrfToken, ...json };
    const bad: readonly Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:9999' },
      { origin: 'http://localhost:8731' },
      { origin: '' },
      { 'x-csrf-token': '' },
      { 'x-csrf-token': `${browser.session.csrfToken}x` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { host: 'evil.example' },
      { host: '127.0.0.1.evil.example:8731' },
      { host: 'desk.local' },
    ];
    for (const [method, path] of changes)
      for (const headers of bad) {
        const body = method === 'POST' ? { body: '{}' } : {};
        const { status } = await desk.fetch(
          new Request(`${origin}/api/${path}`, { method, headers: { ...good, ...headers }, ...body }),
        );
        expect([path, headers, status]).toEqual([path, headers, 403]);
      }
    const { origin: _origin, ...without } = good;
    expect(
      (await desk.fetch(new Request(`${origin}/api/later`, { method: 'POST', headers: without, body: '{}' }))).status,
    ).toBe(403);
    expect((await laptop.status()).events).toBe(events);
    expect(await laptop.audit.head()).toEqual(audit);
    expect((await browser.get('api/session')).status).toBe(200);
  });

  test('is refused under a name that is not ours, the page included', async () => {
    const desk = openDesk(await openOne('laptop'));
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '10.0.0.1'])
      for (const path of ['', 'api/session', desk.newLink().slice(1)])
        expect((await desk.fetch(new Request(`${origin}/${path}`, { headers: { host } }))).status).toBe(403);
    for (const host of ['localhost:8731', '[::1]:8731', '127.0.0.2'])
      expect((await desk.fetch(new Request(`${origin}/api/session`, { headers: { host } }))).status).toBe(401);
    const named = openDesk(await openOne('phone'), { origins: ['https://desk.example'] });
    expect((await named.fetch(new Request('http://localhost/api/session'))).status).toBe(403);
    expect(
      (await named.fetch(new Request('http://inside/api/session', { headers: { host: 'desk.example' } }))).status,
    ).toBe(401);
  });

  test('forbids the browser what the page does not need', async () => {
    const desk = openDesk(await openOne('laptop'));
    for (const path of ['', 'api/session', 'none', 'enter?code=x']) {
      const { headers } = await desk.fetch(new Request(`${origin}/${path}`));
      const csp = headers.get('content-security-policy') ?? '';
      expect(csp).toContain("default-src 'none'");
      expect(csp).toContain("frame-ancestors 'none'");
      expect(csp).not.toMatch(/unsafe|\*|https?:/);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('is bounded, and takes JSON alone', async () => {
    const { desk } = await diverged(1, { limits: { bodyBytesMax: 2_000 } });
    const browser = await browse(desk);

    expect((await browser.post('api/conflicts/x/check', { value: 'x'.repeat(3_000) })).status).toBe(413);
    expect((await browser.post('api/later', {}, { 'content-type': 'text/plain' })).status).toBe(415);
    const broken = await desk.fetch(
      new Request(`${origin}/api/later`, {
        method: 'POST',
        headers: { cookie: browser.cookie(), origin, 'x-csrf-token': browser.session.csrfToken, ...json },
        body: '{"conflictIds":',
      }),
    );
    expect(await answerOf(broken)).toMatchObject({ status: 422, body: { error: { code: 'bad_request' } } });
    expect((await browser.get('api/conflicts?limit=x')).body.error).toMatchObject({ code: 'bad_request' });
    expect((await browser.get('api/nothing')).status).toBe(404);
  });
});

test('hostile values are values: whole where asked for, and harmless as keys', async () => {
  const laptop = await openOne('laptop');
  const phone = await openOne('phone');
  const script = '<script>alert(1)</script>\u202E\u0000';
  await laptop.create('task', '__proto__', { title: script, constructor: 1 }).catch(() => undefined);
  await laptop.create('task', 'constructor', { title: script });
  await meet(laptop, phone);
  await laptop.update('task', 'constructor', { title: 'x'.repeat(100_000) });
  await phone.update('task', 'constructor', { title: script }, { note: script });
  await meet(laptop, phone);
  const desk = openDesk(laptop);
  const browser = await browse(desk);
  const [{ conflictId, sides }] = (await browser.get('api/conflicts?q=%3Cscript%3E')).body.items;

  const shown = (await browser.get(`api/conflicts/${conflictId}`)).body;
  expect(shown.sides[1]).toMatchObject({ value: { value: script }, note: script });
  expect(sides[0].value).toEqual({ text: `"${'x'.repeat(119)}`, length: 100_002 });
  const { wholeAt, length } = shown.sides[0].value;
  expect(length).toBe(100_002);
  expect((await browser.get(wholeAt)).body.value).toBe('x'.repeat(100_000));
  const polluted = await browser.post(
    'api/rules',
    JSON.parse(
      '{"match":{"resourceType":"task","__proto__":{"x":1}},"choose":{"agentId":"__proto__"},"__proto__":{"isOn":false}}',
    ),
  );
  expect(polluted.status).toBeLessThan(500);
  for (const query of ['resourceType=__proto__', 'q=__proto__', 'field=constructor', 'agent=toString&agent=__proto__'])
    expect((await browser.get(`api/conflicts?${query}`)).body.total).toBe(0);
  expect((await browser.get('api/resource?resourceType=__proto__&resourceId=constructor')).status).toBe(404);
  expect((await browser.get('api/conflicts/__proto__')).status).toBe(404);
  const resolved = await browser.post(`api/conflicts/${conflictId}/resolve`, {
    version: shown.version,
    resolution: JSON.parse('{"value":{"__proto__":1}}'),
  });
  expect([422, 409]).toContain(resolved.status);
  expect(({} as { x?: unknown }).x).toBeUndefined();
  expect((await laptop.conflicts.get(conflictId))?.status).toBe('pending_review');
});

describe('the page', () => {
  test('is served with its types, kept where its names hold a hash, and nothing beside it', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html>');
    writeFileSync(join(folder, 'page', 'assets', 'app-1234.js'), 'export {}');
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    const desk = openDesk(await openOne('laptop'), { pageFolder: join(folder, 'page'), basePath: '/desk' });
    const get = (path: string) => desk.fetch(new Request(`${origin}${path}`));

    expect((await get('/desk/')).headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect((await get('/desk/')).headers.get('cache-control')).toBe('no-cache');
    expect((await get('/desk')).headers.get('location')).toBe('/desk/');
    const asset = await get('/desk/assets/app-1234.js');
    expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const path of [
      '/desk/../secret.txt',
      '/desk/%2e%2e/secret.txt',
      '/desk/..%2fsecret.txt',
      '/desk/assets/..%2f..%2f..%2fsecret.txt',
      '/desk/none.js',
      '/',
    ]) {
      const { status } = await get(path);
      expect([path, status]).toEqual([path, 404]);
    }
    expect(cookieOf((await get(desk.newLink())).headers)).not.toBe('');
  });

  test('that is not built says so', async () => {
    const desk = openDesk(await openOne('laptop'), { pageFolder: join(temporaryFolder(), 'none') });

    const answer = await answerOf(await desk.fetch(new Request(`${origin}/`)));

    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'page_missing' } } });
  });
});

test('what makes no desk is refused with its name', async () => {
  const replica = await openOne('laptop');
  const bad: readonly object[] = [
    {},
    { replica: {} },
    { replica, basePath: 'desk/' },
    { replica, origins: ['https://desk.example/'] },
    { replica, limits: { streamsMax: 0 } },
    { replica, limits: { none: 1 } },
    { replica, signIn: 'x' },
  ];
  for (const options of bad) expect(await codeOf(() => createDesk(options as never))).toBe('wrong_type');
});
