/** A hub's desk: a replica of the hub's own, under the hub's tokens and rights. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHub, createMemoryHubLog, openTokenList, type Rights } from '../../src/adapters/hub/index.js';
import { createDeskEntrance, createHubDesk } from '../../src/cli/hub-desk.js';
import { silentLogger } from '../../src/application/index.js';
import { hubRemote, type Replica } from '../../src/index.js';
import type { Desk } from '../../src/adapters/desk/index.js';
import { browse, openOne, origin } from '../support/desk-site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const hubWithDesk = async () => {
  const log = createMemoryHubLog();
  const tokens = openTokenList({ file: join(temporaryFolder(), 'tokens.json') });
  const replica = await openOne('hub-desk', { agentId: 'desk' });
  const entrance = createDeskEntrance(replica, tokens.authenticate);
  const hub = createHub({ log, authenticate: entrance.authenticate, receiptKey: new Uint8Array(32).fill(7) });
  const desk = createHubDesk({
    replica,
    hub,
    log,
    entrance,
    basePath: '',
    authenticate: tokens.authenticate,
    tokens,
    logger: silentLogger,
  });
  onTestFinished(async () => {
    await desk.close();
    await hub.close();
    tokens.close();
    await log.close();
  });
  const grant = async (rights: Rights, agents: readonly string[] | 'any' = 'any') =>
    (await tokens.add({ replicas: 'any', agents, rights })).token;
  const all = await grant({ '*': ['read', 'write', 'delete', 'resolve', 'relay'] });
  const sync = async (device: Replica, token = all) => {
    const connection = device.connect(
      hubRemote({ url: origin, token, compress: false, fetch: (url, init) => hub.fetch(new Request(url, init)) }),
    );
    await connection.now();
    await connection.close();
  };
  /** As a desk of its own, at its path. */
  const page: Desk = {
    fetch: async (request, from) =>
      (await desk.answer(new Request(request.url.replace(origin, `${origin}/desk`), request), from)) ??
      new Response(null, { status: 404 }),
    newLink: desk.newLink,
    onLinkUsed: desk.onLinkUsed,
    close: desk.close,
  };
  return { hub, desk, page, replica, tokens, grant, all, sync };
};

const quarrel = async () => {
  const site = await hubWithDesk();
  const laptop = await openOne('laptop');
  const phone = await openOne('phone');
  await laptop.create('task', 't', { title: 'Task' });
  await laptop.create('salary', 'ada', { amount: 1 });
  await site.sync(laptop);
  await site.sync(phone);
  await laptop.update('task', 't', { title: 'canary-task-laptop' });
  await laptop.update('salary', 'ada', { amount: 111_222_333 });
  await phone.update('task', 't', { title: 'canary-task-phone' });
  await phone.update('salary', 'ada', { amount: 444_555_666 }, { note: 'canary-salary' });
  for (const device of [laptop, phone, laptop]) await site.sync(device);
  await site.desk.synced();
  return { ...site, laptop, phone };
};

test("what somebody decides at the hub arrives everywhere, in that person's name", async () => {
  const { page, grant, desk, sync, phone } = await quarrel();
  const browser = await browse(page, {
    token: await grant({ '*': ['read', 'write', 'resolve'] }, ['eve', 'mallory']),
    agentId: 'eve',
  });
  expect(browser.session).toMatchObject({ agentId: 'eve', basePath: '/desk', rights: { mayOperate: true } });
  const items = (await browser.get('api/conflicts')).body.items;
  expect(items).toHaveLength(2);
  const task = items.find(({ resourceType }: { resourceType: string }) => resourceType === 'task');

  const decided = await browser.post(`api/conflicts/${task.conflictId}/resolve`, {
    version: task.version,
    resolution: { value: 'decided at the hub' },
  });
  expect(decided.status).toBe(200);
  await desk.synced();
  await sync(phone);

  expect((await phone.get('task', 't'))?.fields['title']).toBe('decided at the hub');
  expect((await phone.conflicts.get(task.conflictId))?.closedBy[0]?.agentId).toBe('eve');
});

