/** The desk's interface, as a browser talks to it: looking, deciding, taking back, and being told. */
import { expect, test } from 'vitest';
import { write } from '../../src/index.js';
import * as api from '../../src/adapters/desk/api/index.js';
import { browse, diverged, openDesk, openOne } from '../support/desk-site.js';
import { meet } from '../support/site.js';

test('a conflict is found, understood, settled, and settled everywhere', async () => {
  const { laptop, phone, desk } = await diverged();
  const browser = await browse(desk);

  const inbox = await browser.get('api/conflicts');
  expect(inbox.status).toBe(200);
  api.inboxPage.parse(inbox.body);
  expect(inbox.body.total).toBe(1);
  const [summary] = inbox.body.items;
  expect(summary.sides.map(({ value }: { value: { text: string } }) => value.text)).toEqual([
    '"Laptop 0"',
    '"Phone 0"',
  ]);

  const shown = await browser.get(`api/conflicts/${summary.conflictId}`);
  api.conflict.parse(shown.body);
  expect(shown.headers.get('etag')).toBe(`"${shown.body.version}"`);
  expect(shown.body).toMatchObject({
    base: { value: 'Task 0' },
    status: 'pending',
    mayResolve: true,
    choices: { sides: true, edit: true },
    undo: { isPossible: false },
  });
  expect(shown.body.sides[0]).toMatchObject({ agentId: 'laptop-user', note: 'from the desk', isLocal: true });
  const opinions = Object.fromEntries(
    shown.body.strategies.map((one: { name: string; outcome: { type: string } }) => [one.name, one.outcome.type]),
  );
  expect(opinions).toMatchObject({
    user_choice: 'undecided',
    last_write_wins: 'winner',
    three_way: 'undecided',
    minimum: 'winner',
  });

  const decided = await browser.post(`api/conflicts/${summary.conflictId}/resolve`, {
    version: shown.body.version,
    resolution: { choose: shown.body.sides[1].eventId },
    note: 'the phone knows',
  });
  expect(decided.status).toBe(200);
  api.decided.parse(decided.body);
  expect(decided.body.conflict).toMatchObject({
    status: 'resolved',
    current: { value: 'Phone 0' },
    decidedBy: { by: 'person', agentId: 'laptop-user', note: 'the phone knows' },
    undo: { isPossible: true },
  });
  expect((await browser.get('api/conflicts')).body.total).toBe(0);
  await meet(laptop, phone);
  expect((await phone.get('task', 't0'))?.fields['title']).toBe('Phone 0');

  const undone = await browser.post(`api/conflicts/${summary.conflictId}/undo`, {
    version: decided.body.conflict.version,
  });
  expect(undone.status).toBe(200);
  const restored = await browser.post(`api/conflicts/${summary.conflictId}/restore`, {
    version: undone.body.conflict.version,
    eventId: shown.body.sides[0].eventId,
  });
  expect(restored.status).toBe(200);
  expect((await laptop.get('task', 't0'))?.fields['title']).toBe('Laptop 0');
  await meet(laptop, phone);
  expect(await phone.digest()).toBe(await laptop.digest());
});

