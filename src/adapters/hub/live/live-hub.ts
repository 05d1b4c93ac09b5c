/**
 * The live side of a hub: who may open a socket, how many there are, and the one timer that looks
 * after all of them. A page of another origin can open a socket with a browser's help, so origins
 * are checked here and not left to the browser.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { bearerToken } from '../tokens/bearer-token.js';
import type { HubCore } from '../core.js';
import type { RequestSchemas } from '../http/schemas.js';
import { createPage, type EntryText } from '../exchange/page.js';
import { markText } from '../exchange/places.js';
import { problem, problemBody, problemOf, tooMany } from '../problems.js';
import { cursorAt, type PageReader } from '../exchange/pull.js';
import { createLiveSocket, type LiveSocket } from './live-socket.js';
import { createSendBudget } from './send-budget.js';
import { createTail } from './tail.js';

export interface LiveHub {
  /** False, and nothing done, for a path that is not the hub's. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Looks at the tokens of all open sockets at once. */
  readonly recheck: () => Promise<void>;
  readonly close: () => void;
}

export interface LiveHubDeps {
  readonly core: HubCore;
  readonly schemas: RequestSchemas;
  readonly pages: PageReader;
  readonly textOf: EntryText;
  readonly path: string;
  readonly isAllowedOrigin: (origin: string) => boolean;
  readonly addressOf: (request: IncomingMessage) => string;
}

export const liveProtocol = 'reknit.v1';
const lookMs = 1_000;

export const createLiveHub = (deps: LiveHubDeps): LiveHub => {
  const { core, schemas, pages, textOf, path, isAllowedOrigin, addressOf } = deps;
  const { clock, limits, logger, metrics, log, byAddress } = core;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.messageBytesMax,
    // Compressed for each socket anew it would cost more than what it saves; and a cap on what is inflated less.
    perMessageDeflate: false,
    handleProtocols: () => liveProtocol,
  });
  const tail = createTail({
    log,
    logger,
    clock,
    limits,
    write: async (entries, reader, more) => {
      const position = entries.at(-1)?.position ?? 0;
      const facts = await log.facts();
      const cursor = await cursorAt(core, facts, position, reader);
      const page = createPage(reader, textOf);
      page.add(entries);
      const mark = markText(facts, facts.head);
      return {
        bytes: Buffer.from(
          `{"type":"entries",${page.text()},"cursor":"${cursor}","mark":"${mark}","more":${String(more)}}`,
        ),
        cursor,
        position,
      };
    },
  });
  const budget = createSendBudget(limits.socketsBufferedBytesMax);
  metrics.watchWaiting(budget.total);
  const sockets = new Set<LiveSocket>();
  const byPrincipal = new Map<string, number>();
  const strangers = new Map<string, number>();
  let checkedMs = clock.nowMs();
  let cancelLook: (() => void) | undefined;
  let isClosed = false;

  const recheck = async (): Promise<void> => {
    checkedMs = clock.nowMs();
    await Promise.all([...sockets].map((socket) => socket.recheck()));
  };
  const look = (): void => {
    cancelLook = undefined;
    budget.look();
    for (const socket of sockets) socket.look();
    if (clock.nowMs() - checkedMs >= limits.recheckMs) void recheck();
    if (sockets.size > 0 && !isClosed) cancelLook = clock.after(lookMs, look);
  };

  const problemWith = (request: IncomingMessage, address: string): unknown => {
    const { origin } = request.headers;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const waitMs = byAddress.take(address, 1, clock.nowMs());
    if (waitMs > 0) return tooMany(waitMs);
    if (isClosed) return problem('shutting_down', 'the hub is shutting down: try again in a moment');
    if (origin !== undefined && !isAllowedOrigin(origin))
      return problem('forbidden', 'pages of this origin may not call this hub');
    if (request.method !== 'GET') return problem('method_not_allowed', 'a socket is opened with GET');
    if (!offered.includes(liveProtocol))
      return problem('bad_request', `the socket has to offer the subprotocol ${liveProtocol}`);
    if (sockets.size >= limits.socketsMax || (strangers.get(address) ?? 0) >= limits.strangersPerAddressMax)
      return tooMany(lookMs);
    return undefined;
  };

  return {
    recheck,
    upgrade: (request, stream, head) => {
      if (pathOf(request) !== path) return false;
      const address = addressOf(request);
      const found = problemWith(request, address);
      metrics.request('live', found === undefined ? 101 : problemOf(found).status, 0);
      if (found !== undefined) {
        refuse(stream, found);
        return true;
      }
      stream.on('error', (error) => logger.debug('a socket failed while it was opened', { error: error.message }));
      server.handleUpgrade(request, stream, head, (webSocket) => {
        count(strangers, address, 1);
        metrics.socketOpened();
        let isStranger = true;
        const known = (): void => {
          if (isStranger) count(strangers, address, -1);
          isStranger = false;
        };
        const socket = createLiveSocket({
          core,
          schemas,
          pages,
          tail,
          socket: webSocket,
          address,
          budget,
          headerToken: bearerToken(request.headers.authorization),
          enter: ({ id }) => {
            if ((byPrincipal.get(id) ?? 0) >= limits.socketsPerPrincipalMax) return undefined;
            known();
            count(byPrincipal, id, 1);
            return () => count(byPrincipal, id, -1);
          },
          onGone: () => {
            known();
            sockets.delete(socket);
          },
        });
        sockets.add(socket);
        cancelLook ??= clock.after(lookMs, look);
      });
      return true;
    },
    close: () => {
      isClosed = true;
      cancelLook?.();
      for (const socket of sockets) socket.end('shutting_down');
      tail.close();
      server.close();
    },
  };
};

const pathOf = ({ url }: IncomingMessage): string => (url ?? '').split('?', 1)[0] ?? '';

const count = (counts: Map<string, number>, name: string, change: number): void => {
  const now = (counts.get(name) ?? 0) + change;
  if (now > 0) counts.set(name, now);
  else counts.delete(name);
};

const refuse = (stream: Duplex, found: unknown): void => {
  const told = problemOf(found);
  const body = JSON.stringify(problemBody(told));
  stream.on('error', () => undefined);
  stream.end(
    [
      `HTTP/1.1 ${told.status} Refused`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      'connection: close',
      ...(told.retryAfterMs === undefined ? [] : [`retry-after: ${Math.ceil(told.retryAfterMs / 1_000)}`]),
      '',
      body,
    ].join('\r\n'),
  );
  // A peer that goes on sending is not listened to.
  stream.once('finish', () => stream.destroy());
};
