/**
 * What a hub is made of and how much it takes. Everything that grows is bounded here, by a named
 * number with a unit; the defaults suit one small machine, and an embedder knows better.
 */
import type { HubLog } from '../../application/ports/hub-log.js';
import type { Logger } from '../../application/ports/system.js';
import type { Authenticate } from './tokens/principal.js';

/** Time as the hub has it; a test gives its own, and waits for nothing. */
export interface HubClock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Runs once, later; answers how to take it back. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** What a hub bears before it answers that it is too much; each bound says of what. */
export interface HubLimits {
  /** Of one request, before and after inflating it. */
  readonly bodyBytesMax: number;
  /** Of all bodies that are being read at one time. */
  readonly bodiesBytesMax: number;
  /** Of those from one address, as they come: nobody has said yet who they are. */
  readonly bodiesBytesPerAddressMax: number;
  /** From the first to the last byte of a body. */
  readonly bodyMsMax: number;
  /** Events in one push. */
  readonly eventsMax: number;
  /** Replicas in one question for heads. */
  readonly replicasMax: number;
  /** Entries of the log that one page may cover. */
  readonly pageEntriesMax: number;
  readonly pageBytesMax: number;
  /** Resources and types that a subscription may name. */
  readonly scopeMax: number;
  /** Events further in the future than this are kept, and held by every replica (R10). */
  readonly skewMsMax: number;
  /** Of one principal; a push counts once more for every hundred events. */
  readonly principalRequestsPerSecond: number;
  readonly principalRequestsBurst: number;
  /** Of one address, whoever it says it is. */
  readonly addressRequestsPerSecond: number;
  readonly addressRequestsBurst: number;
  readonly socketsMax: number;
  readonly socketsPerPrincipalMax: number;
  /** Sockets of one address that have not said who they are. */
  readonly strangersPerAddressMax: number;
  readonly messageBytesMax: number;
  /** Messages that a socket may send besides taking what it was given. */
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  /** Pages that a socket was given and has not taken. */
  readonly unackedPagesMax: number;
  /** Bytes that wait for a slow socket. */
  readonly bufferedBytesMax: number;
  /** Bytes that wait for all sockets together; where it is too little the slowest are ended, and read on by cursor. */
  readonly socketsBufferedBytesMax: number;
  /** From opening a socket to saying who is there. */
  readonly startMsMax: number;
  /** Silence after which a socket is asked whether anybody is there. */
  readonly pingMs: number;
  /** Silence after which nobody is. */
  readonly silenceMsMax: number;
  /** How old the answer to "may this token still read?" may become. */
  readonly recheckMs: number;
  /** The least time between two rounds to all sockets, so that many small commits travel together. */
  readonly tailPauseMs: number;
  /** And so much more for every hundred sockets, since each costs a round as much as a large page does. */
  readonly tailPauseMsPerHundred: number;
  /** How long closing waits for what is being answered. */
  readonly drainMsMax: number;
}

const mebibyte = 1024 * 1024;

/** What a hub bears unless told otherwise. */
export const defaultHubLimits: HubLimits = {
  bodyBytesMax: 4 * mebibyte,
  bodiesBytesMax: 64 * mebibyte,
  bodiesBytesPerAddressMax: 16 * mebibyte,
  bodyMsMax: 20_000,
  eventsMax: 1_000,
  replicasMax: 10_000,
  pageEntriesMax: 1_000,
  pageBytesMax: 2 * mebibyte,
  scopeMax: 1_000,
  skewMsMax: 5 * 60_000,
  principalRequestsPerSecond: 100,
  principalRequestsBurst: 1_000,
  addressRequestsPerSecond: 200,
  addressRequestsBurst: 2_000,
  socketsMax: 5_000,
  socketsPerPrincipalMax: 1_000,
  strangersPerAddressMax: 200,
  messageBytesMax: 256 * 1024,
  messagesPerSecond: 20,
  messagesBurst: 100,
  unackedPagesMax: 16,
  bufferedBytesMax: 8 * mebibyte,
  socketsBufferedBytesMax: 256 * mebibyte,
  startMsMax: 5_000,
  pingMs: 20_000,
  silenceMsMax: 45_000,
  recheckMs: 60_000,
  tailPauseMs: 5,
  tailPauseMsPerHundred: 10,
  drainMsMax: 5_000,
};

/** Who may read the metrics, which count what there is, whoever may read it. */
export type MetricsAudience = 'loopback' | 'anyone' | 'nobody';

/** What a hub is made of. */
export interface HubOptions {
  /** The caller's, who also closes it. */
  readonly log: HubLog;
  /** Who comes with this token. Nobody, unless it answers a principal. */
  readonly authenticate: Authenticate;
  /** Calls back when tokens changed, so that open sockets are looked at again at once. */
  readonly watchTokens?: (onChange: () => void) => () => void;
  /** Where the hub is mounted, such as `/sync`. */
  readonly basePath?: string;
  readonly logger?: Logger;
  /** 32 bytes or more, kept apart from the log's data: receipts are only as good as this. */
  readonly receiptKey: Uint8Array;
  /** The policy that replicas are expected to merge by; it is told, and stops nobody (R40). */
  readonly policyFingerprint?: string;
  readonly limits?: Partial<HubLimits>;
  /** How long an event may wait for what it builds on; then it is given up (`dropParked` of the log). For ever without it. */
  readonly parkedMsMax?: number;
  /** Pages of other origins that may call, such as `https://app.example`; none otherwise. */
  readonly allowedOrigins?: readonly string[];
  readonly metrics?: MetricsAudience;
  /** Where a request comes from, for who stands behind a proxy; the socket's address otherwise. */
  readonly addressOf?: (headers: { readonly get: (name: string) => string | null }, socketAddress: string) => string;
  readonly clock?: HubClock;
}

/** The machine's time. What waits alone keeps no process alive. */
export const systemHubClock: HubClock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
