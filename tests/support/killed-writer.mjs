// A replica that does everything that it can, again and again, until it is killed, and says what was acknowledged.
import { appendFileSync } from 'node:fs';

const [library, file, bundle, acknowledged, seedText] = process.argv.slice(2);
const { bundleRemote, openReplica, write } = await import(library);

// Mulberry32: what is done depends on the seed, when it ends does not.
let state = Number(seedText) >>> 0;
const random = (below) => {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
};

// What stands in this file was acknowledged before: it must be found again, whatever happens next.
const acknowledge = (events) => {
  if (events.length > 0) appendFileSync(acknowledged, events.map(({ eventId }) => `${eventId}\n`).join(''));
};

const replica = await openReplica({ file, agentId: 'ann', durability: random(2) === 0 ? 'power' : 'process' });
const sync = replica.connect(bundleRemote({ file: bundle }));
const round = `${seedText}-${process.pid}`;
let count = 0;
const name = () => `t${round}-${(count += 1)}`;
const foreign = (seq, at) => ({
  eventId: `foreign ${round} ${seq}`,
  replicaId: `other ${round}`,
  seq,
  agentId: 'bob',
  resourceType: 'task',
  resourceId: `their ${round} ${seq % 5}`,
  operation: at === undefined ? 'create' : 'update',
  timestamp: '2026-02-02T10:00:00.000Z',
  counter: seq,
  parents: at === undefined ? [] : [`other ${round}:${at}`],
  payload: { title: `foreign ${seq}` },
  schemaVersion: 1,
});
let foreignSeq = 0;

const deeds = [
  async () => acknowledge([await replica.create('task', name(), { title: 'new' })]),
  async () => {
    const id = name();
    const created = await replica.create('task', id, { title: 'new' });
    acknowledge([created, await replica.update('task', id, { title: 'newer' })]);
  },
  async () =>
    acknowledge(
      await replica.commit(Array.from({ length: 20 }, () => write.create('task', name(), { title: 'one of many' }))),
    ),
  async () => acknowledge(await Promise.all(Array.from({ length: 10 }, () => replica.create('task', name(), {})))),
  async () => {
    const events = Array.from({ length: 30 }, () => {
      foreignSeq += 1;
      return foreign(foreignSeq, foreignSeq > 5 ? foreignSeq - 5 : undefined);
    });
    await replica.import(events);
    acknowledge(events);
  },
  async () => {
    await sync.now();
  },
];
for (;;) {
  // Whoever kills counts these, so that how fast the machine is makes no difference.
  process.stdout.write('.');
  await deeds[random(deeds.length)]();
}
