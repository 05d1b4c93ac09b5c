/** What a scenario is given, and what it answers: seen by running, and never known beforehand. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { shownBy } from '../support/shown.js';
import type { Found, Hub, PeerReplica, PeerSystem, ReplicaName } from '../support/peer-system.js';

export type Verdict =
  | {
      readonly type: 'run';
      /** Of what somebody wrote. */
      readonly lost: string;
      /** That two people wrote the same, or that something is wrong. */
      readonly told: string;
      readonly agreed: boolean;
    }
  | { readonly type: 'not applicable'; readonly reason: string };

export interface Stage {
  readonly system: PeerSystem;
  readonly folderOf: (name: ReplicaName) => string;
  readonly open: (name: ReplicaName, nowMs?: () => number) => Promise<PeerReplica>;
  readonly openHub: () => Promise<Hub>;
}

export type Scenario = (stage: Stage) => Promise<Verdict>;

const agents: Readonly<Record<ReplicaName, string>> = { left: 'ada', right: 'bob', third: 'cy', hub: 'hub' };

export const stageOf = (system: PeerSystem, folder: string): Stage => {
  const folderOf = (name: ReplicaName): string => join(folder, name);
  const prepared = (name: ReplicaName): string => {
    mkdirSync(folderOf(name), { recursive: true });
    return folderOf(name);
  };
  const open: Stage['open'] = (name, nowMs) =>
    system.open({
      folder: prepared(name),
      name,
      agent: agents[name],
      ...(nowMs === undefined ? {} : { nowMs }),
    });
  return {
    system,
    folderOf,
    open,
    openHub: async () => {
      if (system.openHub !== undefined) return system.openHub(prepared('hub'));
      // Where a hub is nothing special, it is one more replica.
      const hub = await open('hub');
      return { sync: (replica) => system.sync(replica, hub), close: hub.close };
    },
  };
};

export const featureId = 'feat-1';
export const feature = { title: 'Merge offline', status: 'todo', priority: 'low', assignee: 'cy', count: 1 };

/** Two replicas that both hold the feature. */
export const openPair = async (
  { open, system }: Stage,
  clocks: { readonly left?: () => number; readonly right?: () => number } = {},
): Promise<readonly [left: PeerReplica, right: PeerReplica]> => {
  const left = await open('left', clocks.left);
  const right = await open('right', clocks.right);
  await left.create([[featureId, feature]]);
  await system.sync(left, right);
  return [left, right];
};

/** As often as it takes where each is to hear what the other made of it. */
export const syncTwice = async (system: PeerSystem, left: PeerReplica, right: PeerReplica): Promise<void> => {
  await system.sync(left, right);
  await system.sync(left, right);
};

export const doAgree = async (left: PeerReplica, right: PeerReplica): Promise<boolean> =>
  (await shownBy(left)) === (await shownBy(right));

const foundText: Readonly<Record<Found, string>> = {
  conflict: 'no: a side of a conflict',
  history: 'not shown; found in the history',
  nowhere: 'yes',
};

export const lostText = (found: Found): string => foundText[found];

/** What was told, to whoever asks for conflicts or listens to warnings. */
export const toldBy = async (replicas: readonly PeerReplica[]): Promise<string> => {
  const told: string[] = [];
  for (const replica of replicas) {
    if ((await replica.conflicts()) > 0) told.push('a conflict');
    told.push(...((await replica.warnings?.()) ?? []));
  }
  return told.length === 0 ? 'no' : `yes: ${[...new Set(told)].join(', ')}`;
};
