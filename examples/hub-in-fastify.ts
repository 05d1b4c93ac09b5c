/** A hub in a Fastify server that has routes of its own; two replicas exchange through it. */
import assert from 'node:assert/strict';
import { fastify } from 'fastify';
import { hubRemote, openReplica } from 'reknit';
import { createHub, createMemoryHubLog, hubListener, type Authenticate } from 'reknit/hub';

const say = (step: string, facts: string): void => console.log(`${step.padEnd(8)} ${facts}`);

// 1. Who may come in is the server's to say: here one token for each replica, each for all types.
const replicaByToken = new Map([
  ['laptop-token', 'laptop'],
  ['phone-token', 'phone'],
]);
const authenticate: Authenticate = (token) => {
  const replicaId = replicaByToken.get(token ?? '');
  if (replicaId === undefined) return undefined;
  return { id: replicaId, replicas: [replicaId], agents: 'any', rights: { '*': ['read', 'write'] } };
};

// 2. The hub, under a path of its own. Its receipts need a key that is kept apart from its data.
const log = createMemoryHubLog();
const hub = createHub({ log, authenticate, basePath: '/sync', receiptKey: new Uint8Array(32).fill(1) });

// 3. Mounted: Fastify hands over requests unread, and sockets that ask for the hub's path.
const server = fastify();
server.get('/', () => ({ hello: 'world' }));
await server.register(async (scope) => {
  const answer = hubListener(hub);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.all('/sync/*', (request, reply) => {
    reply.hijack();
    answer(request.raw, reply.raw);
  });
});
server.server.on('upgrade', (request, socket, head) => {
  if (!hub.upgrade(request, socket, head)) socket.destroy();
});
const address = await server.listen({ port: 0, host: '127.0.0.1' });
say('server', 'listens, with a hub under /sync');

// 4. An exchange.
const url = `${address}/sync`;
const laptop = await openReplica({ replicaId: 'laptop', agentId: 'ada' });
const phone = await openReplica({ replicaId: 'phone', agentId: 'bob' });
await laptop.create('feature', 'f1', { title: 'Merge offline', status: 'todo' });
const fromLaptop = laptop.connect(hubRemote({ url, token: 'laptop-token' }));
const fromPhone = phone.connect(hubRemote({ url, token: 'phone-token' }));
const { pushed } = await fromLaptop.now();
const { pulled } = await fromPhone.now();
say('sync', `the laptop pushed ${pushed}, the phone pulled ${pulled}`);
assert.deepEqual([pushed, pulled], [1, 1]);
assert.equal((await phone.get('feature', 'f1'))?.fields['title'], 'Merge offline');

// 5. The server's own routes are as they were, and a stranger gets nowhere.
const own = await fetch(address);
const stranger = await fetch(`${url}/v1/hello`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ protocol: 1, replicaId: 'laptop' }),
});
say('routes', `its own: ${own.status}, a stranger at the hub: ${stranger.status}`);
assert.deepEqual([own.status, stranger.status], [200, 401]);

await fromLaptop.close();
await fromPhone.close();
await laptop.close();
await phone.close();
await hub.close();
await server.close();
await log.close();
