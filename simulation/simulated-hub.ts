/**
 * A real hub in a simulation: its log, its checks, its answers and the remote that asks it, with bytes in between. In
 * most histories the bytes go straight to what answers them; in some they go through all of HTTP, which costs four
 * times as much and has nothing of its own that could be lost.
 */
import { createHub } from '../src/adapters/hub/index.js';
import { hubRemote } from '../src/adapters/remote/hub/hub-remote.js';
import type { Remote } from '../src/application/ports/remote.js';
import type { HubSite, SimulatedHub, Wire } from '../src/testing/simulation/index.js';
import { restorableLog, type LogCopy, type RestorableLog } from '../tests/support/restorable-log.js';
import { answering, type Answering } from './answering.js';

const everyone = {
  id: 'everyone',
  replicas: 'any',
  agents: 'any',
  rights: { '*': ['read', 'write', 'delete', 'resolve', 'relay'] },
} as const;

const receiptKey = new Uint8Array(32).fill(7);
const unlimited = 1_000_000_000;
/** Of so many histories one goes through all of HTTP. */
const httpEvery = 64;

export const simulatedHub = async (site: HubSite): Promise<SimulatedHub> => {
  const { name, newId, nowMs, batchMax, seed } = site;
  const log = await restorableLog(site.copy as LogCopy | undefined, { hubId: `${name} ${newId()}`, life: newId() });
  const options = {
    log,
    receiptKey,
    clock: { nowMs, after: () => () => undefined },
    limits: {
      eventsMax: Math.max(1, batchMax),
      pageEntriesMax: batchMax + 1,
      principalRequestsBurst: unlimited,
      addressRequestsBurst: unlimited,
    },
    authenticate: () => everyone,
  };
  const answer = seed % httpEvery === 0 ? throughHttp(createHub(options)) : answering(options);
  return {
    remote: (wire) => remoteOver(wire, answer, nowMs),
    entries: log.all,
    headOf: async (replicaId) => (await log.heads([replicaId])).get(replicaId)?.seq ?? 0,
    positionOf: (cursor) => positionIn(log, cursor),
    copy: log.copy,
    close: log.close,
  };
};

/** Asked from time to time; sockets are tried elsewhere. Of the processes on one disk only one runs, so no lease is needed. */
const remoteOver = (wire: Wire, answer: Answering, nowMs: () => number): Remote => {
  const {
    live: _live,
    address: _address,
    ...remote
  } = hubRemote({
    url: base,
    timeoutMs: 2_000_000_000,
    stopwatch: nowMs,
    fetch: async (url, { body }) =>
      responseFrom(
        await wire(body as Uint8Array, (bytes) => answer(url.slice(base.length + '/v1/'.length), bytes as Uint8Array)),
      ),
  });
  return remote;
};

const base = 'http://127.0.0.1:1';

const throughHttp =
  (hub: ReturnType<typeof createHub>): Answering =>
  async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await hub.fetch(
      new Request(`${base}/v1/${path}`, { method: 'POST', headers, body: Buffer.from(body) }),
    );
    return Buffer.concat([Buffer.from(`${response.status}\n`), Buffer.from(await response.arrayBuffer())]);
  };

/** The status and its end of line. */
const headBytes = 4;
const decoder = new TextDecoder();
const noHeaders = { get: () => null };

/** As `fetch` gives it, as far as the remote looks at it. */
const responseFrom = (answer: string | Uint8Array): Response => {
  const bytes = answer as Uint8Array;
  if (bytes.length < headBytes) throw new TypeError('the connection was reset');
  const status = Number(decoder.decode(bytes.subarray(0, headBytes - 1)));
  let left: Uint8Array | undefined = bytes.subarray(headBytes);
  const reader = {
    read: async () => {
      const value = left;
      left = undefined;
      return { done: value === undefined, value };
    },
    cancel: async () => undefined,
  };
  return { ok: status === 200, status, headers: noHeaders, body: { getReader: () => reader } } as unknown as Response;
};

/** Cursors are opaque to replicas; who wrote them may read them. */
const positionIn = (log: RestorableLog, cursor: string): number | undefined => {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  // Those of other replicas are written differently.
  if (!text.startsWith('[1,')) return undefined;
  const [, , , position, tag] = JSON.parse(text) as unknown[];
  return typeof position === 'number' && (position === 0 || log.tagAt(position) === tag) ? position : undefined;
};
