/** What a browser says of the network, and when a page comes to the front again. */
import type { Connectivity } from '../../../application/ports/connectivity.js';

interface EventSource {
  readonly addEventListener: (type: string, listener: () => void) => void;
  readonly removeEventListener: (type: string, listener: () => void) => void;
}

/** A window or a worker, as far as it is looked at. */
export interface BrowserScope extends EventSource {
  readonly navigator: { readonly onLine?: boolean };
  readonly document?: EventSource;
}

/** What a browser knows of its network. */
export const browserConnectivity = (scope: BrowserScope): Connectivity => ({
  isOnline: () => scope.navigator.onLine !== false,
  watch: (onChange) => {
    // While a page is hidden its timers may stand still: looking again costs little.
    const sources = [
      [scope, 'online'],
      [scope, 'offline'],
      ...(scope.document === undefined ? [] : [[scope.document, 'visibilitychange'] as const]),
    ] as const;
    for (const [source, type] of sources) source.addEventListener(type, onChange);
    return () => {
      for (const [source, type] of sources) source.removeEventListener(type, onChange);
    };
  },
});
