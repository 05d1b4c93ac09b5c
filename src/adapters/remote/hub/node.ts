/** A hub as a remote on Node, where older versions have no WebSocket of their own: `ws` stands in. */
import { hubRemote as anywhere, type HubRemoteOptions, type HubSocketClass } from './index.js';
import { isObject } from '../../../domain/shared/check-argument.js';
import type { Remote } from '../../../application/index.js';

export type { HubRemoteOptions } from './index.js';

/** Loaded when the first subscription is opened, and not before. */
const nodeSocket = async (): Promise<HubSocketClass | undefined> => {
  const { WebSocket: platform } = globalThis as { readonly WebSocket?: unknown };
  if (platform !== undefined) return platform as HubSocketClass;
  const { WebSocket } = await import('ws');
  return WebSocket;
};

/** A hub as a remote, on Node: what is new there comes over a socket, where the hub offers one. */
export const hubRemote = (options: HubRemoteOptions): Remote =>
  anywhere(isObject(options) && options.WebSocket === undefined ? { ...options, WebSocket: nodeSocket } : options);
