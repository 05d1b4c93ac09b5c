/**
 * Hub logs under random histories. What becomes of an event is a function of what was sent (against a
 * naive model), the log is a causal order, and batches leave no trace in it (H1 to H10, H13).
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryHubLog, openSqliteHubLog } from '../../src/adapters/hub/log/index.js';
import type { HubEntry, HubLog, HubSubmission, HubVerdict } from '../../src/application/ports/hub-log.js';
import { arbitraryAbuse, arbitraryDelivery, decisionsOn } from '../support/hub-log-model.js';
import { propertyOptions } from '../support/property-options.js';
import { createFolder } from '../support/temporary-folder.js';

const receivedAt = '2026-11-22T12:00:00.000Z';
const cuts = (): fc.Arbitrary<readonly number[]> => fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });

/** Appends in batches of these sizes, again and again. */
const appendInBatches = async (
  log: HubLog,
  submissions: readonly HubSubmission[],
  sizes: readonly number[],
  between: (log: HubLog) => HubLog = (same) => same,
): Promise<{ readonly log: HubLog; readonly verdicts: readonly HubVerdict[] }> => {
  const verdicts: HubVerdict[] = [];
  let current = log;
  for (let start = 0, turn = 0; start < submissions.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    verdicts.push(...(await current.append(submissions.slice(start, start + size), receivedAt)));
    current = between(current);
    start += size;
  }
  return { log: current, verdicts };
};

const entriesOf = async (log: HubLog): Promise<readonly HubEntry[]> =>
  (await log.read({ after: 0, limit: 10_000, bytesMax: Number.MAX_SAFE_INTEGER })).entries;

const linesByPages = async (log: HubLog, from: number): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (;;) {
    const { entries, more } = await log.read({ after: from + lines.length, limit: 3, bytesMax: 1_000 });
    lines.push(...entries.map(line));
    if (!more) return lines;
  }
};

const line = (entry: HubEntry): string =>
  entry.type === 'event'
    ? `${entry.position} ${entry.sealed.dot} ${entry.sealed.hash}`
    : `${entry.position} ${entry.refusal.dot} ${entry.refusal.hash} ${entry.refusal.code}`;

const decided = (entry: HubEntry): readonly [string, string] =>
  entry.type === 'event' ? [entry.sealed.dot, 'accepted'] : [entry.refusal.dot, entry.refusal.code];

const sorted = (pairs: Iterable<readonly [string, string]>): readonly (readonly [string, string])[] =>
  [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));

test('what becomes of an event depends on what was sent, never on order, repetition or batches', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryDelivery(), cuts(), fc.boolean(), async (submissions, sizes, repeats) => {
      const log = createMemoryHubLog();
      const expected = decisionsOn(submissions);

      const { verdicts } = await appendInBatches(log, submissions, sizes);
      if (repeats) await appendInBatches(log, [...submissions].reverse(), sizes);

      const entries = await entriesOf(log);
      expect(sorted(entries.map(decided))).toEqual(sorted(expected.byDot));
      expect((await log.counts()).parked).toBe(submissions.length - expected.byDot.size);
      const heads = await log.heads([...expected.heads.keys()]);
      expect(new Map([...heads].map(([replicaId, { seq }]) => [replicaId, seq]))).toEqual(expected.heads);
      verdicts.forEach((verdict, index) => {
        if (verdict.type === 'accepted')
          expect(decided(entries[verdict.position - 1] as HubEntry)[0]).toBe(submissions[index]?.sealed.dot);
      });
    }),
    propertyOptions({ numRuns: 300 }),
  );
});

test('the log is a causal order without gaps in its positions, and no content stands in it twice', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryAbuse(), cuts(), async (submissions, sizes) => {
      const log = createMemoryHubLog();
      await appendInBatches(log, submissions, sizes);

      const entries = await entriesOf(log);
      const accepted = new Set<string>();
      entries.forEach((entry, index) => {
        expect(entry.position).toBe(index + 1);
        if (entry.type === 'refusal') return;
        const { event, hash } = entry.sealed;
        for (const parent of event.parents) expect(accepted).toContain(`${parent} on ${event.resourceId}`);
        accepted.add(`${entry.sealed.dot} on ${event.resourceId}`);
        expect(accepted).not.toContain(hash);
        accepted.add(hash);
      });
      const refused = entries.flatMap((entry) => (entry.type === 'refusal' ? [entry.refusal.hash] : []));
      expect(new Set(refused).size).toBe(refused.length);
    }),
    propertyOptions({ numRuns: 200 }),
  );
});

