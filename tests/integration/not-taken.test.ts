/**
 * What a hub does not take, as its author sees it: plainly, with the reason, and until it does. By rounds alone and
 * with a socket; a refusal that everybody is told (R9) and one that nobody else hears of; and a token that ends.
 */
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { hubRemote, isReknitError, type Remote, type Replica, type SyncConnection } from '../../src/index.js';
import type { Principal } from 'reknit/hub';
import { everything, manualClock, served, testHub, type TestHubOptions } from '../support/hub.js';
import { askingRemote, closedAtEnd, exchange, fetchOf, statusWhere } from '../support/hub-site.js';
import { codeOf, collect, siteOn } from '../support/site.js';
import { settle } from '../support/faulty-remote.js';
import { eventOf, sealed } from '../../src/testing/contract-story.js';
import type { Dot } from '../../src/domain/events/event.js';

const mayOnlyRead: Principal = { ...everything, id: 'reader', rights: { '*': ['read'] } };

const ways = ['rounds', 'a socket'] as const;
type Way = (typeof ways)[number];

const place = (options: TestHubOptions = {}) => {
  const principals = new Map<string, Principal>([['other', everything]]);
  return { principals, hub: testHub({ principals, ...options }) };
};

const remoteBy = async (
  way: Way,
  hub: ReturnType<typeof testHub>,
  token: () => string = () => 'token',
): Promise<Remote> =>
  way === 'rounds' ? askingRemote(hub, { token }) : hubRemote({ url: await served(hub), token, fetch: fetchOf(hub) });

const refusedBy = async (connection: SyncConnection): Promise<unknown> => {
  try {
    await connection.synced({ signal: AbortSignal.timeout(10_000) });
    return 'synced';
  } catch (error) {
    return isReknitError(error, 'events_refused') ? error.facts['refused'] : error;
  }
};

const forbidden = (dot: string) => ({
  dot,
  code: 'forbidden',
  message: 'replica laptop has no right to write "task": ask who runs the hub for it',
});

const shows = (replica: Replica, id: string): Promise<unknown> =>
  firstValueFrom(replica.watch('task', id).pipe(filter((view) => view !== undefined)));

describe.each(ways)('a live connection by %s, whose token may only read', (way) => {
  test('says why its changes do not leave, goes on reading, and sends them when it may', async () => {
    const { principals, hub } = place();
    principals.set('token', mayOnlyRead);
    const laptop = await siteOn('memory').open('laptop');
    const connection = closedAtEnd(laptop.connect(await remoteBy(way, hub), { live: true, intervalMs: 50 }));
    await statusWhere(connection, ({ phase }) => phase === 'live');

    const { eventId } = await laptop.create('task', 'one', { title: 'mine' });
    const held = await statusWhere(connection, ({ phase, error }) => phase === 'live' && error !== undefined);
    expect(held).toMatchObject({ pending: 1, rejected: 1, error: { code: 'forbidden' } });
    expect(held.error?.message).toContain('ask who runs the hub for it');
    expect(await refusedBy(connection)).toEqual([forbidden('laptop:1')]);
    // Asked again it says the same, and does not wait.
    expect(await refusedBy(connection)).toEqual([forbidden('laptop:1')]);
    await laptop.update('task', 'one', { title: 'still mine' });
    expect(await refusedBy(connection)).toEqual([forbidden('laptop:1'), forbidden('laptop:2')]);
    expect(await connection.rejected.list()).toMatchObject([
      { ...forbidden('laptop:1'), eventId, event: { payload: { title: 'mine' } }, isPublished: false },
      { ...forbidden('laptop:2'), isPublished: false },
    ]);
    // Nothing is decided about them: they stay, and nobody is told.
    expect((await laptop.get('task', 'one'))?.fields['title']).toBe('still mine');
    expect((await hub.log.facts()).head.position).toBe(0);
    for (const decide of [connection.rejected.shelve, connection.rejected.reissue]) {
      const error = await decide(eventId).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'event_not_taken', facts: { eventId, reason: 'forbidden' } });
      // Why, and what to do about it.
      expect(String(error)).toMatch(/ask who runs the hub for it.*and retry/su);
    }

    const phone = await siteOn('memory').open('phone');
    await phone.create('task', 'two', {});
    await exchange(phone, askingRemote(hub, { token: 'other' }));
    await shows(laptop, 'two');

    principals.set('token', everything);
    await statusWhere(
      connection,
      ({ phase, pending, error }) => phase === 'live' && pending === 0 && error === undefined,
    );
    expect(await refusedBy(connection)).toBe('synced');
    expect(await connection.rejected.list()).toEqual([]);
    expect(connection.status.rejected).toBe(0);
    await exchange(phone, askingRemote(hub, { token: 'other' }));
    expect(await phone.digest()).toBe(await laptop.digest());
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('sends them at once when somebody asks for one of them', async () => {
    const { principals, hub } = place();
    principals.set('token', mayOnlyRead);
    const laptop = await siteOn('memory').open('laptop');
    const connection = closedAtEnd(laptop.connect(await remoteBy(way, hub), { live: true, intervalMs: 3_600_000 }));
    for (const id of ['one', 'two', 'three']) await laptop.create('task', id, {});
    await statusWhere(connection, ({ phase, rejected }) => phase === 'live' && rejected === 3);
    const [, second] = await connection.rejected.list();

    principals.set('token', everything);
    await connection.rejected.retry(second?.eventId ?? '');
    await statusWhere(connection, ({ phase, pending }) => phase === 'live' && pending === 0);
    expect((await hub.log.counts()).events).toBe(3);
  });
});