test('who decides about what is another by now is refused, and told what it is (I31)', async () => {
  const laptop = await openOne('laptop');
  const phone = await openOne('phone');
  const tablet = await openOne('tablet');
  await laptop.create('task', 't0', { title: 'Task 0' });
  for (const other of [phone, tablet]) await meet(laptop, other);
  await laptop.update('task', 't0', { title: 'Laptop 0' });
  await phone.update('task', 't0', { title: 'Phone 0' });
  await tablet.update('task', 't0', { title: 'Tablet 0' });
  await meet(laptop, phone);
  const browser = await browse(openDesk(laptop));
  const [{ conflictId, version, sides }] = (await browser.get('api/conflicts')).body.items;

  await meet(laptop, tablet);
  const stale = await browser.post(`api/conflicts/${conflictId}/resolve`, {
    version,
    resolution: { choose: sides[0].eventId },
  });

  expect(stale.status).toBe(409);
  api.changed.parse(stale.body);
  expect(stale.body.error.code).toBe('conflict_changed');
  const { supersededBy, decidedBy } = stale.body.conflict;
  expect(decidedBy, 'nobody decided it: it grew').toBeUndefined();
  const now = (await browser.get(`api/conflicts/${supersededBy}`)).body;
  expect(now.sides.map(({ value }: { value: object }) => value)).toEqual([
    { value: 'Laptop 0' },
    { value: 'Phone 0' },
    { value: 'Tablet 0' },
  ]);

  const header = await browser.post(
    `api/conflicts/${supersededBy}/resolve`,
    { resolution: { value: 'Both' } },
    { 'if-match': `"${now.version}"` },
  );
  expect(header.status).toBe(200);
  const again = await browser.post(
    `api/conflicts/${supersededBy}/resolve`,
    { resolution: { value: 'Late' } },
    { 'if-match': `"${now.version}"` },
  );
  expect(again.status).toBe(412);
  expect(again.body.conflict).toMatchObject({ status: 'resolved', current: { value: 'Both' } });
  expect((await browser.post(`api/conflicts/${supersededBy}/resolve`, { resolution: { value: 'x' } })).status).toBe(
    422,
  );
});

test('a program that asks what the page asks is told what its request lacks', async () => {
  const { desk } = await diverged();
  const browser = await browse(desk);
  const [{ conflictId, sides }] = (await browser.get('api/conflicts')).body.items;
  const path = `api/conflicts/${conflictId}/resolve`;

  const refused = await browser.post(path, { resolution: { chose: sides[0].eventId } });
  expect(refused.status).toBe(422);
  for (const way of ['choose', 'value', 'both', 'apply']) expect(refused.body.error.message).toContain(`"${way}"`);
  const bulk = await browser.post('api/preview', { choice: { agent: 'ada' }, conflictIds: [conflictId] });
  expect(bulk.status).toBe(422);
  for (const way of ['choose', 'agentId', 'strategy']) expect(bulk.body.error.message).toContain(`"${way}"`);

  const elsewhere = await browser.post(path, { resolution: { value: 'x' } }, { origin: 'http://127.0.0.1:9' });
  expect(elsewhere.status).toBe(403);
  expect(elsewhere.body.error).toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('header Origin') as string,
  });
});

test('many are settled by one choice, as the preview said', async () => {
  const { laptop, phone, desk } = await diverged(30);
  const browser = await browse(desk);
  const { items } = (await browser.get('api/conflicts?limit=500')).body;
  const before = await laptop.status();

  const preview = await browser.post('api/preview', { filter: { q: 'phone' }, choice: { replicaId: 'phone' } });
  expect(preview.status).toBe(200);
  api.preview.parse(preview.body);
  expect(preview.body).toMatchObject({ total: 30, willSettle: 30, refusedCount: 0 });
  expect(preview.body.resources).toHaveLength(30);
  expect(preview.body.resources[0].conflicts.closed).toHaveLength(1);
  expect(await laptop.status()).toEqual(before);

  // One of them is settled elsewhere meanwhile.
  const [first] = items;
  await phone.conflicts.resolve(first.conflictId, { value: 'elsewhere' });
  await meet(laptop, phone);
  const bulk = await browser.post('api/bulk', {
    items: items.map(({ conflictId, version }: { conflictId: string; version: string }) => ({ conflictId, version })),
    choice: { replicaId: 'phone' },
    note: 'all from the phone',
  });
  expect(bulk.status).toBe(200);
  api.bulkAnswer.parse(bulk.body);
  expect(bulk.body).toMatchObject({ done: 29, stale: 1, refused: 0 });
  for (const { conflictId, to } of preview.body.items) {
    if (conflictId === first.conflictId) continue;
    const { resourceId } = items.find((one: { conflictId: string }) => one.conflictId === conflictId);
    expect(JSON.stringify((await laptop.get('task', resourceId))?.fields['title'])).toBe(to.text);
  }
  expect((await browser.get('api/conflicts')).body.total).toBe(0);
  expect((await browser.get('api/conflicts?status=resolved')).body.items[0].decidedBy.by).toBe('person');
});

