// A replica that writes to what others write to as well, live at a hub over a bad network, until it
// has done its share or is killed. Whatever it says in its file was acknowledged to it.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const [settings] = process.argv.slice(2);
const { library, file, name, url, token, acknowledged, share, perSecond, seed } = JSON.parse(settings);
const { byField, definePolicy, hubRemote, isReknitError, lastWriteWins, openReplica, userChoice } = await import(
  library
);
const groupSize = 10;
const resources = 120;
const fields = ['title', 'status', 'owner', 'note'];

let state = seed | 0;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
const oneOf = (list) => list[Math.floor(random() * list.length)];

/** Says now and then everything twice, and believes either answer. */
const repeating = async (address, init) => {
  const first = fetch(address, init);
  if (random() > 0.15) return first;
  if (random() < 0.5) await first.catch(() => undefined);
  const [one, other] = [first, fetch(address, init)];
  const [heard, ignored] = random() < 0.5 ? [one, other] : [other, one];
  ignored.then(
    (response) => response.body?.cancel(),
    () => undefined,
  );
  return heard;
};

// What people decide and what rules decide, both.
const policy = definePolicy({
  name: 'chaos',
  version: 1,
  default: byField({ status: userChoice(), otherwise: lastWriteWins() }),
});
const replica = await openReplica({ file, agentId: name, replicaId: name, policy });
const connection = replica.connect(hubRemote({ url, token, fetch: repeating, timeoutMs: 3_000, pingMs: 1_000 }), {
  live: true,
  retry: { firstDelayMs: 20, delayMsMax: 400 },
  intervalMs: 500,
  leaseMs: 300,
});
process.stdout.write('started\n');

const writeOne = async () => {
  const type = oneOf(['task', 'note']);
  const id = `${Math.floor(random() * resources)}`;
  const payload = { [oneOf(fields)]: Math.floor(random() * 1_000) };
  const chance = random();
  const view = await replica.get(type, id);
  if (view === undefined || view.deleted) return replica.create(type, id, payload);
  if (chance < 0.05) return replica.delete(type, id);
  if (chance < 0.25 && view.conflicts.length > 0) {
    const conflict = await replica.conflicts.get(oneOf(view.conflicts));
    if (conflict?.status === 'pending_review' && conflict.siblings.length > 0)
      return replica.conflicts.resolve(conflict.conflictId, { choose: oneOf(conflict.siblings).eventId });
  }
  return replica.update(type, id, payload);
};

/** What others have decided or deleted meanwhile is refused, and is no write. */
const attempt = async () => {
  try {
    return await writeOne();
  } catch (error) {
    if (!isReknitError(error)) throw error;
    return undefined;
  }
};

let done = existsSync(acknowledged) ? readFileSync(acknowledged, 'utf8').split('\n').length - 1 : 0;
let due = Date.now();
while (done < share) {
  const events = await Promise.all(Array.from({ length: Math.min(groupSize, share - done) }, attempt));
  const ids = events.flatMap((event) => (event === undefined ? [] : [event.eventId]));
  if (ids.length > 0) appendFileSync(acknowledged, ids.map((id) => `${id}\n`).join(''));
  done += ids.length;
  due = Math.max(due + (ids.length / perSecond) * 1_000, Date.now() - 2_000);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())));
}
await connection.synced();
