/**
 * A hub on a port of its own. Plain HTTP carries tokens in the open, so it is served on this
 * machine alone, unless somebody says in words that a proxy in front of it does the rest.
 */
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { checkArgument, checkMembers, hasMethods, isObject, type Members } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Hub } from './create-hub.js';
import { problem, problemBody, problemOf } from './problems.js';

/** Which hub, where, and with which certificate. */
export interface ServeOptions {
  readonly hub: Hub;
  /** This machine alone, where none is named. */
  readonly host?: string;
  /** Any free one, where none is named. */
  readonly port?: number;
  /** PEM texts. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly allowPlainHttp?: boolean;
  readonly limits?: Partial<ServeLimits>;
}

/** What a server bears. */
export interface ServeLimits {
  readonly connectionsMax: number;
  /** From the first to the last byte of a request's headers. */
  readonly headersMsMax: number;
  /** Of a whole request. */
  readonly requestMsMax: number;
  readonly headerBytesMax: number;
  /** How long a connection that asks nothing stays open. */
  readonly idleMsMax: number;
}

/** A hub that is being served. */
export interface HubServer {
  readonly url: string;
  readonly port: number;
  /** Lets what was begun end, and closes the hub with it. */
  readonly close: () => Promise<void>;
}

const defaultLimits: ServeLimits = {
  connectionsMax: 10_000,
  headersMsMax: 10_000,
  requestMsMax: 30_000,
  headerBytesMax: 16 * 1024,
  idleMsMax: 30_000,
};

/** How often Node looks for requests that take too long. */
const lookMs = 1_000;

/** Whether only this machine can reach that host. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** Answers requests of Node's own server, and of the frameworks that stand on it. */
export const hubListener = (
  hub: Pick<Hub, 'fetch'>,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  checkArgument(hasMethods(hub, ['fetch']), 'hubListener', 'hub', 'what createHub makes');
  const answer = getRequestListener(hub.fetch, { overrideGlobalObjects: false });
  return (request, response) => {
    // It answers whatever happens, so nobody has to wait for it.
    if (request.method !== 'POST' || !request.readableDidRead) return void answer(request, response);
    // What a body parser took would look like a body that is no JSON, which sends people to look at the wrong end.
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify(problemBody(problemOf(bodyWasRead))));
  };
};

const bodyWasRead = problem(
  'internal_error',
  'the body of this request was read before the hub got it: mount the hub before anything that reads bodies',
);

const members: Members<ServeOptions> = {
  hub: true,
  host: true,
  port: true,
  tls: true,
  allowPlainHttp: true,
  limits: true,
};

const checkServeOptions = (options: ServeOptions): void => {
  const check = (isRight: boolean, member: string, what: string): void =>
    checkArgument(isRight, 'serveHub', member, what);
  check(isObject(options), 'options', 'an object: { hub, host, port, tls }');
  checkMembers('serveHub', options, members);
  checkMembers('serveHub, limits,', options.limits, defaultLimits);
  const { hub, host = '', port = 0, tls } = options;
  check(hasMethods(hub, ['fetch', 'upgrade', 'close']), 'hub', 'what createHub makes');
  check(typeof host === 'string', 'host', 'the name or address to listen on');
  check(Number.isInteger(port) && port >= 0 && port <= 65_535, 'port', 'a whole number from 0, any free one, to 65535');
  check(tls === undefined || isObject(tls), 'tls', 'an object of PEM texts: { cert, key }');
};

/** What stands in the way of listening, and what to do about it; another error stays what it is. */
const cannotListen = (cause: NodeJS.ErrnoException, host: string, port: number): Error => {
  const facts = { host, port };
  switch (cause.code) {
    case 'EADDRINUSE':
      return new ReknitError(
        'address_in_use',
        `another program listens on port ${port} of ${host}: stop it, or choose another port (0 takes any that is free)`,
        facts,
        { cause },
      );
    case 'EACCES':
      return new ReknitError(
        'address_unusable',
        `this user may not listen on port ${port}: choose one from 1024 up, and put a proxy before it`,
        facts,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ReknitError(
        'address_unusable',
        `${host} is no address of this machine: name one that it has, or leave it out`,
        facts,
        { cause },
      );
    default:
      return cause;
  }
};

/** Serves a hub on a port of its own; beyond this machine only with TLS, or where plain HTTP is allowed. */
export const serveHub = async (options: ServeOptions): Promise<HubServer> => {
  checkServeOptions(options);
  const { hub, host = '127.0.0.1', port = 0, tls, allowPlainHttp = false } = options;
  if (tls === undefined && !allowPlainHttp && !isLoopbackHost(host))
    throw new ReknitError(
      'plain_http_refused',
      `tokens and events would cross the network in the open on ${host}: give a certificate and its key, or allow plain HTTP where a proxy adds TLS`,
      { host },
    );
  const limits = { ...defaultLimits, ...options.limits };
  const settings = {
    headersTimeout: limits.headersMsMax,
    requestTimeout: limits.requestMsMax,
    keepAliveTimeout: limits.idleMsMax,
    maxHeaderSize: limits.headerBytesMax,
    connectionsCheckingInterval: lookMs,
  };
  const listener = hubListener({
    fetch: async (request, origin) => {
      const response = await hub.fetch(request, origin);
      if (tls !== undefined) response.headers.set('strict-transport-security', 'max-age=31536000');
      return response;
    },
  });
  const server: Server =
    tls === undefined
      ? createPlainServer(settings, listener)
      : createTlsServer({ ...settings, ...tls, minVersion: 'TLSv1.2' }, listener);
  server.maxConnections = limits.connectionsMax;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (hub.upgrade(request, socket, head)) return;
    // The server no longer looks after it: unheard, its failure would end the process; half open, it would stay for ever.
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n', () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(cannotListen(cause, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const { port: opened } = server.address() as AddressInfo;
  return {
    port: opened,
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${opened}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await hub.close();
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), lookMs);
      await closed;
      clearTimeout(cut);
    },
  };
};
