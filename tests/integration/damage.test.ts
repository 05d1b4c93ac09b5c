/**
 * Damaged files (I17, I18): a bit that flips anywhere is either of no consequence or found and named; a damaged event
 * is never served, sent or merged with; and a repair brings back what a peer, a hub or a bundle has, names what is
 * lost, and adds to the audit trail without rewriting it.
 */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database, { type Database as Driver } from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  bundleRemote,
  definePolicy,
  isReknitError,
  openReplica,
  repairReplica,
  replicaRemote,
  userChoice,
  type Replica,
} from '../../src/index.js';
import { isLong } from '../support/long.js';
import { call } from '../support/program.js';
import { propertyOptions } from '../support/property-options.js';
import { collect, meet, storyStartMs } from '../support/site.js';
import { createFolder, temporaryFolder } from '../support/temporary-folder.js';

const policy = definePolicy({ name: 'people', version: 1, default: userChoice() });
const clock = (): number => storyStartMs;

const opened = async (file: string, name = 'ann'): Promise<Replica> =>
  openReplica({ file, agentId: name, replicaId: name, policy, clock, durability: 'process' });

interface Pair {
  readonly folder: string;
  readonly file: string;
  readonly peer: Replica;
  readonly digest: string;
  readonly auditHead: { readonly count: number; readonly hash: string };
}

/** A replica on a closed file, with conflicts, a decision and things of its own; its peer has everything. */
const pairIn = async (folder: string, events = 60): Promise<Pair> => {
  const file = join(folder, 'ann.db');
  const ann = await opened(file);
  const peer = await openReplica({ agentId: 'bob', replicaId: 'bob', policy, clock });
  for (let index = 0; index < events / 3; index += 1)
    await ann.create('task', `t${index}`, { title: `Paint the door ${index}`, status: 'todo' });
  await meet(ann, peer);
  for (let index = 0; index < events / 3; index += 1) {
    await ann.update('task', `t${index}`, { title: `Ours ${index}` }, { note: 'as we said' });
    if (index % 2 === 0) await peer.update('task', `t${index}`, { title: `Theirs ${index}` });
  }
  await meet(ann, peer);
  const [first] = await ann.conflicts.list({ status: 'pending_review' });
  await ann.conflicts.resolve(first?.conflictId ?? '', { choose: 'local' });
  await meet(ann, peer);
  const digest = await ann.digest();
  const auditHead = await ann.audit.head();
  await ann.close();
  return { folder, file, peer, digest, auditHead };
};

const pair = async (): Promise<Pair> => {
  const made = await pairIn(temporaryFolder());
  onTestFinished(() => made.peer.close());
  return made;
};

/** Changes rows as a defective disk would: nothing of the layout stands in the way. */
const change = (file: string, ...statements: readonly string[]): void => {
  const driver: Driver = new Database(file);
  for (const trigger of ['audit_is_never_changed', 'audit_is_never_deleted']) driver.exec(`DROP TRIGGER ${trigger}`);
  for (const statement of statements) driver.exec(statement);
  driver.close();
};

const problemsOf = async (file: string): Promise<readonly unknown[]> => {
  const replica = await opened(file);
  try {
    return (await replica.verify()).problems;
  } finally {
    await replica.close();
  }
};

const payloadOf = (n: number): string =>
  `UPDATE event SET payload = replace(payload, 'title', 'tytle') WHERE replica = 1 AND seq = ${n}`;