test('the inbox is searched, filtered, counted, sorted and paged', async () => {
  const { laptop, phone, desk } = await diverged(25);
  await laptop.update('task', 't3', { status: 'done' });
  await laptop.update('task', 't4', { status: 'done' });
  await phone.delete('task', 't4');
  await phone.update('task', 't3', { status: 'dropped' });
  await meet(laptop, phone);
  const browser = await browse(desk);
  await browser.get('api/conflicts');
  const get = async (query: string) => (await browser.get(`api/conflicts?${query}`)).body;

  expect((await get('q=laptop%2013')).total).toBe(1);
  expect((await get('q=T3')).total).toBe(2);
  expect((await get('field=status&q=t3')).total).toBe(1);
  expect((await get('field=status&field=title')).total).toBeGreaterThan(20);
  expect((await get('conflictType=delete_update')).items[0].resourceId).toBe('t4');
  expect((await get('agent=nobody')).total).toBe(0);
  const all = await get('limit=500');
  expect(all.facets.field).toContainEqual({ value: 'status', count: 1 });
  expect((await get('field=status')).facets.field).toEqual(all.facets.field);
  expect((await get('field=status')).facets.conflictType).toEqual([{ value: 'concurrent_modification', count: 1 }]);

  const paged: string[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const page = await get(`limit=7&sort=resource${after === '' ? '' : `&after=${after}`}`);
    paged.push(...page.items.map(({ conflictId }: { conflictId: string }) => conflictId));
    after = page.next;
  }
  const whole = await get('limit=500&sort=resource');
  expect(paged).toEqual(whole.items.map(({ conflictId }: { conflictId: string }) => conflictId));
  expect((await get('limit=5&offset=7&sort=resource')).items[0].conflictId).toBe(paged[7]);
  expect((await browser.get('api/conflicts?limit=501')).status).toBe(422);
  expect((await get('olderThan=2000-01-01T00:00:00.000Z')).total).toBe(0);
  expect((await get('newerThan=2000-01-01T00:00:00.000Z')).total).toBe(all.total);
});

test('what is put aside leaves the inbox until its time, here alone', async () => {
  const { desk, phone } = await diverged(2);
  const browser = await browse(desk);
  const [one] = (await browser.get('api/conflicts')).body.items;

  const put = await browser.post('api/later', {
    conflictIds: [one.conflictId],
    later: true,
    until: '2100-01-01T00:00:00Z',
  });
  expect(put.body).toEqual({ changed: 1 });
  expect((await browser.get('api/conflicts')).body.total).toBe(1);
  expect((await browser.get('api/conflicts?later=only')).body.items[0].later).toEqual({
    until: '2100-01-01T00:00:00.000Z',
  });
  expect((await browser.get('api/overview')).body.counts).toEqual({ pending: 1, later: 1, resolved: 0 });
  expect(await phone.conflicts.list({ status: 'pending_review' })).toHaveLength(2);
  await browser.post('api/later', { conflictIds: [one.conflictId], later: false });
  expect((await browser.get('api/conflicts')).body.total).toBe(2);
  expect(
    (await browser.post('api/later', { conflictIds: [one.conflictId], later: true, until: '2001-01-01T00:00:00Z' }))
      .status,
  ).toBe(422);
});

