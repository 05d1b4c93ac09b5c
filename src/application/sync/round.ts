/**
 * One round: greet, read what is new there, give back what was lost there, send what is new here, and read what others
 * have sent meanwhile: who reconnects seldom does so alone, and would otherwise be a round behind.
 */
import { ReknitError } from '../../domain/shared/errors.js';
import { createBatchSize, type BatchSize } from '../batch-size.js';
import { remoteIdOf } from '../replica-remote.js';
import { knownSeqOf, type Exchange, type Greeted } from './exchange.js';
import { greet } from './greet.js';
import { nothingPulled, pullAll, type Pulled } from './pull.js';
import { pushAll, type Pushed } from './push.js';
import type { SyncReport } from './status.js';

export interface RoundReport {
  readonly report: SyncReport;
  readonly postponed: Pushed['postponed'];
}

export const runRound = async (
  exchange: Exchange,
  onStep: (step: 'greeted' | 'pulled') => void,
  signal: AbortSignal | undefined,
): Promise<RoundReport> => {
  const { deps, remote, upkeep, memory, tell } = exchange;
  // Who reads no part, from a remote that knows of none, leaves the replica's part as it is.
  const isPartless = exchange.subscribe === undefined && remote.heads === undefined;
  memory.scope ??= { asked: isPartless ? undefined : await upkeep.adoptScope(exchange.subscribe) };
  tell({ progress: { pulled: 0, pushed: 0 } });
  const greeted = await greet(exchange, signal);
  memory.greeted = greeted;
  const { hello, needsRefill } = greeted;
  onStep('greeted');
  const size = await expectedSize(exchange, greeted);
  const pulled = remote.capabilities.canPull ? await pullAll(exchange, hello, size, signal) : nothingPulled;
  const own = (await deps.store.facts()).replica;
  // Whoever has the same id, and nothing else under it, would be told that what is written here is safe there.
  if (
    own !== undefined &&
    own.lastSeq > 0 &&
    hello.remoteId === remoteIdOf(own.replicaId) &&
    hello.knownSeq === own.lastSeq
  )
    throw new ReknitError(
      'same_replica',
      'this remote is this replica itself, or a copy that has nothing of its own: connect to another one',
      { replicaId: own.replicaId },
    );
  onStep('pulled');
  // What was refilled, and in what order, is the upkeep's; the ordinary push goes on after it.
  const refilled = needsRefill && remote.capabilities.canPush ? await upkeep.refill(remote, hello, signal) : undefined;
  // A remote that cannot say what it has, and is not what it was, gets everything: also where nothing was read since.
  const fromStart = (pulled.isAnew || hello.mark === 'unknown') && remote.heads === undefined;
  const pushed: Pushed = remote.capabilities.canPush
    ? await pushAll(
        exchange,
        greeted,
        {
          from: fromStart ? 0 : refilled?.upTo,
          isWhole: true,
          // Where nothing was written there, nothing that is sent is concurrent.
          size: pulled.applied === 0 ? createBatchSize('following') : size,
        },
        signal,
      )
    : { count: 0, refused: [], postponed: undefined };
  // Only where others send too: another replica answers for itself.
  const isShared = remote.heads !== undefined && remote.capabilities.canPull;
  const late = isShared && pushed.count > 0 ? await pullAll(exchange, hello, size, signal) : nothingPulled;
  const { isAnew: _isAnew, ...counted } = joined(pulled, late);
  return {
    report: { ...counted, pushed: pushed.count, refused: pushed.refused },
    postponed: pushed.postponed,
  };
};

/** From so many own events on that the remote does not have, much of what it has is concurrent with them. */
const ownEventsMany = 1_000;

const expectedSize = async ({ deps: { store } }: Exchange, greeted: Greeted): Promise<BatchSize> => {
  const { replica } = await store.facts();
  const isFar = replica !== undefined && replica.lastSeq - knownSeqOf(greeted, replica.replicaId) >= ownEventsMany;
  return createBatchSize(isFar ? 'concurrent' : 'following');
};

const joined = (first: Pulled, late: Pulled): Pulled =>
  late.pulled === 0
    ? first
    : {
        pulled: first.pulled + late.pulled,
        applied: first.applied + late.applied,
        duplicates: first.duplicates + late.duplicates,
        parked: first.parked + late.parked,
        rejectedCount: first.rejectedCount + late.rejectedCount,
        conflicts: [...new Set([...first.conflicts, ...late.conflicts])],
        isAnew: first.isAnew || late.isAnew,
      };
