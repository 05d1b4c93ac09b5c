/** What leaves is marked as offered before its first byte does, whatever becomes of the answer (R7). */
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { openReplica, replicaRemote, type Remote } from '../../src/index.js';

test.each(['arrives', 'is lost'])(
  'what a remote is given was marked as offered before, if the answer %s',
  async (fate) => {
    const store = createMemoryStore();
    const laptop = await openReplica({ agentId: 'ada', replicaId: 'laptop', store });
    const phone = await openReplica({ agentId: 'bob', replicaId: 'phone' });
    for (const id of ['f1', 'f2', 'f3']) await laptop.create('feature', id, { status: 'todo' });
    const inner = replicaRemote(phone);
    const given: { readonly seq: number; readonly offeredSeq: number | undefined }[] = [];
    const remote: Remote = {
      ...inner,
      capabilities: { ...inner.capabilities, pushMax: 2 },
      push: async (events, signal, options) => {
        const { replica } = await store.facts();
        for (const { event } of events) given.push({ seq: event.seq, offeredSeq: replica?.offeredSeq });
        const verdicts = await inner.push(events, signal, options);
        if (fate === 'is lost') throw new Error('the line is dead');
        return verdicts;
      },
    };

    const connection = laptop.connect(remote);
    await connection.now().catch(() => undefined);
    await connection.close();

    expect(given.length).toBeGreaterThan(0);
    for (const { seq, offeredSeq } of given) expect(offeredSeq).toBeGreaterThanOrEqual(seq);
    expect((await store.facts()).replica?.offeredSeq).toBe(fate === 'is lost' ? 2 : 3);
  },
);