describe('rights', () => {
  test('who may not read a type is shown nothing that tells of it (I46)', async () => {
    const { page, grant, replica } = await quarrel();
    const all = await replica.conflicts.list();
    const salary = all.find(({ resourceType }) => resourceType === 'salary');
    const browser = await browse(page, { token: await grant({ '*': ['read', 'resolve'], salary: [] }) });
    expect(browser.session.rights).toEqual({ mayResolve: true, mayManageRules: true, mayOperate: false });
    const id = salary?.conflictId ?? '';
    const rule = { match: { resourceType: 'salary' }, choose: { both: true } };
    const answers = [
      await browser.get('api/session'),
      await browser.get('api/overview'),
      await browser.get('api/conflicts?status=all'),
      await browser.get('api/conflicts?resourceType=salary'),
      await browser.get('api/conflicts?q=salary'),
      await browser.get(`api/conflicts/${id}`),
      await browser.get(`api/conflicts/${id}/value?of=base`),
      await browser.post(`api/conflicts/${id}/check`, { value: 1 }),
      await browser.post(`api/conflicts/${id}/resolve`, { version: 'x', resolution: { value: 1 } }),
      await browser.post(`api/conflicts/${id}/undo`, { version: 'x' }),
      await browser.post(`api/conflicts/${id}/restore`, { version: 'x', eventId: 'x' }),
      await browser.post('api/later', { conflictIds: [id], later: true }),
      await browser.post('api/preview', { conflictIds: [id], choice: { value: 1 } }),
      await browser.post('api/preview', { filter: { status: 'all' }, choice: { choose: 'remote' } }),
      await browser.post('api/bulk', { items: [{ conflictId: id, version: 'x' }], choice: { value: 1 } }),
      await browser.get('api/resources'),
      await browser.get('api/resources?resourceType=salary'),
      await browser.get('api/resource?resourceType=salary&resourceId=ada'),
      await browser.get('api/resource/history?resourceType=salary&resourceId=ada'),
      await browser.post('api/resource/at', { resourceType: 'salary', resourceId: 'ada', cut: { laptop: 9 } }),
      await browser.get('api/audit'),
      await browser.post('api/audit/verify', {}),
      await browser.post('api/rules', rule),
      await browser.post('api/rules/preview', rule),
      await browser.get('api/rules'),
      await browser.post('api/queue/retry', { eventId: 'x' }),
    ];

    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/111222333|444555666|canary-salary|"ada"/);
    expect(answers[1]?.body).toMatchObject({ counts: { pending: 1 } });
    expect(answers[1]?.body.operations).toBeUndefined();
    expect(answers[2]?.body).toMatchObject({ total: 1, facets: { resourceType: [{ value: 'task', count: 1 }] } });
    expect(answers.slice(5, 13).map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 404, 404]);
    expect(answers[14]?.body.items[0]).toMatchObject({ verdict: 'refused', code: 'conflict_not_found' });
    expect(answers.slice(17, 23).map(({ status }) => status)).toEqual([404, 404, 404, 403, 403, 403]);
    expect((await replica.conflicts.get(id))?.status).toBe('pending_review');
    expect(await replica.review.putAside.list()).toEqual(new Map());
  });

  test('neither where a page of a list ends, nor who is in it, tells of what is not to be seen', async () => {
    const { page, grant, replica, laptop, phone, sync, desk } = await quarrel();
    await laptop.create('track', 'one', { name: 'canary-track' });
    for (const device of [laptop, phone]) await sync(device);
    await laptop.delete('track', 'one');
    await phone.update('task', 't', { trackId: 'one' });
    for (const device of [laptop, phone, laptop]) await sync(device);
    await desk.synced();
    const seeing = await browse(page, { token: await grant({ '*': ['read'] }) });
    const blind = await browse(page, { token: await grant({ '*': ['read'], salary: [], track: [] }) });
    const resources = async (browser: typeof blind, after = '') =>
      (await browser.get(`api/resources?orderBy=id&limit=1${after}`)).body;

    const first = await resources(seeing);
    expect(first.items).toMatchObject([{ resourceType: 'salary' }]);
    const second = await resources(seeing, `&after=${first.next}`);
    expect(second.items).toMatchObject([{ resourceType: 'task' }]);
    const own = await resources(blind);
    expect(own.items).toMatchObject([{ resourceType: 'task' }]);
    for (const { next } of [first, second, own])
      expect(Buffer.from(next ?? '', 'base64url').toString('latin1')).not.toMatch(/salary|task|track/);
    // Then it waits for nothing but the reference.
    const [title] = (await blind.get('api/conflicts')).body.items;
    await replica.conflicts.resolve(title.conflictId, { choose: title.sides[0].eventId });
    const waiting = async (browser: typeof blind) => (await browser.get('api/resources?pendingOnly=true')).body.items;
    expect((await waiting(seeing)).map(({ resourceType }: { resourceType: string }) => resourceType)).toContain('task');
    expect(await waiting(blind)).toEqual([]);
    const foreign = await blind.get(`api/resources?after=${'A'.repeat(60)}`);
    expect(foreign).toMatchObject({ status: 422, body: { error: { code: 'bad_request' } } });
  });

  test('a decision that writes or deletes takes the right to that too', async () => {
    const { page, grant, replica, laptop, phone, sync, desk } = await quarrel();
    await laptop.create('track', 'one', { name: 'One' });
    for (const device of [laptop, phone]) await sync(device);
    await laptop.delete('track', 'one');
    await phone.update('task', 't', { trackId: 'one' });
    for (const device of [laptop, phone, laptop]) await sync(device);
    await desk.synced();
    const resolver = await browse(page, { token: await grant({ '*': ['read', 'resolve'] }) });
    const found = (await resolver.get('api/conflicts?conflictType=dependency')).body.items[0];
    const one = (await resolver.get(`api/conflicts/${found.conflictId}`)).body;
    expect(one.choices.actions).toEqual(['restore', 'keep']);
    const { conflictId, version } = one;
    const answers = [];
    for (const apply of ['cascade', 'detach'])
      answers.push(
        await resolver.post(`api/conflicts/${conflictId}/resolve`, { version, resolution: { apply } }),
        await resolver.post('api/bulk', { items: [{ conflictId, version }], choice: { apply } }),
        await resolver.post('api/bulk', { items: [{ conflictId, version }], choice: { strategy: apply } }),
        await resolver.post('api/preview', { conflictIds: [conflictId], choice: { apply } }),
      );

    for (const { body } of answers) expect(JSON.stringify(body)).toContain('"code":"forbidden"');
    expect(await replica.get('task', 't')).toMatchObject({ deleted: false, fields: { trackId: 'one' } });
    const remover = await browse(page, { token: await grant({ '*': ['read', 'resolve', 'delete'] }) });
    const done = await remover.post(`api/conflicts/${conflictId}/resolve`, {
      version,
      resolution: { apply: 'cascade' },
    });
    expect(done.status).toBe(200);
    expect((await replica.get('task', 't'))?.deleted).toBe(true);
  });

  test('who may read and not resolve looks, and decides nothing', async () => {
    const { page, grant, replica } = await quarrel();
    const browser = await browse(page, { token: await grant({ '*': ['read'] }) });
    const [one] = (await browser.get('api/conflicts')).body.items;
    const before = (await replica.status()).events;
    expect(one.mayResolve).toBe(false);
    const tries = [
      await browser.post(`api/conflicts/${one.conflictId}/resolve`, {
        version: one.version,
        resolution: { choose: 'remote' },
      }),
      await browser.post(`api/conflicts/${one.conflictId}/undo`, { version: one.version }),
      await browser.post(`api/conflicts/${one.conflictId}/restore`, {
        version: one.version,
        eventId: one.sides[0].eventId,
      }),
      await browser.post('api/later', { conflictIds: [one.conflictId], later: true }),
      await browser.post('api/rules', { match: { resourceType: one.resourceType }, choose: { both: true } }),
    ];
    for (const { status } of tries) expect(status).toBe(403);
    const bulk = await browser.post('api/bulk', { items: [one], choice: { choose: 'remote' } });
    expect(bulk.body).toMatchObject({ done: 0, refused: 1, items: [{ code: 'forbidden' }] });
    expect((await replica.status()).events).toBe(before);
  });

  test('a token that is revoked is worth nothing at once, for its rules too', async () => {
    const { page, tokens, replica, laptop, phone, sync, desk, grant, all } = await quarrel();
    const token = await grant({ '*': ['read', 'resolve'] });
    const browser = await browse(page, { token });
    await browser.post('api/rules', { match: { resourceType: 'task' }, choose: { replicaId: 'phone' } });
    const others = await browse(page, { token: all });
    await others.post('api/rules', { match: { resourceType: 'salary' }, choose: { replicaId: 'phone' } });
    await expect.poll(() => replica.conflicts.list({ status: 'pending_review' })).toEqual([]);

    const { id } = (await tokens.list()).at(-1) ?? { id: '' };
    await tokens.revoke(id);
    expect((await browser.get('api/conflicts')).status).toBe(401);
    await desk.synced();
    for (const device of [laptop, phone]) await sync(device);
    for (const [device, n] of [
      [laptop, 1],
      [phone, 2],
    ] as const) {
      await device.update('task', 't', { title: `again ${n}` });
      await device.update('salary', 'ada', { amount: n });
    }
    for (const device of [laptop, phone]) await sync(device);
    await desk.synced();
    // The other's rule has looked at both, so the revoked one had its chance.
    await expect.poll(async () => (await replica.rules.list()).map(({ decided }) => decided)).toEqual([1, 2]);
    expect(await replica.conflicts.list({ status: 'pending_review' })).toMatchObject([{ resourceType: 'task' }]);
  });

  test('an agent that the token does not stand for is nobody', async () => {
    const { page, grant } = await quarrel();
    const token = await grant({ '*': ['read'] }, ['eve']);
    await expect(browse(page, { token, agentId: 'mallory' })).rejects.toThrow('unauthorized');
    expect((await browse(page, { token })).session.agentId).toBe('eve');
    await expect(browse(page, { token: 'rkt_none' })).rejects.toThrow('unauthorized');
  });
});