describe('a damaged event', () => {
  test('is named by verify, and leaves by no way: not as history, not to a file, not to a peer (I17)', async () => {
    const { file, peer } = await pair();
    change(file, payloadOf(3));
    const ann = await opened(file);
    onTestFinished(() => ann.close());

    const { problems } = await ann.verify();
    expect(problems).toContainEqual(expect.objectContaining({ type: 'EventChanged', dot: 'ann:3' }));
    expect(problems).toContainEqual(expect.objectContaining({ type: 'StateDiffers', resourceId: 't2' }));
    const refused = [
      () => ann.history('task', 't2'),
      () => collect(ann.export()),
      () => ann.at({ ann: 40 }).get('task', 't2'),
      () => meet(peer, ann),
    ];
    for (const ask of refused)
      await expect(ask()).rejects.toMatchObject({ code: 'event_damaged', facts: { dot: 'ann:3' } });
    expect(await ann.history('task', 't7')).not.toEqual([]);
  });

  test('comes back from a peer, and so does one whose row is gone; nothing else changes (I18)', async () => {
    const { file, peer, digest, auditHead } = await pair();
    change(
      file,
      payloadOf(3),
      'DELETE FROM event WHERE replica = 1 AND seq = 11',
      "UPDATE resource SET fields = '{}' WHERE id = 5",
    );
    expect(await problemsOf(file)).toContainEqual({ type: 'SequenceGap', replicaId: 'ann', seq: 11 });

    const report = await repairReplica({ file, from: replicaRemote(peer), clock });

    expect(report).toMatchObject({ replicaId: 'ann', restored: 2, lostCount: 0, lost: [], auditDamaged: [] });
    expect(report.formerReplicaId).toBeUndefined();
    expect(report.verification.problems).toEqual([]);
    expect(existsSync(report.damagedFile)).toBe(true);
    const ann = await opened(file);
    onTestFinished(() => ann.close());
    expect(await ann.digest()).toBe(digest);
    expect((await ann.verify({ auditHead })).ok).toBe(true);
    expect((await ann.status()).localOnly).toBe(0);
    await ann.update('task', 't1', { title: 'Later' });
    await meet(ann, peer);
    expect(await peer.digest()).toBe(await ann.digest());
  });

  test('comes back from a bundle too, by the program, which keeps the damaged file', async () => {
    const { folder, file, peer, digest } = await pair();
    const bundle = join(folder, 'all.ndjson');
    const lines = (await collect(peer.export())).map((event) => `${JSON.stringify(event)}\n`);
    writeFileSync(bundle, lines.join(''));
    change(file, payloadOf(3));

    const { code, stdout } = await call(['repair', '--db', file, '--from', bundle]);

    expect([code, stdout]).toEqual([0, expect.stringContaining('1 came back, none is lost')]);
    expect(readdirSync(folder).sort()).toEqual(['all.ndjson', 'ann.db', 'ann.db.damaged']);
    const ann = await opened(file);
    onTestFinished(() => ann.close());
    expect(await ann.digest()).toBe(digest);
  });

  test('a file of which nothing can be read is told apart from one that can be repaired', async () => {
    const file = join(temporaryFolder(), 'cut.db');
    const replica = await openReplica({ file, agentId: 'ann' });
    await replica.create('task', 't1', {});
    await replica.close();
    truncateSync(file, 5_000);

    await expect(repairReplica({ file })).rejects.toMatchObject({
      code: 'storage_corrupt',
      message: expect.stringContaining('restore a backup') as unknown,
    });
    await expect(repairReplica({ file })).rejects.not.toMatchObject({
      message: expect.stringContaining('reknit repair') as unknown,
    });
    expect(statSync(file).size).toBe(5_000);
  });

  test('of which only the hash was damaged is kept without anybody’s help', async () => {
    const { file, digest } = await pair();
    const driver = new Database(file);
    const hash = driver.prepare<[], Buffer>('SELECT hash FROM event WHERE replica = 1 AND seq = 3').pluck().get();
    const flipped = Buffer.from(hash ?? []);
    flipped[7] = (flipped[7] ?? 0) ^ 8;
    driver.prepare('UPDATE event SET hash = ? WHERE replica = 1 AND seq = 3').run(flipped);
    driver.close();
    expect(await problemsOf(file)).toContainEqual(expect.objectContaining({ type: 'EventChanged', dot: 'ann:3' }));

    expect(await repairReplica({ file, clock })).toMatchObject({ lostCount: 0, restored: 0, replicaId: 'ann' });
    const ann = await opened(file);
    onTestFinished(() => ann.close());
    expect(await ann.digest()).toBe(digest);
  });

  test('that nobody has is reported as lost, by id, and the replica goes on under another name (I18, R8)', async () => {
    const { file, peer } = await pair();
    const before = await opened(file);
    const lost = await before.create('task', 'only here', { title: 'Alone' });
    await before.create('task', 'kept', { title: 'Kept' });
    await before.close();
    change(file, payloadOf(lost.seq));

    const report = await repairReplica({ file, from: replicaRemote(peer), clock });

    expect(report.lost).toEqual([{ dot: `ann:${lost.seq}`, eventId: lost.eventId }]);
    expect(report.formerReplicaId).toBe('ann');
    expect(report.verification.problems).toEqual([]);
    const ann = await opened(file);
    onTestFinished(() => ann.close());
    expect(ann.replicaId).toBe(report.replicaId);
    expect((await ann.get('task', 'kept'))?.fields).toEqual({ title: 'Kept' });
    expect(await ann.get('task', 'only here')).toBeUndefined();
    await ann.create('task', 'after', {});
    await meet(ann, peer);
    expect(await peer.digest()).toBe(await ann.digest());
  });

  test('is not taken from who has another content for it', async () => {
    const { folder, file } = await pair();
    const ann = await opened(file);
    const events = await collect(ann.export());
    await ann.close();
    const forged = events.map((event) =>
      event.seq === 3 && event.replicaId === 'ann' ? { ...event, payload: { title: 'Forged' } } : event,
    );
    const bundle = join(folder, 'forged.ndjson');
    writeFileSync(bundle, forged.map((event) => `${JSON.stringify(event)}\n`).join(''));
    change(file, payloadOf(3));

    expect(await repairReplica({ file, from: bundleRemote({ file: bundle }), clock })).toMatchObject({
      restored: 0,
      lost: [{ dot: 'ann:3' }],
    });
  });
});