describe.each(ways)('a live connection by %s, whose token may not write some type', (way) => {
  test('says so for each event, and sends it again when somebody asks for it', async () => {
    const { principals, hub } = place();
    principals.set('token', {
      ...everything,
      replicas: ['laptop'],
      rights: { '*': ['read', 'write'], task: ['read'] },
    });
    const laptop = await siteOn('memory').open('laptop');
    const connection = closedAtEnd(laptop.connect(await remoteBy(way, hub), { live: true }));
    await laptop.create('note', 'free', {});
    await laptop.create('task', 'one', {});

    expect(await refusedBy(connection)).toMatchObject([forbidden('laptop:2')]);
    const [refused] = await connection.rejected.list();
    expect(refused).toMatchObject({ ...forbidden('laptop:2'), isPublished: true });
    expect(await laptop.get('task', 'one')).toBeUndefined();

    principals.set('token', everything);
    await connection.rejected.retry(refused?.eventId ?? '');
    expect(await refusedBy(connection)).toBe('synced');
    expect(await laptop.get('task', 'one')).toBeDefined();
  });
});

describe.each(ways)('a token that ends while a connection by %s is live', (way) => {
  const end = {
    'is revoked': (principals: Map<string, Principal>) => principals.delete('token'),
    'has expired': (principals: Map<string, Principal>) =>
      principals.set('token', { ...everything, expiresAt: '2020-01-01T00:00:00.000Z' }),
  };

  test.each(['is revoked', 'has expired'] as const)('%s: it is said, and another one goes on', async (how) => {
    let tokensChanged: () => void = () => undefined;
    const { principals, hub } = place({
      watchTokens: (onChange) => {
        tokensChanged = onChange;
        return () => undefined;
      },
    });
    principals.set('token', everything);
    let token = 'token';
    const laptop = await siteOn('memory').open('laptop');
    const connection = closedAtEnd(
      laptop.connect(await remoteBy(way, hub, () => token), { live: true, retry: { delayMsMax: 20 } }),
    );
    await statusWhere(connection, ({ phase }) => phase === 'live');
    await connection.synced();

    end[how](principals);
    tokensChanged();
    // A socket is ended at once; who only asks finds out when there is something to ask.
    if (way === 'a socket') await statusWhere(connection, ({ phase }) => phase === 'unauthorized');
    await laptop.create('task', 'one', {});
    expect(await codeOf(() => connection.synced())).toBe('unauthorized');
    const status = await statusWhere(connection, ({ phase }) => phase === 'unauthorized');
    expect(status).toMatchObject({ pending: 1, rejected: 0, error: { code: 'unauthorized' } });
    expect(status.error?.message).toContain('another one');
    expect(await connection.rejected.list()).toEqual([]);

    token = 'other';
    await statusWhere(connection, ({ phase, pending }) => phase === 'live' && pending === 0);
    expect(await refusedBy(connection)).toBe('synced');
  });
});

