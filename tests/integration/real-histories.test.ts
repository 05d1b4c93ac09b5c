/**
 * Real git histories with known truth: whatever order their events come in, the state is the
 * same, and at each of 262 merges the conflicts are exactly those that git found (R12 to R20,
 * guarantee 1).
 *
 * `npm test` takes every eighth of the merges, and no order but this one and the reverse; `npm run test:long` takes all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openReplica, type ConflictView, type Replica } from '../../src/index.js';
import { randomFrom } from '../support/histories/deliveries.js';
import { isLong } from '../support/long.js';
import { sharedData } from '../support/shared-data.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const minutes = 60_000;
const shuffles = isLong ? [1, 2, 3] : [];
const cutsApart = isLong ? 1 : 8;

const linesOf = (path: string): Record<string, unknown>[] =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const shuffled = <Item>(items: readonly Item[], seed: number): Item[] => {
  const random = randomFrom(seed);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
};

interface ExpectedCut {
  readonly merge: string;
  readonly cut: Readonly<Record<string, number>>;
  readonly conflicts: Readonly<Record<string, { readonly siblings: readonly string[]; readonly type: string }>>;
}

const stores = [
  { store: 'memory', open: () => openReplica({ agentId: 'reader' }) },
  { store: 'file', open: () => openReplica({ agentId: 'reader', file: join(temporaryFolder(), 'history.db') }) },
] as const;

const imported = async (open: () => Promise<Replica>, events: readonly unknown[]): Promise<Replica> => {
  const replica = await open();
  const report = await replica.import(events);

  expect(report.rejected).toEqual([]);
  expect(await replica.parked()).toEqual([]);
  return replica;
};

/** Reversed and shuffled the events come to the same state. */
const expectSameDigest = async (
  open: () => Promise<Replica>,
  events: readonly unknown[],
  digest: string,
): Promise<void> => {
  for (const order of [[...events].reverse(), ...shuffles.map((seed) => shuffled(events, seed))]) {
    const replica = await imported(open, order);
    expect(await replica.digest()).toBe(digest);
    await replica.close();
  }
};

/** One conflict a path: where existence is disputed, the file names that one alone. */
const byPath = (conflicts: readonly ConflictView[]): Record<string, { siblings: string[]; type: string }> => {
  const found: Record<string, { siblings: string[]; type: string }> = {};
  for (const { resourceId, conflictType, siblings } of conflicts)
    if (found[resourceId] === undefined || conflictType === 'delete_update')
      found[resourceId] = { siblings: siblings.map(({ eventId }) => eventId).sort(), type: conflictType };
  return found;
};

describe.each(stores)('on the $store store', ({ open }) => {
  const git = sharedData('git-automerge-repo.bundle.ndjson.gz');
  const cuts = sharedData('git-automerge-repo.cuts.ndjson.gz');
  const items = sharedData('work-items.bundle.ndjson.gz');

  test.skipIf(git === undefined || cuts === undefined)(
    'every merge of the git history has the conflicts that git found, and every order gives one state',
    async () => {
      const events = linesOf(git ?? '');
      const first = await imported(open, events);
      const expected = linesOf(cuts ?? '') as unknown as ExpectedCut[];
      expect(expected).toHaveLength(262);
      for (const { merge, cut, conflicts } of expected.filter((_, index) => index % cutsApart === 0)) {
        const truth = Object.entries(conflicts).map(([path, { siblings, type }]) => [
          path,
          { siblings: [...siblings].sort(), type },
        ]);
        expect(byPath(await first.at(cut).conflicts()), `at merge ${merge}`).toEqual(Object.fromEntries(truth));
      }

      const digest = await first.digest();
      expect((await first.verify()).problems).toEqual([]);
      await first.close();
      await expectSameDigest(open, events, digest);
    },
    5 * minutes,
  );

  test.skipIf(items === undefined)(
    'the work items come to one state in every order',
    async () => {
      const events = linesOf(items ?? '');
      const first = await imported(open, events);
      const digest = await first.digest();
      expect((await first.verify()).problems).toEqual([]);
      await first.close();
      await expectSameDigest(open, events, digest);
    },
    5 * minutes,
  );
});
