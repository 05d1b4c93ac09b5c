/** A hub over HTTP and WebSocket, for browsers and Node. */
export { browserConnectivity, type BrowserScope } from './browser-connectivity.js';
export { hubRemote } from './hub-remote.js';
export type { HubRemoteOptions } from './hub-remote-options.js';
export type { HubSocket, HubSocketClass } from './live-subscription.js';
