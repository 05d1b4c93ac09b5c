/**
 * One system, or the floor, in a process of its own: it lays the job out on files (`prepare`), or does the reconnect
 * once and says what it took and what became of the conflicts (`reconnect`). One system alone is loaded, so that the
 * memory is its own.
 *
 * Before a time counts, the whole job runs once in small, so that nobody pays for code that runs the first time. Where
 * the memory counts it does not, since what it leaves behind would be part of the peak.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { floorRowsOf, openFloor } from '../../support/floor.js';
import { timed } from '../../support/measure.js';
import { offlineWork, type OfflineWork, type OfflineWorkSize } from '../../support/offline-work.js';
import { loadSystem, type SystemName } from '../systems/systems.js';
import { offlineRows } from './offline-rows.js';
import { bytesIn } from './folders.js';
import { outcomeOf, type Outcome } from './outcome.js';
import { shownBy } from './shown.js';
import type { PeerReplica, PeerSystem } from './peer-system.js';
import { followOrder, tellStage } from './order.js';

export type ReconnectOrder = {
  readonly do: 'prepare' | 'reconnect' | 'floor';
  readonly system: SystemName;
  readonly folder: string;
  readonly warm?: boolean;
} & OfflineWorkSize;

export interface Reconnected {
  readonly openMs: number;
  readonly syncMs: number;
  readonly syncs: number;
  /** Of both replicas together, closed. */
  readonly diskBytes: number;
  /** Resident with the system loaded, and the most until both were equal. */
  readonly idleBytes: number;
  readonly peakBytes: number;
  readonly outcome: Outcome;
  /** A hash of what both show. */
  readonly shown: string;
}

const small: OfflineWorkSize = { resources: 200, updatesASide: 1_000 };
const syncsMax = 5;

interface Pair {
  readonly left: PeerReplica;
  readonly right: PeerReplica;
}

const openPair = async (system: PeerSystem, folder: string): Promise<Pair> => {
  const open = (name: 'left' | 'right', agent: string): Promise<PeerReplica> => {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    return system.open({ folder: own, name, agent });
  };
  return { left: await open('left', 'ada'), right: await open('right', 'bob') };
};

const closePair = async ({ left, right }: Pair): Promise<void> => {
  await left.close();
  await right.close();
};

const layOut = async (system: PeerSystem, { left, right }: Pair, work: OfflineWork): Promise<void> => {
  await left.create(work.features);
  await system.sync(left, right);
  await left.update(work.left);
  await right.update(work.right);
};

const isEqual = async ({ left, right }: Pair): Promise<boolean> => (await shownBy(left)) === (await shownBy(right));

// Node gives kilobytes on every system.
const peakBytes = (): number => process.resourceUsage().maxRSS * 1_024;

/** Syncs until both show the same: milliseconds of the syncs, without the looks in between. */
const syncUntilEqual = async (
  system: PeerSystem,
  pair: Pair,
): Promise<{ readonly syncMs: number; readonly syncs: number; readonly peakBytes: number }> => {
  let syncMs = 0;
  for (let syncs = 1; syncs <= syncsMax; syncs += 1) {
    syncMs += await timed(() => system.sync(pair.left, pair.right));
    const peak = peakBytes();
    if (await isEqual(pair)) return { syncMs, syncs, peakBytes: peak };
  }
  throw new Error(`${system.name}: the replicas differ after ${syncsMax} syncs`);
};

const doInSmall = async (system: PeerSystem, folder: string): Promise<void> => {
  const pair = await openPair(system, join(folder, 'warm'));
  await layOut(system, pair, offlineWork(small));
  await syncUntilEqual(system, pair);
  await closePair(pair);
};

const reconnect = async ({ system: name, folder, warm, ...size }: ReconnectOrder): Promise<Reconnected> => {
  const system = await loadSystem(name);
  if (warm === true) await doInSmall(system, folder);
  const work = offlineWork(size);
  globalThis.gc?.();
  const idleBytes = process.memoryUsage.rss();
  let pair: Pair | undefined;
  const openMs = await timed(async () => {
    pair = await openPair(system, folder);
  });
  if (pair === undefined) throw new Error('nothing was opened');
  // What keeps nothing is laid out where it is used.
  if (system.survives === 'nothing') {
    tellStage('recording');
    await layOut(system, pair, work);
  }
  tellStage('syncing');
  const { syncMs, syncs, peakBytes } = await syncUntilEqual(system, pair);
  tellStage('asking');
  const outcome = await outcomeOf(pair.left, work);
  const shown = createHash('sha256')
    .update(await shownBy(pair.left))
    .digest('hex');
  await closePair(pair);
  const diskBytes = bytesIn(join(folder, 'left')) + bytesIn(join(folder, 'right'));
  return { openMs, syncMs, syncs, diskBytes, idleBytes, peakBytes, outcome, shown };
};

const prepare = async ({ system: name, folder, ...size }: ReconnectOrder): Promise<Record<string, never>> => {
  const system = await loadSystem(name);
  const pair = await openPair(system, folder);
  await layOut(system, pair, offlineWork(size));
  await closePair(pair);
  return {};
};

const floor = async ({ folder, ...size }: ReconnectOrder): Promise<{ readonly syncMs: number }> => {
  const run = async (of: OfflineWorkSize): Promise<number> => {
    const rows = floorRowsOf(offlineRows(offlineWork(of)));
    const opened = openFloor(join(folder, `floor-${of.updatesASide}.db`));
    const ms = await timed(() => opened.store(rows));
    opened.close();
    return ms;
  };
  await run({ ...small, updatesASide: small.updatesASide - 1 });
  tellStage('syncing');
  return { syncMs: await run(size) };
};

const programs = { prepare, reconnect, floor };
await followOrder((order) => {
  const asked = order as ReconnectOrder;
  return programs[asked.do](asked);
});
