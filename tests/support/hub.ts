/**
 * A hub as tests meet it: with time that they turn, a log in memory, and everything that it sends
 * written down. Every answer is held against the schema that the interface's description gives.
 */
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import WebSocket, { type ClientOptions } from 'ws';
import {
  createHub,
  createMemoryHubLog,
  serveHub,
  type Hub,
  type HubClock,
  type HubOptions,
  type Principal,
} from 'reknit/hub';
import type { HubLog } from '../../src/application/ports/hub-log.js';
import type { Logger } from '../../src/application/ports/system.js';
import { answerSchemas } from '../../src/adapters/hub/http/schemas.js';

export const hubStartMs = Date.UTC(2026, 1, 2, 10);

export interface ManualClock extends HubClock {
  /** Lets so much time pass; what is due on the way runs when it is due. */
  readonly advance: (ms: number) => void;
}

export const manualClock = (startMs = hubStartMs): ManualClock => {
  let nowMs = startMs;
  const waiting = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const timer = { dueMs: nowMs + delayMs, run };
      waiting.add(timer);
      return () => void waiting.delete(timer);
    },
    advance: (ms) => {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...waiting].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        waiting.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.run();
      }
      nowMs = endMs;
    },
  };
};

export const everything: Principal = {
  id: 'everything',
  replicas: 'any',
  agents: 'any',
  rights: { '*': ['read', 'write', 'delete', 'resolve', 'relay'] },
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into answers freely; their form is checked against the schemas before.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface TestHub {
  readonly hub: Hub;
  readonly log: HubLog;
  /** What the hub told its operator. */
  readonly told: string[];
  readonly post: (
    path: string,
    body: unknown,
    options?: { readonly token?: string; readonly headers?: Record<string, string>; readonly address?: string },
  ) => Promise<Answer>;
  readonly get: (path: string, address?: string, headers?: Record<string, string>) => Promise<Answer>;
}

export interface TestHubOptions extends Partial<HubOptions> {
  /** By token; without any, everyone may do everything. */
  readonly principals?: ReadonlyMap<string, Principal>;
}

export const receiptKey = new Uint8Array(32).fill(7);

export const testHub = ({ principals, ...options }: TestHubOptions = {}): TestHub => {
  const told: string[] = [];
  const tell = (message: string, facts?: unknown): void => void told.push(JSON.stringify([message, facts]));
  const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell };
  const log = options.log ?? createMemoryHubLog();
  const hub = createHub({
    log,
    logger,
    receiptKey,
    authenticate: (token) => (principals === undefined ? everything : principals.get(token ?? '')),
    ...options,
  });
  onTestFinished(() => hub.close());
  const answered = async (path: string, response: Response): Promise<Answer> => {
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = (response.headers.get('content-encoding') === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
    const body = response.headers.get('content-type')?.startsWith('application/json') === true ? JSON.parse(text) : {};
    const name = path.slice(path.lastIndexOf('/') + 1) as keyof typeof answerSchemas;
    if (response.status !== 200 && response.status !== 204) answerSchemas.problem.parse(body);
    else if (Object.hasOwn(answerSchemas, name)) answerSchemas[name].parse(body);
    return { status: response.status, headers: response.headers, text, body };
  };
  return {
    hub,
    log,
    told,
    post: async (path, body, { token, headers = {}, address = '192.0.2.1' } = {}) =>
      answered(
        path,
        await hub.fetch(
          new Request(`http://hub.test${path}`, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
              ...headers,
            },
            body: body instanceof Uint8Array || typeof body === 'string' ? (body as string) : JSON.stringify(body),
          }),
          { address },
        ),
      ),
    get: async (path, address = '192.0.2.1', headers = {}) =>
      answered(path, await hub.fetch(new Request(`http://hub.test${path}`, { headers }), { address })),
  };
};

/** Serves a hub on a free port; gone when the test is over. */
export const served = async ({ hub }: Pick<TestHub, 'hub'>, limits = {}): Promise<string> => {
  const server = await serveHub({ hub, limits });
  onTestFinished(server.close);
  return server.url;
};

export interface Reader {
  readonly socket: WebSocket;
  /** Everything that came, as it came. */
  readonly received: string[];
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly messages: any[];
  readonly send: (message: unknown) => void;
  /** Resolves once what came satisfies the question. */
  readonly until: (isEnough: (reader: Reader) => boolean) => Promise<void>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Dots of events and refusals, in the order in which they came. */
  readonly dots: () => readonly string[];
}

export interface ReaderOptions {
  readonly token?: string;
  readonly isTaking?: boolean;
  /** Whether it says that somebody is there when it is asked. */
  readonly isAnswering?: boolean;
  readonly options?: ClientOptions;
}

/** Opens a socket, and says who is there; takes (`ack`) what it is given unless told otherwise. */
export const reader = (
  url: string,
  start?: unknown,
  { token, isTaking = true, isAnswering = true, options = {} }: ReaderOptions = {},
): Reader => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`, 'reknit.v1', {
    ...options,
    headers: { ...headers, ...options.headers },
  });
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of waiting) look();
  };
  let isOver = false;
  const self: Reader = {
    socket,
    received: [],
    messages: [],
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    until: (isEnough) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!isEnough(self)) {
            if (isOver) reject(new Error(`the socket ended, after ${self.received.length} messages`));
            return;
          }
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    closed: new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        isOver = true;
        resolve({ code, reason: reason.toString() });
        changed();
      });
    }),
    dots: () =>
      self.messages.flatMap(({ entries = [] }) =>
        (entries as { event?: { replicaId: string; seq: number }; refused?: { dot: string } }[]).map(
          ({ event, refused }) => refused?.dot ?? `${event?.replicaId}:${event?.seq}`,
        ),
      ),
  };
  socket.on('error', () => undefined);
  socket.on('open', () => {
    if (start !== undefined) self.send({ type: 'start', ...(start as object) });
  });
  socket.on('message', (bytes: Buffer) => {
    const text = bytes.toString('utf8');
    self.received.push(text);
    const message = JSON.parse(text);
    self.messages.push(message);
    if (message.type === 'entries') {
      answerSchemas.pull.parse(message);
      if (isTaking) self.send({ type: 'ack', cursor: message.cursor });
    }
    if (message.type === 'ping' && isAnswering) self.send({ type: 'pong' });
    changed();
  });
  onTestFinished(() => socket.terminate());
  return self;
};