test('batches leave no trace: the same entries, the same verdicts afterwards, with forks, retries and little room', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryAbuse(), cuts(), fc.integer({ min: 1, max: 30 }), async (submissions, sizes, room) => {
      const parking = { eventsMax: room, eventsPerAuthorMax: Math.ceil(room / 2) };
      const one = createMemoryHubLog({ parking });
      const other = createMemoryHubLog({ parking });

      await appendInBatches(one, submissions, [1]);
      await appendInBatches(other, submissions, sizes);

      expect((await entriesOf(other)).map(line)).toEqual((await entriesOf(one)).map(line));
      expect(await other.counts()).toEqual(await one.counts());
      expect(await other.append(submissions, receivedAt)).toEqual(await one.append(submissions, receivedAt));
    }),
    propertyOptions({ numRuns: 200 }),
  );
});

test('a log in a file, closed and opened between batches, decides as one in memory does', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryAbuse(), cuts(), fc.integer({ min: 3, max: 60 }), async (submissions, sizes, room) => {
      const { path, remove } = createFolder();
      const options = { file: join(path, 'hub.db'), parking: { eventsMax: room } };
      const memory = createMemoryHubLog({ parking: options.parking });
      let turn = 0;
      let opened = openSqliteHubLog(options);
      // Another process on the same file, which keeps what it appended itself in memory.
      const other = openSqliteHubLog({ ...options, recentCharsMax: 2_000 });
      const nextLog = (): HubLog => {
        turn += 1;
        if (turn % 4 === 1) return other;
        if (turn % 4 !== 3) return opened;
        void opened.close();
        opened = openSqliteHubLog(options);
        return opened;
      };
      try {
        const expected = await appendInBatches(memory, submissions, sizes);
        const { verdicts } = await appendInBatches(opened, submissions, sizes, nextLog);

        expect(verdicts).toEqual(expected.verdicts);
        const lines = (await entriesOf(memory)).map(line);
        for (const log of [opened, other])
          for (const from of [0, Math.floor(lines.length / 2), Math.max(0, lines.length - 2)])
            expect(await linesByPages(log, from)).toEqual(lines.slice(from));
        expect(await opened.counts()).toEqual(await memory.counts());
        const replicas = submissions.map(({ sealed }) => sealed.event.replicaId);
        expect(await opened.heads(replicas)).toEqual(await memory.heads(replicas));
      } finally {
        await opened.close();
        await other.close();
        remove();
      }
    }),
    propertyOptions({ numRuns: 40 }),
  );
});

test('what is given up is given up alike by every log, which stays a causal order without gaps', async () => {
  const drops = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(arbitraryAbuse(), cuts(), drops, async (submissions, sizes, given) => {
      const { path, remove } = createFolder();
      const memory = createMemoryHubLog();
      const file = openSqliteHubLog({ file: join(path, 'hub.db') });
      try {
        let turn = 0;
        const between = async (): Promise<void> => {
          const [at, count] = given[(turn += 1) % given.length] ?? [0, 1];
          const { items } = await memory.parked({ after: 0, limit: 1_000 });
          const dots = items.slice(at % (items.length + 1)).slice(0, count);
          const choice = { dots: dots.map(({ sealed }) => sealed.dot) };
          expect(await file.dropParked(choice, receivedAt)).toBe(await memory.dropParked(choice, receivedAt));
        };
        for (let start = 0, size = 1; start < submissions.length; start += size) {
          size = sizes[turn % sizes.length] ?? 1;
          const batch = submissions.slice(start, start + size);
          expect(await file.append(batch, receivedAt)).toEqual(await memory.append(batch, receivedAt));
          await between();
        }

        const entries = await entriesOf(memory);
        expect((await entriesOf(file)).map(line)).toEqual(entries.map(line));
        expect(await file.counts()).toEqual(await memory.counts());
        const replicas = submissions.map(({ sealed }) => sealed.event.replicaId);
        expect(await file.heads(replicas)).toEqual(await memory.heads(replicas));
        const [here, there] = await Promise.all([memory, file].map((log) => log.parked({ after: 0, limit: 1_000 })));
        const waiting = (page: typeof here): unknown =>
          page?.items.map(({ sealed, reason, waits }) => [sealed.dot, sealed.hash, reason, [...waits].sort()]);
        expect(waiting(there)).toEqual(waiting(here));
        expect(here?.items.length).toBe((await memory.counts()).parked);
        const accepted = new Set<string>();
        for (const [index, entry] of entries.entries()) {
          expect(entry.position).toBe(index + 1);
          if (entry.type === 'refusal') continue;
          const { event } = entry.sealed;
          for (const parent of event.parents) expect(accepted).toContain(`${parent} on ${event.resourceId}`);
          accepted.add(`${entry.sealed.dot} on ${event.resourceId}`);
        }
      } finally {
        await file.close();
        remove();
      }
    }),
    propertyOptions({ numRuns: 40 }),
  );
});
