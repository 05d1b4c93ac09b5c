/**
 * A replica in a process of its own, as it is on a device of its own. It does what it is told in lines of JSON, one
 * after the other, and answers each in one: `open` a file and a hub, `sync` once, `ask` how it stands, `close`.
 */
import { createInterface } from 'node:readline';
import { hubRemote, openReplica, type Replica, type SyncConnection } from 'reknit';

export type ReplicaOrder =
  | { readonly do: 'open'; readonly file: string; readonly url: string; readonly compress: boolean }
  | { readonly do: 'sync' | 'ask' | 'close' };

export interface ReplicaAnswer {
  readonly digest?: string;
  readonly events?: number;
  readonly conflicts?: number;
}

let replica: Replica | undefined;
let connection: SyncConnection | undefined;

const follow = async (order: ReplicaOrder): Promise<ReplicaAnswer> => {
  switch (order.do) {
    case 'open':
      replica = await openReplica({ file: order.file, agentId: 'bench' });
      connection = replica.connect(hubRemote({ url: order.url, compress: order.compress }));
      // What was left over before is not to be collected on this one's time.
      globalThis.gc?.();
      return {};
    case 'sync':
      await connection?.now();
      return {};
    case 'ask': {
      if (replica === undefined) return {};
      const { events } = await replica.status();
      return {
        digest: await replica.digest(),
        events,
        conflicts: (await replica.conflicts.report({ limit: 1 })).total,
      };
    }
    case 'close':
      await connection?.close();
      await replica?.close();
      return {};
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await follow(JSON.parse(line) as ReplicaOrder);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
