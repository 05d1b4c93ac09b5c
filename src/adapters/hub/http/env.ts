/** What comes with a request besides itself. */
import type { Context } from 'hono';

/** As `@hono/node-server` gives it; who calls `fetch` by other means names the address, or nobody's is known. */
export interface RequestOrigin {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
  readonly address?: string;
}

export interface HubEnv {
  readonly Bindings: RequestOrigin;
}

export type HubContext = Context<HubEnv>;

export const unknownAddress = 'unknown';

export const socketAddressOf = (origin: RequestOrigin | undefined): string =>
  origin?.address ?? origin?.incoming?.socket?.remoteAddress ?? unknownAddress;

const loopback = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;

/** From this machine, and not by way of a proxy on it. */
export const isFromHere = (context: HubContext): boolean =>
  loopback.test(socketAddressOf(context.env)) &&
  ['forwarded', 'x-forwarded-for', 'x-real-ip'].every((name) => context.req.header(name) === undefined);
