// What a replica does while every write is written down: it records, imports, decides, syncs and closes, and marks
// what it has acknowledged and what it has sent, in the same order.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [library, folder, durability] = process.argv.slice(2);
const { openReplica, replicaRemote, write } = await import(library);

const marks = openSync(join(folder, 'marks'), 'a');
const mark = (word, events) => {
  for (const { eventId } of events) writeSync(marks, `${word} ${eventId}\n`);
};
const options = { agentId: 'ann', replicaId: 'ann', file: join(folder, 'ann.db'), durability };
const peer = await openReplica({ agentId: 'bob', replicaId: 'bob' });
const remote = replicaRemote(peer);
const watched = {
  ...remote,
  push: (events, ...rest) => {
    // Before the first byte would leave.
    mark(
      'sent',
      events.map(({ event }) => event),
    );
    return remote.push(events, ...rest);
  },
};

for (let life = 0; life < 2; life += 1) {
  const ann = await openReplica(options);
  mark('acknowledged', [await ann.create('task', `t${life}`, { title: 'Ours' })]);
  mark('acknowledged', await ann.commit([write.create('task', `a${life}`, {}), write.create('task', `b${life}`, {})]));
  const sync = ann.connect(watched);
  await sync.now();
  await peer.update('task', `t${life}`, { title: 'Theirs' });
  mark('acknowledged', [await ann.update('task', `t${life}`, { title: 'Ours again' })]);
  await sync.now();
  mark(
    'acknowledged',
    await Promise.all(Array.from({ length: 5 }, (_, index) => ann.create('task', `g${life}-${index}`, {}))),
  );
  const foreign = Array.from({ length: 20 }, (_, index) => ({
    eventId: `foreign ${life} ${index}`,
    replicaId: `cy ${life}`,
    seq: index + 1,
    agentId: 'cy',
    resourceType: 'task',
    resourceId: `c${index % 4}`,
    operation: 'update',
    timestamp: '2026-02-02T10:00:00.000Z',
    counter: index,
    parents: [],
    payload: { title: `Foreign ${index}` },
    schemaVersion: 1,
  }));
  await ann.import(foreign);
  mark('acknowledged', foreign);
  await sync.close();
  await ann.close();
}
await peer.close();
