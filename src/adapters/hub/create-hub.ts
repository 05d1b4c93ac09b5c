/**
 * A hub, to be mounted in anyone's server: `fetch` answers requests, `upgrade` takes sockets over.
 * It keeps a log and nothing more; it never merges, so it needs no policy and decides nothing.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { silentLogger } from '../../application/ports/system.js';
import { checkHubOptions, hubLimitsOf } from './check-options.js';
import type { HubCore } from './core.js';
import { createHeldEntries } from './exchange/held-entries.js';
import { sha256Hex } from './receipts/hmac.js';
import { createApp } from './http/app.js';
import { socketAddressOf, unknownAddress, type RequestOrigin } from './http/env.js';
import { requestSchemas } from './http/schemas.js';
import { createLiveHub } from './live/live-hub.js';
import { createHubMetrics } from './metrics.js';
import { systemHubClock, type HubOptions } from './options.js';
import { createEntryText } from './exchange/page.js';
import { dropOldParked } from './old-parked.js';
import { createPageReader } from './exchange/pull.js';
import { createRateLimiter } from './rate-limiter.js';
import { createReceipts } from './receipts/receipts.js';

/** A hub, as a server mounts it. */
export interface Hub {
  /** Answers a request; what `@hono/node-server` gives beside it says where it comes from. */
  readonly fetch: (request: Request, origin?: RequestOrigin) => Promise<Response>;
  /** Takes over a socket that asks for it; false, and nothing done, where the path is not the hub's. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Refuses new work, ends the sockets, and resolves when what was begun is answered. */
  readonly close: () => Promise<void>;
}

/**
 * A hub, to be mounted in a server: it keeps events and gives them on, and never merges.
 *
 * @throws ReknitError `wrong_type` that names what is wrong
 */
export const createHub = (options: HubOptions): Hub => {
  checkHubOptions(options);
  const { log, authenticate, watchTokens, receiptKey, policyFingerprint, allowedOrigins = [], parkedMsMax } = options;
  const {
    logger = silentLogger,
    clock = systemHubClock,
    basePath = '',
    metrics: metricsAudience = 'loopback',
  } = options;
  const limits = hubLimitsOf(options.limits);
  const origins = new Set(allowedOrigins);
  const core: HubCore = {
    log,
    logger,
    clock,
    limits,
    receipts: createReceipts(receiptKey),
    sha256: sha256Hex,
    metrics: createHubMetrics(log),
    authenticate,
    policyFingerprint,
    byPrincipal: createRateLimiter(limits.principalRequestsPerSecond, limits.principalRequestsBurst),
    byAddress: createRateLimiter(limits.addressRequestsPerSecond, limits.addressRequestsBurst),
  };
  const schemas = requestSchemas(limits);
  const textOf = createEntryText(core.receipts);
  const pages = createPageReader(core, textOf, createHeldEntries());
  const isAllowedOrigin = (origin: string): boolean => origins.has(origin);
  let isClosing = false;
  let answering = 0;
  let onIdle: (() => void) | undefined;

  const addressOf = (headers: { readonly get: (name: string) => string | null }, socketAddress: string): string =>
    options.addressOf?.(headers, socketAddress) ?? socketAddress;
  const app = createApp({
    core,
    schemas,
    pages,
    basePath,
    isAllowedOrigin,
    metricsAudience,
    isClosing: () => isClosing,
    addressOf: (context) => addressOf(context.req.raw.headers, socketAddressOf(context.env)),
  });
  const live = createLiveHub({
    core,
    schemas,
    pages,
    textOf,
    path: `${basePath}/v1/live`,
    isAllowedOrigin,
    addressOf: ({ headers, socket }) =>
      addressOf(
        {
          get: (name) => {
            const value = headers[name.toLowerCase()];
            return value === undefined ? null : String(value);
          },
        },
        socket.remoteAddress ?? unknownAddress,
      ),
  });
  const stopDropping = parkedMsMax === undefined ? undefined : dropOldParked(core, parkedMsMax);
  const stopWatching = watchTokens?.(() => void live.recheck());

  return {
    fetch: async (request, origin) => {
      answering += 1;
      try {
        return await app.fetch(request, origin ?? {});
      } finally {
        answering -= 1;
        if (answering === 0) onIdle?.();
      }
    },
    upgrade: live.upgrade,
    close: async () => {
      if (isClosing) return;
      isClosing = true;
      stopWatching?.();
      stopDropping?.();
      live.close();
      if (answering === 0) return;
      await new Promise<void>((resolve) => {
        onIdle = resolve;
        clock.after(limits.drainMsMax, resolve);
      });
    },
  };
};