describe('damage beside the events', () => {
  test('of a state is named, and derived again from the events', async () => {
    const { file, digest } = await pair();
    change(file, "UPDATE resource SET state = substr(state, 2) WHERE resource_id = 't4'");
    expect(await problemsOf(file)).toEqual([{ type: 'StateDiffers', resourceType: 'task', resourceId: 't4' }]);
    const ann = await opened(file);
    await expect(ann.get('task', 't4')).rejects.toMatchObject({ code: 'storage_corrupt' });
    await ann.close();

    expect(await repairReplica({ file, clock })).toMatchObject({ lostCount: 0, replicaId: 'ann' });
    const again = await opened(file);
    onTestFinished(() => again.close());
    expect(await again.digest()).toBe(digest);
  });

  test.each([
    ['changed', 'UPDATE audit SET acts = (SELECT acts FROM audit WHERE n = 4) WHERE n = 5', 'ChangedEntry'],
    ['cut', 'UPDATE audit SET acts = substr(acts, 1, 9) WHERE n = 5', 'UnreadableEntry'],
    ['gone', 'DELETE FROM audit WHERE n = 5', 'Gap'],
  ])(
    'of an audit entry that was %s is named, stays as it is, and is named in the trail from then on',
    async (_, sql, type) => {
      const { file, digest, auditHead } = await pair();
      change(file, sql);
      expect(await problemsOf(file)).toEqual([{ type: 'Audit', problem: expect.objectContaining({ type }) }]);

      const report = await repairReplica({ file, clock });

      expect(report.auditDamaged.length).toBeGreaterThan(0);
      const ann = await opened(file);
      onTestFinished(() => ann.close());
      expect(await ann.digest()).toBe(digest);
      expect(await ann.verify({ auditHead })).toMatchObject({ ok: true, knownAuditDamage: report.auditDamaged });
      // What was damaged later is news all the same.
      await ann.close();
      change(file, "UPDATE audit SET time = '2020' WHERE n = 7");
      expect(await problemsOf(file)).toEqual([{ type: 'Audit', problem: { type: 'ChangedEntry', number: 7 } }]);
    },
  );

  test('a file that somebody has open is not repaired', async () => {
    const { file } = await pair();
    const ann = await opened(file);
    onTestFinished(() => ann.close());

    await expect(repairReplica({ file, clock })).rejects.toMatchObject({ code: 'storage_busy' });
    expect(readdirSync(join(file, '..')).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

describe('a bit that flips', () => {
  /** What is found of a file: `fine`, `named` in a verification, or `refused` with an error of ours. */
  const findingOf = async (
    file: string,
    { auditHead }: Pair,
  ): Promise<{ readonly finding: string; readonly digest?: string }> => {
    try {
      const replica = await opened(file);
      try {
        const { ok } = await replica.verify({ auditHead });
        if (!ok) return { finding: 'named' };
        return { finding: 'fine', digest: await replica.digest() };
      } finally {
        await replica.close();
      }
    } catch (error) {
      if (isReknitError(error)) return { finding: 'refused' };
      throw error;
    }
  };

  test('anywhere in the file is of no consequence, or found, and repaired from a peer', async () => {
    const folder = createFolder();
    const made = await pairIn(folder.path);
    const bytes = readFileSync(made.file);
    const damagedFile = join(folder.path, 'flipped.db');
    const there = new Set<string>();
    for await (const { replicaId, seq } of made.peer.export()) there.add(`${replicaId}:${seq}`);
    expect(there.size).toBeGreaterThan(0);
    let repaired = 0;
    // Most of a small file is empty room, in which a bit is of no consequence.
    const written = [...bytes.keys()].filter((index) => bytes[index] !== 0);
    const bitOfWritten = fc.nat({ max: written.length * 8 - 1 }).map((bit) => (written[bit >> 3] ?? 0) * 8 + (bit & 7));
    const anyBit = fc.oneof({ weight: 3, arbitrary: bitOfWritten }, fc.nat({ max: bytes.length * 8 - 1 }));
    try {
      await fc.assert(
        fc.asyncProperty(anyBit, async (bit) => {
          const flipped = Buffer.from(bytes);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          writeFileSync(damagedFile, flipped);
          const { finding, digest } = await findingOf(damagedFile, made);

          if (finding === 'fine') expect(digest).toBe(made.digest);
          else {
            writeFileSync(damagedFile, flipped);
            const report = await repairReplica({
              file: damagedFile,
              from: replicaRemote(made.peer),
              clock,
              policy,
            }).catch((error: unknown) => {
              // Where the file is no database any more there is nothing to be read.
              if (
                isReknitError(
                  error,
                  'not_a_database',
                  'not_a_reknit_database',
                  'database_newer',
                  'database_older',
                  'storage_corrupt',
                )
              )
                return undefined;
              throw error;
            });
            if (report !== undefined) {
              repaired += 1;
              // A counter that flipped names numbers that never were, and those nobody has.
              expect(report.lost.filter(({ dot }) => there.has(dot))).toEqual([]);
              expect(report.verification.problems).toEqual([]);
            }
          }
          for (const name of readdirSync(folder.path)) if (name.startsWith('flipped')) rmSync(join(folder.path, name));
        }),
        propertyOptions({ numRuns: isLong ? 150 : 12 }),
      );
      expect(repaired).toBeGreaterThan(0);
    } finally {
      await made.peer.close();
      folder.remove();
    }
  }, 120_000);

  test('in the log of a process that was killed is of no consequence, or found by a head that was kept', async () => {
    const folder = createFolder();
    const file = join(folder.path, 'ann.db');
    const ann = await opened(file);
    for (let index = 0; index < 20; index += 1) await ann.create('task', `t${index}`, { title: `Paint ${index}` });
    const auditHead = await ann.audit.head();
    const digest = await ann.digest();
    // As a process that was killed leaves it.
    const killed = join(folder.path, 'killed.db');
    copyFileSync(file, killed);
    const log = readFileSync(`${file}-wal`);
    const database = readFileSync(killed);
    await ann.close();
    try {
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: log.length * 8 - 1 }), async (bit) => {
          const flipped = Buffer.from(log);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          writeFileSync(killed, database);
          writeFileSync(`${killed}-wal`, flipped);
          const found = await findingOf(killed, { folder: '', file: killed, peer: ann, digest, auditHead });

          // What stands before the flip is whole; what came after it is gone, and that is told.
          if (found.finding === 'fine') expect(found.digest).toBe(digest);
          else expect(found.finding).toBe('named');
        }),
        propertyOptions({ numRuns: isLong ? 150 : 12 }),
      );
    } finally {
      folder.remove();
    }
  }, 120_000);
});
