// A program that appends to a hub's file until told how much, and says what was acknowledged.
import { appendFileSync } from 'node:fs';
import { createHash } from 'node:crypto';

const [library, file, replicaId, to, acknowledged] = process.argv.slice(2);
const { openSqliteHubLog } = await import(new URL('adapters/hub/log/index.js', library));
const { parseEventOrThrow } = await import(new URL('domain/events/parse.js', library));
const batchSize = 10;
const receivedAt = '2026-11-22T12:00:00.000Z';
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const log = openSqliteHubLog({ file, busyTimeoutMs: 60_000 });
const start = (await log.heads([replicaId])).get(replicaId).seq;

const eventOf = (seq) =>
  parseEventOrThrow(
    {
      eventId: `event of ${replicaId}:${seq}`,
      replicaId,
      seq,
      agentId: replicaId,
      resourceType: 'task',
      resourceId: `resource ${seq % 20}`,
      operation: 'update',
      timestamp: '2026-02-02T10:00:00.000Z',
      counter: 0,
      parents: seq > 20 ? [`${replicaId}:${seq - 20}`] : [],
      payload: { by: replicaId, seq },
      schemaVersion: 1,
    },
    sha256,
  );

for (let first = start + 1; first <= Number(to); first += batchSize) {
  const batch = Array.from({ length: batchSize }, (_, index) => ({ sealed: eventOf(first + index) }));
  await log.append(batch, receivedAt);
  // What stands in this file was acknowledged before: it must be found again, whatever happens next.
  appendFileSync(acknowledged, `${batch.map(({ sealed }) => sealed.dot).join('\n')}\n`);
}
await log.close();