describe('what waits in a hub for what does not come', () => {
  const mayNotRelay: Principal = { ...everything, replicas: ['laptop'], rights: { '*': ['read', 'write'] } };
  const dayMs = 86_400_000;

  test('is given up after the time that its operator set, and told to its author, who sends it again', async () => {
    const clock = manualClock();
    const { principals, hub } = place({ clock, parkedMsMax: 30 * dayMs });
    principals.set('token', mayNotRelay);
    const laptop = await siteOn('memory').open('laptop', { clock: clock.nowMs });
    const parent = eventOf('elsewhere', 1, 'one', []);
    await laptop.import([parent.event]);
    const built = await laptop.update('task', 'one', { title: 'built on it' });
    await exchange(laptop, askingRemote(hub, { token: 'token' }));
    expect((await hub.log.parked({ after: 0, limit: 9 })).items).toMatchObject([
      { sealed: { dot: 'laptop:1' }, reason: 'parents', waits: ['elsewhere:1'] },
    ]);

    clock.advance(29 * dayMs);
    await settle();
    expect((await hub.log.counts()).parked).toBe(1);
    clock.advance(2 * dayMs);
    await settle();
    // It looks once an hour.
    clock.advance(3_600_000);
    await settle();
    expect((await hub.log.counts()).parked).toBe(0);
    expect(hub.told.join()).toContain('given up');

    const connection = closedAtEnd(laptop.connect(askingRemote(hub, { token: 'token' })));
    await connection.now();
    expect(await connection.rejected.list()).toMatchObject([
      { dot: 'laptop:1', code: 'parking_dropped', eventId: built.eventId, isPublished: true },
    ]);
    await hub.log.append([{ sealed: parent }], '2026-03-05T10:00:00.000Z');
    await connection.rejected.retry(built.eventId);
    await connection.now();
    expect(await connection.rejected.list()).toEqual([]);
    expect((await hub.log.counts()).events).toBe(2);
    expect((await laptop.get('task', 'one'))?.fields['title']).toBe('built on it');
  });

  test('is sent again by itself, where it waited for a gap that is filled', async () => {
    const { hub } = place();
    const laptop = await siteOn('memory').open('laptop');
    for (const id of ['one', 'two', 'three']) await laptop.create('task', id, {});
    const events = await collect(laptop.export());
    await hub.log.append([{ sealed: sealed(events.at(-1)) }], '2026-02-02T10:00:00.000Z');
    expect(await hub.log.dropParked({ dots: ['laptop:3' as Dot] }, '2026-02-02T10:00:00.000Z')).toBe(1);

    await exchange(laptop, askingRemote(hub, { token: 'other' }));
    expect((await hub.log.counts()).events).toBe(3);
    expect((await laptop.status()).localOnly).toBe(0);
  });
});

test('who asks for a round is told what is held back since earlier, too', async () => {
  const { principals, hub } = place();
  principals.set('token', mayOnlyRead);
  const laptop = await siteOn('memory').open('laptop');
  const connection = closedAtEnd(laptop.connect(askingRemote(hub, { token: 'token' })));
  for (const id of ['one', 'two']) await laptop.create('task', id, {});

  const both = [forbidden('laptop:1'), forbidden('laptop:2')];
  expect((await connection.now()).refused).toEqual(both);
  expect((await connection.now()).refused).toEqual(both);
  expect(await refusedBy(connection)).toEqual(both);
  expect(connection.status).toMatchObject({ rejected: 2, pending: 2, error: { code: 'forbidden' } });
});

test('it is known after a restart, before the hub is there, and to another process of the file', async () => {
  const { principals, hub } = place();
  principals.set('token', mayOnlyRead);
  const site = siteOn('file');
  const first = await site.open('laptop');
  await first.create('task', 'one', {});
  await exchange(first, askingRemote(hub, { token: 'token' }));
  await first.close();

  const laptop = await site.open('laptop');
  const away = closedAtEnd(
    laptop.connect(askingRemote(hub, { token: 'token', fetch: () => Promise.reject(new TypeError('no network')) })),
  );
  expect(await away.rejected.list()).toMatchObject([forbidden('laptop:1')]);

  const leader = closedAtEnd(laptop.connect(askingRemote(hub, { token: 'token' }), { live: true }));
  await statusWhere(leader, ({ phase }) => phase === 'live');
  const beside = await site.open('laptop');
  const standing = closedAtEnd(beside.connect(askingRemote(hub, { token: 'token' }), { live: true }));
  await statusWhere(standing, ({ phase, rejected }) => phase === 'standby' && rejected === 1);
  expect(await refusedBy(standing)).toEqual([forbidden('laptop:1')]);
});

test('the trail says once that they were not taken, and never that they were sent', async () => {
  const { principals, hub } = place({ clock: manualClock() });
  principals.set('token', mayOnlyRead);
  const laptop = await siteOn('memory').open('laptop');
  for (const id of ['one', 'two']) await laptop.create('task', id, {});
  const types: readonly string[] = ['EventsNotTaken', 'EventsSynced'];
  const acts = async () =>
    (await collect(laptop.audit.entries())).flatMap((entry) => entry.acts).filter(({ type }) => types.includes(type));
  for (let round = 0; round < 3; round += 1) await exchange(laptop, askingRemote(hub, { token: 'token' }));

  expect(await acts()).toMatchObject([{ type: 'EventsNotTaken', count: 2, first: 'laptop:1', code: 'forbidden' }]);
});
