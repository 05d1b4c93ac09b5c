/**
 * A device of the demo: a replica in a process and a file of its own, connected to the hub and live. It does what it
 * is asked to in lines of JSON, and ends when nobody can ask any more.
 */
import { createInterface } from 'node:readline';
import { hubRemote, openReplica, type Resolution, type WriteOptions } from '../../../index.js';
import { toldError } from '../../errors.js';
import { storyPolicy } from '../story-policy.js';

const [file = '', replicaId = '', agentId = '', url = ''] = process.argv.slice(2);

// The files are gone in a moment; a power cut may take them.
const replica = await openReplica({ file, replicaId, agentId, policy: storyPolicy, durability: 'process' });
// A demo is short: it is tried again sooner than anyone should.
const connection = replica.connect(hubRemote({ url }), { live: true, retry: { firstDelayMs: 100, delayMsMax: 400 } });

const type = 'feature';

/** What a device can be asked to do. */
const deeds = {
  create: async (id: string, fields: Record<string, string>) => (await replica.create(type, id, fields)).eventId,
  update: async (id: string, fields: Record<string, string>, options?: WriteOptions) =>
    (await replica.update(type, id, fields, options)).eventId,
  show: async (id: string) => (await replica.get(type, id))?.fields,
  conflicts: () => replica.conflicts.list(),
  resolve: async (conflictId: string, resolution: Resolution, note: string) =>
    (await replica.conflicts.resolve(conflictId, resolution, { note })).eventId,
  digest: () => replica.digest(),
  sync: async () => connection.status,
  status: () => replica.status(),
  verify: async () => (await replica.verify()).ok,
};

export type Deeds = typeof deeds;

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const answer = async (line: string): Promise<void> => {
  const { id, deed, given } = JSON.parse(line) as {
    readonly id: number;
    readonly deed: keyof Deeds;
    readonly given: readonly never[];
  };
  try {
    const done: unknown = await (deeds[deed] as (...parameters: readonly never[]) => unknown)(...given);
    say({ id, done });
  } catch (error) {
    say({ id, error: toldError(error) });
  }
};

say({ ready: process.pid });
for await (const line of createInterface({ input: process.stdin })) void answer(line);
await connection.close();
await replica.close();