test('both are taken where that means something, a value is checked, a deletion and a dependency are decided', async () => {
  const { laptop, phone, desk } = await diverged(3);
  await laptop.create('track', 'one', { name: 'One' });
  await meet(laptop, phone);
  await laptop.update('task', 't0', { tags: ['base', 'a'], street: 'Main' });
  await phone.update('task', 't0', { tags: ['base', 'b'], town: 'Ulm' });
  await laptop.delete('task', 't1');
  await phone.update('task', 't1', { status: 'done' });
  await laptop.delete('track', 'one');
  await phone.update('task', 't2', { trackId: 'one' });
  await meet(laptop, phone);
  const browser = await browse(desk);
  const conflicts = (await browser.get('api/conflicts?limit=500')).body.items;
  const of = async (resourceId: string, kind: string, field?: string) => {
    const found = conflicts.find(
      (one: { resourceId: string; unit: { kind: string; field?: string } }) =>
        one.resourceId === resourceId && one.unit.kind === kind && (field === undefined || one.unit.field === field),
    );
    return (await browser.get(`api/conflicts/${found.conflictId}`)).body;
  };
  const resolve = (one: { conflictId: string; version: string }, resolution: object) =>
    browser.post(`api/conflicts/${one.conflictId}/resolve`, { version: one.version, resolution });

  const tags = await of('t0', 'field', 'tags');
  expect(tags.choices.both).toEqual({ value: ['base', 'a', 'b'] });
  expect((await resolve(tags, { both: true })).body.conflict.current).toEqual({ value: ['base', 'a', 'b'] });
  const address = await of('t0', 'group');
  expect((await resolve(address, { both: true })).status).toBe(200);
  expect((await laptop.get('task', 't0'))?.fields).toMatchObject({ street: 'Main', town: 'Ulm' });
  const title = await of('t0', 'field', 'title');
  expect(title.choices.both).toBeUndefined();
  expect((await resolve(title, { both: true })).body.error.code).toBe('no_decision');
  expect(
    (await browser.post(`api/conflicts/${title.conflictId}/check`, { value: { $increment: 1 } })).body.isValid,
  ).toBe(false);
  for (const name of ['__proto__', 'constructor', 'prototype'])
    for (const value of [{ [name]: 1 }, { a: [{ [name]: {} }] }])
      expect((await browser.post(`api/conflicts/${title.conflictId}/check`, { value })).body.isValid).toBe(false);
  expect((await browser.post(`api/conflicts/${title.conflictId}/check`, { value: 'fine' })).body).toEqual({
    isValid: true,
    issues: [],
  });
  expect((await resolve(title, { value: { $increment: 1 } })).body.error.code).toBe('reserved_operator');

  const existence = await of('t1', 'existence');
  expect(existence.choices.existence).toEqual(['alive', 'deleted']);
  expect((await resolve(existence, { value: 'deleted' })).status).toBe(200);
  expect((await laptop.get('task', 't1'))?.deleted).toBe(true);
  const dependency = await of('t2', 'dependency');
  expect(dependency.choices.actions).toEqual(['restore', 'detach', 'cascade', 'keep']);
  const preview = await browser.post('api/preview', {
    conflictIds: [dependency.conflictId],
    choice: { apply: 'restore' },
  });
  expect(preview.body.resources).toMatchObject([
    { resourceType: 'track', deleted: { from: true, to: false } },
    { resourceType: 'task', conflicts: { closed: [dependency.conflictId], opened: [] } },
  ]);
  expect((await resolve(dependency, { apply: 'restore' })).status).toBe(200);
  expect((await laptop.get('track', 'one'))?.deleted).toBe(false);
});

test('a resource is found, explained, walked through its history, and shown as it was', async () => {
  const { laptop, desk } = await diverged();
  const browser = await browse(desk);

  const list = await browser.get('api/resources?q=t0');
  api.resourcesPage.parse(list.body);
  expect(list.body.items).toMatchObject([{ resourceId: 't0', isProvisional: true, conflicts: 1 }]);
  const one = await browser.get('api/resource?resourceType=task&resourceId=t0');
  api.resourceView.parse(one.body);
  expect(one.body.fields.find(({ field }: { field: string }) => field === 'title')).toMatchObject({
    status: 'pending',
    kind: 'register',
  });
  expect(one.body.conflicts).toHaveLength(1);
  const history = await browser.get('api/resource/history?resourceType=task&resourceId=t0&limit=2');
  api.historyPage.parse(history.body);
  expect(history.body.items).toHaveLength(2);
  const rest = await browser.get(`api/resource/history?resourceType=task&resourceId=t0&after=${history.body.next}`);
  const events = [...history.body.items, ...rest.body.items];
  expect(events.map(({ operation }) => operation)).toEqual(['create', 'update', 'update']);
  expect(events.filter(({ isHead }) => isHead)).toHaveLength(2);

  for (const { dot, payload } of events) {
    const at = await browser.post('api/resource/at', { resourceType: 'task', resourceId: 't0', dots: [dot] });
    api.atAnswer.parse(at.body);
    const title = at.body.resource.fields.find(({ field }: { field: string }) => field === 'title');
    expect(title.value).toEqual(payload.find(({ field }: { field: string }) => field === 'title').value);
  }
  const now = await browser.post('api/resource/at', {
    resourceType: 'task',
    resourceId: 't0',
    cut: await laptop.cut(),
  });
  expect(now.body.resource.conflicts).toHaveLength(1);
  expect((await browser.get('api/resource?resourceType=task&resourceId=none')).status).toBe(404);
});

