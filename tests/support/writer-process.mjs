// A program that writes to a replica's file until told how much, and says what was acknowledged.
import { appendFileSync } from 'node:fs';

const [library, file, agent, from, to, acknowledged] = process.argv.slice(2);
const { openReplica } = await import(library);
const replica = await openReplica({ file, agentId: agent });
const groupSize = 50;

for (let start = Number(from); start < Number(to); start += groupSize) {
  const writes = [];
  for (let index = start; index < Math.min(start + groupSize, Number(to)); index += 1)
    writes.push(
      replica
        .create('note', `${agent}-${index}`, { index, by: agent })
        .then(({ eventId }) => `${agent}-${index} ${eventId}`),
    );
  // What stands in this file was acknowledged before: it must be found again, whatever happens next.
  appendFileSync(acknowledged, `${(await Promise.all(writes)).join('\n')}\n`);
}
await replica.close();
