/** A hub on a file, with what can befall the file; each replica has a token of its own, and relays nothing. */
import { copyFileSync, rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { createHub, openReceiptKey, openSqliteHubLog, type Hub, type HubClock, type Principal } from 'reknit/hub';
import { hubRemote, type Remote } from '../../src/index.js';
import type { HubEntry } from '../../src/application/ports/hub-log.js';
import { systemHubClock } from '../../src/adapters/hub/options.js';

export interface HubOnFile {
  /** As the replicas of this owner reach it: those of the name, and those that go on for it under another. */
  readonly remote: (owner: string) => Remote;
  readonly entries: () => Promise<readonly HubEntry[]>;
  /** Stops the hub, does this to its closed file, and starts it again. */
  readonly restart: (change?: (file: string) => void) => Promise<void>;
  /** A copy of the closed file. */
  readonly copyTo: (copy: string) => Promise<void>;
  /** Owners whose agents may not write this. */
  readonly forbid: (owner: string, resourceTypes: readonly string[]) => void;
}

export const filesOf = (file: string): readonly string[] => [file, `${file}-wal`, `${file}-shm`];

export const removeDatabase = (file: string): void => {
  for (const part of filesOf(file)) rmSync(part, { force: true });
};

const all = ['read', 'write', 'delete', 'resolve'] as const;

export const hubOnFile = (file: string, nowMs: () => number): HubOnFile => {
  const clock: HubClock = { ...systemHubClock, nowMs };
  const forbidden = new Map<string, readonly string[]>();
  const idsOf = new Map<string, Set<string>>();
  /** An owner's replicas have the owner's name before the wave. */
  const principalOf = (owner: string, replicaId: string | undefined): Principal => {
    const ids = idsOf.get(owner) ?? new Set([owner]);
    if (replicaId?.startsWith(`${owner}~`) === true) ids.add(replicaId);
    idsOf.set(owner, ids);
    const less = Object.fromEntries((forbidden.get(owner) ?? []).map((type) => [type, ['read'] as const]));
    return { id: owner, replicas: [...ids], agents: 'any', rights: { '*': all, ...less } };
  };
  const start = (): { readonly log: ReturnType<typeof openSqliteHubLog>; readonly hub: Hub } => {
    const log = openSqliteHubLog({ file });
    const limits = { pageEntriesMax: 3, eventsMax: 4 };
    return {
      log,
      hub: createHub({
        log,
        clock,
        limits,
        receiptKey: openReceiptKey(`${file}.receipt-key`),
        authenticate: (token, { replicaId }) => (token === undefined ? undefined : principalOf(token, replicaId)),
      }),
    };
  };
  let running = start();
  const stop = async (): Promise<void> => {
    await running.hub.close();
    await running.log.close();
  };
  onTestFinished(stop);
  const restart: HubOnFile['restart'] = async (change) => {
    await stop();
    change?.(file);
    running = start();
  };
  return {
    remote: (owner) => {
      const { live: _live, ...remote } = hubRemote({
        url: 'http://127.0.0.1:1',
        token: owner,
        fetch: (url, init) => running.hub.fetch(new Request(url, init)),
      });
      return remote;
    },
    entries: async () =>
      (await running.log.read({ after: 0, limit: 100_000, bytesMax: Number.MAX_SAFE_INTEGER })).entries,
    restart,
    copyTo: (copy) => restart(() => copyFileSync(file, copy)),
    forbid: (owner, resourceTypes) => void forbidden.set(owner, resourceTypes),
  };
};
