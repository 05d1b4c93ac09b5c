/** Reknit: a resource a feature, in SQLite, with the default policy; the replicas exchange events in one process. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { resourceType, type FeatureFields } from '../../support/feature.js';
import { inGroups } from '../../support/offline-work.js';
import {
  createHub,
  hubRemote,
  openReceiptKey,
  openReplica,
  openSqliteHubLog,
  openToEveryone,
  replicaRemote,
  serveHub,
  write,
  type ConflictView,
  type Replica,
} from '../../support/reknit.js';
import type { PeerReplica, PeerSystem } from '../support/peer-system.js';

const { version, license } = createRequire(import.meta.url)('../../../package.json') as {
  readonly version: string;
  readonly license: string;
};

/** Recording is not measured, so many updates share a commit; each is an event all the same. */
const updatesACommit = 1_000;
const childType = 'part';

export interface ReknitReplica extends PeerReplica {
  readonly replica: Replica;
}

export const reknit: PeerSystem<ReknitReplica> = {
  name: 'Reknit',
  version,
  licence: license,
  setUp: 'a resource a feature, in SQLite, with the default policy; events are exchanged in one process',
  documentation: ['docs/guides/embedding.md', 'docs/guides/reconnect.md'],
  survives: 'a power loss',
  hasClock: true,
  open: async ({ folder, name, agent, nowMs }) => {
    const warnings: string[] = [];
    const ignore = (): void => undefined;
    const tell = (message: string): void => {
      warnings.push(message);
    };
    const replica = await openReplica({
      file: join(folder, 'replica.db'),
      agentId: agent,
      replicaId: name,
      logger: { debug: ignore, info: ignore, warn: tell, error: tell },
      ...(nowMs === undefined ? {} : { clock: nowMs }),
    });
    const conflictsOf = (id: string, field: string): Promise<readonly ConflictView[]> =>
      replica.conflicts
        .list({ resource: { resourceType, resourceId: id } })
        .then((all) => all.filter(({ unit }) => unit.kind === 'field' && unit.field === field));
    return {
      replica,
      create: async (features) => {
        await replica.commit(features.map(([id, fields]) => write.create(resourceType, id, fields)));
      },
      update: async (updates) => {
        for (const group of inGroups(updates, updatesACommit))
          await replica.commit(group.map(([id, fields]) => write.update(resourceType, id, fields)));
      },
      remove: async (id) => {
        await replica.delete(resourceType, id);
      },
      addChild: async (parentId, childId, fields) => {
        const dependsOn = [{ resourceType, resourceId: parentId }];
        await replica.create(childType, childId, { parent: parentId, ...fields }, { dependsOn });
      },
      read: async () => {
        const features: [string, FeatureFields][] = [];
        for await (const { resourceId, fields } of replica.list({ resourceType }))
          features.push([resourceId, fields as FeatureFields]);
        return Object.fromEntries(features);
      },
      children: async () => {
        const parents = new Set<string>();
        for await (const { resourceId } of replica.list({ resourceType })) parents.add(resourceId);
        const children: { id: string; isParentThere: boolean }[] = [];
        for await (const { resourceId, fields } of replica.list({ resourceType: childType }))
          children.push({ id: resourceId, isParentThere: parents.has(fields['parent'] as string) });
        return children;
      },
      conflicts: async () => (await replica.conflicts.report({ limit: 1 })).total,
      find: async (id, field, value) => {
        const conflicts = await conflictsOf(id, field);
        if (conflicts.some(({ siblings }) => siblings.some((sibling) => sibling.value === value))) return 'conflict';
        const history = await replica.history(resourceType, id);
        return history.some(({ event }) => event.payload?.[field] === value) ? 'history' : 'nowhere';
      },
      who: async (id, field) => {
        const explained = await replica.explain(resourceType, id, field);
        const { strategy, winner } = explained?.fields[0] ?? {};
        return strategy === undefined ? undefined : `${strategy}, for ${winner?.agentId}`;
      },
      warnings: async () => warnings,
      choose: async (id, field, value) => {
        const [conflict] = await conflictsOf(id, field);
        const sibling = conflict?.siblings.find((one) => one.value === value);
        assert.ok(conflict !== undefined && sibling !== undefined, 'there is no such conflict to decide');
        await replica.conflicts.resolve(conflict.conflictId, { choose: sibling.eventId });
      },
      close: () => replica.close(),
    };
  },
  openHub: async (folder) => {
    const log = openSqliteHubLog({ file: join(folder, 'hub.db') });
    // The key of the receipts lies elsewhere, as the guide on running a hub asks for.
    const receiptKey = openReceiptKey(join(folder, '..', 'hub.receipt-key'));
    const server = await serveHub({ hub: createHub({ log, authenticate: openToEveryone, receiptKey }) });
    return {
      sync: async ({ replica }) => {
        const connection = replica.connect(hubRemote({ url: server.url }));
        await connection.now();
        await connection.close();
      },
      close: async () => {
        await server.close();
        await log.close();
      },
    };
  },
  sync: async (left, right) => {
    const connection = left.replica.connect(replicaRemote(right.replica));
    await connection.now();
    await connection.close();
  },
};
