/**
 * The handshake: who is there, under which policy, at what time, and what it knows of this
 * replica. It comes before anything is read or sent, since it may show that this replica has to
 * go on under another id.
 */
import { ReknitError } from '../../domain/shared/errors.js';
import type { RemoteHello } from '../ports/remote.js';
import type { Exchange, Greeted } from './exchange.js';

/** A new id is taken at most once or twice; a remote that contradicts every one of them lies. */
const attemptsMax = 5;

export const greet = async (exchange: Exchange, signal: AbortSignal | undefined): Promise<Greeted> => {
  const { deps, remote, upkeep, tell } = exchange;
  const { store, policy } = deps;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    await deps.log.idle();
    const { replica } = await store.facts();
    if (replica === undefined)
      throw new ReknitError('replica_missing', 'this store has no replica yet: open it with openReplica');
    const hello = await sayHello(exchange, signal);
    signal?.throwIfAborted();
    const policyMismatch = hello.policyFingerprint !== undefined && hello.policyFingerprint !== policy.fingerprint;
    tell({ policyMismatch, clockSkewMs: hello.clockOffsetMs });
    if (policyMismatch && deps.onPolicyMismatch === 'hold')
      throw new ReknitError(
        'policy_mismatch',
        'the remote merges under another policy: open both under the same one, or sync with onPolicyMismatch "warn"',
        { own: policy.fingerprint, theirs: hello.policyFingerprint },
      );
    const { needsRefill, clockSkewMs } = await upkeep.onHello(remote, hello, replica.replicaId, signal);
    if (clockSkewMs !== undefined) tell({ clockSkewMs });
    const saidAs = replica.replicaId;
    if ((await store.facts()).replica?.replicaId === saidAs) return { hello, needsRefill, saidAs };
  }
  throw new ReknitError(
    'remote_failed',
    'the remote contradicts every id of this replica: this is an error of the remote',
  );
};

/** The mark is that of the remote that was talked to last; with another one of those that are known, it is asked again. */
const sayHello = async ({ remote, upkeep }: Exchange, signal: AbortSignal | undefined): Promise<RemoteHello> => {
  const abort = signal === undefined ? {} : { signal };
  const caller = await upkeep.caller();
  const hello = await remote.hello({ ...caller, ...abort });
  if (hello.mark !== 'unknown') return hello;
  const mark = await upkeep.markFor(hello);
  if (mark === undefined || mark === caller.mark) return hello;
  signal?.throwIfAborted();
  return remote.hello({ ...(await upkeep.caller()), mark, ...abort });
};
