/**
 * A hub as its operator handles it: its log can be lost, or brought back from an old copy, its clock set, and events
 * refused by a rule. Everything else is the real one, called without a network in between.
 */
import { createHub, type Hub } from '../../src/adapters/hub/index.js';
import type { HubLog } from '../../src/application/ports/hub-log.js';
import type { SealedEvent } from '../../src/domain/events/event.js';
import type { Remote } from '../../src/index.js';
import { everything, receiptKey } from './hub.js';
import { askingRemote } from './hub-site.js';
import { restorableLog, type RestorableLog } from './restorable-log.js';

export interface OperatedHub {
  /** Of one caller, who may write for these replicas and for no others; what has a receipt is taken from anyone. */
  readonly remote: (writesFor?: readonly string[]) => Remote;
  /** Refuses events from now on, in public. */
  readonly refuse: (rule: (sealed: SealedEvent) => boolean) => void;
  /** Everything is gone but the key of its receipts. */
  readonly wipe: () => Promise<void>;
  /** What it has now, to be brought back later. */
  readonly copy: () => Promise<() => Promise<void>>;
  readonly log: () => HubLog;
  /** Its wall clock. */
  readonly at: (ms: number) => void;
  /** Events that were handed in, however often. */
  readonly pushed: () => number;
}

const refusal = { code: 'not_allowed', message: 'against the rule' };
/** Nobody is too fast, and a few events fill a page. */
const limits = {
  eventsMax: 50,
  pageEntriesMax: 20,
  principalRequestsBurst: Number.MAX_SAFE_INTEGER,
  addressRequestsBurst: Number.MAX_SAFE_INTEGER,
};

export const createOperatedHub = async (startMs: number): Promise<OperatedHub> => {
  let nowMs = startMs;
  let count = 0;
  let rule: (sealed: SealedEvent) => boolean = () => false;
  const clock = { nowMs: () => nowMs, after: () => () => undefined };

  const serve = (log: RestorableLog): Hub =>
    createHub({
      log: {
        ...log,
        append: (batch, receivedAt) => {
          count += batch.length;
          return log.append(
            batch.map((one) => (rule(one.sealed) ? { ...one, refusal } : one)),
            receivedAt,
          );
        },
      },
      receiptKey,
      clock,
      limits,
      // A token names the replicas that it stands for.
      authenticate: (token) =>
        token === undefined
          ? everything
          : {
              ...everything,
              id: token,
              replicas: token.split('~'),
              rights: { '*': ['read', 'write', 'delete', 'resolve'] },
            },
    });
  let log = await restorableLog();
  let hub = serve(log);
  const begin = (from: RestorableLog): void => {
    log = from;
    hub = serve(log);
  };

  return {
    remote: (writesFor) => {
      // The one that stands there when it is asked.
      const standing: Hub = { ...hub, fetch: (request, origin) => hub.fetch(request, origin) };
      const remote = askingRemote({ hub: standing }, writesFor === undefined ? {} : { token: writesFor.join('~') });
      return {
        ...remote,
        // No time passes on the way.
        hello: async (caller) => ({ ...(await remote.hello(caller)), clockOffsetMs: nowMs - (caller.nowMs ?? nowMs) }),
      };
    },
    refuse: (next) => {
      rule = next;
    },
    wipe: async () => begin(await restorableLog()),
    copy: async () => {
      const kept = log.copy();
      return async () => begin(await restorableLog(kept));
    },
    log: () => log,
    at: (ms) => {
      nowMs = startMs + ms;
    },
    pushed: () => count,
  };
};
