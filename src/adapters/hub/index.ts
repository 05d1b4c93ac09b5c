/** A hub for replicas: mounted in a server of one's own, or served on a port. */
export { createHub, type Hub } from './create-hub.js';
export type { HubLog, HubParked, HubParkedChoice } from '../../application/ports/hub-log.js';
export * from './log/index.js';
export {
  defaultHubLimits,
  systemHubClock,
  type HubClock,
  type HubLimits,
  type HubOptions,
  type MetricsAudience,
} from './options.js';
export { createPinoLogger, type PinoLoggerOptions } from './pino-logger.js';
export {
  may,
  rights,
  type Authenticate,
  type Caller,
  type Principal,
  type Right,
  type Rights,
} from './tokens/principal.js';
export { openReceiptKey } from './receipts/receipt-key.js';
export { hubListener, isLoopbackHost, serveHub, type HubServer, type ServeLimits, type ServeOptions } from './serve.js';
export { openToEveryone } from './tokens/open-to-everyone.js';
export {
  openTokenList,
  type ListedToken,
  type NewToken,
  type TokenList,
  type TokenListOptions,
} from './tokens/token-list.js';
