/**
 * A key-value store on LevelDB, as `classic-level` brings it: ordered keys, and batches that are
 * written whole. Keys are ASCII, so its order by bytes is the order of the contract. What LevelDB
 * does not have is a write that checks first. One process at a time opens a database, so here the
 * writes of this process stand in line, and each looks before it writes.
 */
import { ClassicLevel } from 'classic-level';
import type { KeyValueStore } from 'reknit/application';

export const openLevelKeyValueStore = async (
  folder: string,
  durability: 'power' | 'process' = 'power',
): Promise<KeyValueStore> => {
  const level = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  await level.open();
  let lastWrite: Promise<unknown> = Promise.resolve();

  return {
    // With `sync` a batch is on the disk when it is answered; without, the system has it.
    capabilities: { multiProcess: false, durability },
    getMany: (keys) => level.getMany([...keys]),
    // An iterator sees the database as it was when it was made, and so does `getMany`.
    scan: ({ from, before, limit }) => level.iterator({ gte: from, lt: before, limit }).all(),
    write: ({ ifUnchanged, changes }) => {
      const writing = lastWrite.then(async () => {
        const now = await level.getMany(ifUnchanged.map(([key]) => key));
        if (ifUnchanged.some(([, expected], index) => now[index] !== expected)) return false;
        const batch = changes.map(([key, value]) =>
          value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
        );
        await level.batch(batch, { sync: durability === 'power' });
        return true;
      });
      // One that failed is told to its caller, and keeps nobody else from writing.
      lastWrite = writing.catch(() => undefined);
      return writing;
    },
    close: async () => {
      await lastWrite;
      await level.close();
    },
  };
};
