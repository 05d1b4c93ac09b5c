// Looks at a replica after everything: brings it into step with the hub, and says what is in it.
import { writeFileSync } from 'node:fs';

const [settings] = process.argv.slice(2);
const { library, file, name, url, token, events: destination, rounds } = JSON.parse(settings);
const { hubRemote, openReplica } = await import(library);

const replica = await openReplica({ file, agentId: name });
const connection = replica.connect(hubRemote({ url, token }), { leaseMs: 300 });
for (let round = 0; round < rounds; round += 1) await connection.now();
await connection.close();
if (destination !== undefined) {
  const lines = [];
  for await (const { sealed } of replica.services.log.query())
    lines.push(`${sealed.dot} ${sealed.hash} ${sealed.event.eventId}\n`);
  writeFileSync(destination, lines.join(''));
  const { ok, problemCount, problems } = await replica.verify();
  const { parked, voids, localOnly, rejected, refusedForeign, conflictsPending, replicaId } = await replica.status();
  const status = { parked, voids, localOnly, rejected, refusedForeign };
  const found = { digest: await replica.digest(), replicaId, ok, problemCount, problems: problems.slice(0, 5), status };
  process.stdout.write(`${JSON.stringify({ ...found, conflictsPending })}\n`);
}
await replica.close();