test('the overview, the audit trail and its verification', async () => {
  const { laptop, phone, desk } = await diverged(3);
  const connection = laptop.connect(phone.asRemote());
  const second = openDesk(laptop, { connections: [{ name: 'the phone', connection }] });
  const browser = await browse(second);
  await browse(desk);

  const overview = await browser.get('api/overview');
  api.overview.parse(overview.body);
  expect(overview.body.operations).toMatchObject({
    connections: [{ name: 'the phone', phase: 'offline' }],
    queue: { rejected: 0 },
  });
  expect(overview.body.operations.replicas).toMatchObject([
    { replicaId: 'laptop', isSelf: true },
    { replicaId: 'phone', isSelf: false, hasSeenOfUs: 3 },
  ]);
  const buckets = overview.body.conflictsOverTime.buckets;
  expect(buckets.at(-1).pending).toBe(3);
  const audit = await browser.get('api/audit?limit=2');
  api.auditPage.parse(audit.body);
  expect(audit.body.items[0].number).toBe(audit.body.head.count);
  const older = await browser.get(`api/audit?limit=200&before=${audit.body.next}`);
  expect(older.body.items[0].number).toBe(audit.body.next - 1);
  expect(older.body.items.at(-1).number).toBe(1);
  expect(older.body.next).toBeUndefined();
  const verified = await browser.post('api/audit/verify', {});
  api.verification.parse(verified.body);
  expect(verified.body.ok).toBe(true);
  expect((await browser.post('api/audit/verify', { auditHead: { count: 2, hash: 'other' } })).body.ok).toBe(false);
  expect((await browser.post('api/queue/retry', { eventId: 'none' })).body.error.code).toBe('event_not_rejected');
  await connection.close();
});

test('a page is told of what others write, without asking', async () => {
  const { laptop, phone, desk } = await diverged();
  const browser = await browse(desk);
  const response = await desk.fetch(
    new Request('http://127.0.0.1:8731/api/live', { headers: { cookie: browser.cookie() } }),
  );
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (wanted: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = wanted.exec(text);
      if (found !== null) return found;
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) throw new Error(`it ended with ${text}`);
      text += value ?? '';
    }
  };

  await until(/event: counts\ndata: \{"pending":1/);
  await phone.commit([write.update('task', 't0', { status: 'done' })]);
  await laptop.update('task', 't0', { status: 'dropped' });
  await meet(laptop, phone);
  await until(/event: counts\ndata: \{"pending":2/);
  const [, data] = await until(/event: conflicts\ndata: (\{"conflictIds":\["[^\n]+)/);
  expect(JSON.parse(data ?? '').conflictIds[0]).toMatch(/^[0-9a-f]{64}$/);
  await browser.delete('api/session');
  await desk.close();
  for (;;) if ((await reader?.read())?.done !== false) break;
});

test('the interface describes itself', async () => {
  const { desk } = await diverged();
  const browser = await browse(desk);

  const { body } = await browser.get('api/openapi.json');

  expect(Object.keys(body.paths)).toContain('/api/conflicts/{id}/resolve');
  expect(body.components.schemas.Conflict.properties.sides).toBeDefined();
});
