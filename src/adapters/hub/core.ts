/** What every part of a hub works with. */
import type { HubLog } from '../../application/ports/hub-log.js';
import type { Logger } from '../../application/ports/system.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { HubMetrics } from './metrics.js';
import type { HubClock, HubLimits } from './options.js';
import { isExpired, speaksFor, type Authenticate, type Caller, type Principal } from './tokens/principal.js';
import { problem, tooMany } from './problems.js';
import type { RateLimiter } from './rate-limiter.js';
import type { Receipts } from './receipts/receipts.js';

export interface HubCore {
  readonly log: HubLog;
  readonly logger: Logger;
  readonly clock: HubClock;
  readonly limits: HubLimits;
  readonly receipts: Receipts;
  readonly sha256: Sha256;
  readonly metrics: HubMetrics;
  readonly authenticate: Authenticate;
  readonly policyFingerprint: string | undefined;
  readonly byPrincipal: RateLimiter;
  readonly byAddress: RateLimiter;
}

/** A guess at a token costs its address as much as this many requests. */
const guessCost = 10;

/** Who calls, with a right to speak for that replica; throws what the caller is told. */
export const admit = async (
  { authenticate, clock, byPrincipal, byAddress }: HubCore,
  token: string | undefined,
  caller: Caller,
  cost: number,
): Promise<Principal> => {
  const principal = await authenticate(token, caller);
  if (principal === undefined || isExpired(principal, clock.nowMs())) {
    byAddress.take(caller.address, guessCost, clock.nowMs());
    throw problem('unauthorized', 'the token is unknown, or has expired or been revoked: ask for another one');
  }
  if (caller.replicaId !== undefined && !speaksFor(principal, caller.replicaId))
    throw problem('forbidden', 'the token does not stand for this replica: use the one that was made for it');
  const waitMs = byPrincipal.take(principal.id, cost, clock.nowMs());
  if (waitMs > 0) throw tooMany(waitMs);
  return principal;
};
