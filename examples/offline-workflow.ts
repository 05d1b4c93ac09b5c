/**
 * The life of offline work, service by service: log events without a network, list what no
 * remote has, merge two lists in memory, reconnect, read the report, and resolve what is left
 * by the id of an event. Each step prints what happened and asserts it.
 */
import assert from 'node:assert/strict';
import { definePolicy, openReplica, preferAgent, replicaRemote, userChoice, write, type Replica } from 'reknit';
import type { ConflictTracker, EventMerger, OfflineEventLog, ReconnectionManager } from 'reknit/application';

const policy = definePolicy({
  name: 'workflow',
  version: 1,
  byConflict: { concurrent_modification: userChoice(), concurrent_resolution: preferAgent('lead') },
});

interface Services {
  readonly log: OfflineEventLog;
  readonly merger: EventMerger;
  readonly conflicts: ConflictTracker;
  readonly reconnection: ReconnectionManager;
}

const say = (step: string, facts: string): void => console.log(`${step.padEnd(12)} ${facts}`);
const open = (replicaId: string, agentId: string): Promise<Replica> => openReplica({ replicaId, agentId, policy });

const laptop = await open('laptop', 'ada');
const phone = await open('phone', 'bob');
const { log, merger, conflicts, reconnection }: Services = laptop.services;

// 1. Offline: events are durable here before the call returns, and no network is asked for.
const created = await log.logEvent(write.create('feature', 'feat-456', { title: 'Merge offline', status: 'todo' }));
say(
  'log',
  `${created.operation} of ${created.resourceType} ${created.resourceId}, event ${created.seq} of ${created.replicaId}`,
);
assert.equal(created.agentId, 'ada');

const unsynced = await log.getUnsyncedEvents();
say('unsynced', `${unsynced.length} event waits for a remote`);
assert.deepEqual(
  unsynced.map(({ eventId }) => eventId),
  [created.eventId],
);

// 2. Online for a moment: the phone gets it, and the laptop knows that somebody else has it durably.
const first = await reconnection.onReconnect(replicaRemote(phone));
say('reconnect', `pushed ${first.pushed}, pulled ${first.pulled}`);
assert.equal(first.pushed, 1);
assert.deepEqual(await log.getUnsyncedEvents(), []);

// 3. Offline again, and both sides work on the same feature.
const started = await log.logEvent(
  write.update('feature', 'feat-456', { status: 'in_progress' }, { note: 'on the train' }),
);
const paused = await phone.services.log.logEvent(write.update('feature', 'feat-456', { status: 'paused' }));
await phone.services.log.logEvent(write.update('feature', 'feat-456', { title: 'Merge offline work' }));
const here = await log.getUnsyncedEvents();
const there = await phone.services.log.getUnsyncedEvents();
say('unsynced', `${here.length} here, ${there.length} on the phone`);

// 4. What would come of it? Two lists merge in memory, and nothing is stored.
const merged = merger.mergeEvents([created, ...here], [created, ...there]);
say('merge', `${merged.mergedEvents.length} events, ${merged.conflictCount} conflict`);
assert.equal(merged.mergedEvents.length, 4);
assert.equal(merged.conflictCount, 1);
assert.equal(merged.conflicts[0]?.local?.eventId, started.eventId);
assert.equal(merged.conflicts[0]?.remote?.eventId, paused.eventId);
assert.deepEqual(await conflicts.getPendingConflicts(), []);

// 5. Reconnect for good. The title merged by itself; the status waits for a person, under the id that was foreseen.
const second = await reconnection.onReconnect(replicaRemote(phone));
say('reconnect', `pushed ${second.pushed}, pulled ${second.pulled}, conflicts ${second.conflicts.length}`);
assert.deepEqual(second.conflicts, [merged.conflicts[0]?.conflictId]);
assert.equal((await laptop.get('feature', 'feat-456'))?.fields['title'], 'Merge offline work');

// 6. The report.
const report = await conflicts.getConflictReport();
for (const conflict of report.conflicts)
  say(
    'report',
    `${conflict.conflictType} on ${conflict.resourceId}: ${conflict.siblings.map(({ agentId, value }) => `${agentId} says ${JSON.stringify(value)}`).join(', ')}`,
  );
assert.deepEqual({ total: report.total, pending: report.pending }, { total: 1, pending: 1 });

// 7. A person decides, naming the event of the side that is right. The decision is an event itself.
const decision = await conflicts.resolveConflict(
  started.eventId,
  { choose: started.eventId },
  { agentId: 'lead', note: 'we go on' },
);
say('resolve', `${decision.agentId} chose ${JSON.stringify(decision.payload)}`);
assert.equal((await conflicts.getConflictReport()).pending, 0);

// 8. It travels like any other event, and both replicas hold the same, to the byte.
await reconnection.onReconnect(replicaRemote(phone));
const shown = await phone.get('feature', 'feat-456');
say('phone', JSON.stringify(shown?.fields));
assert.deepEqual(shown?.fields, { status: 'in_progress', title: 'Merge offline work' });
assert.deepEqual(await phone.conflicts.list({ status: 'pending_review' }), []);
assert.equal(await laptop.digest(), await phone.digest());
say('digest', await laptop.digest());

await laptop.close();
await phone.close();
