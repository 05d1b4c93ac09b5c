/** The machine as a browser gives it, to a window or to a worker. */
import { browserConnectivity, type BrowserScope } from '../adapters/remote/index.js';
import { alwaysOnline, silentLogger, type System } from '../application/index.js';
import { portableSha256 } from '../domain/index.js';

/** What is used of it; a layer without a platform cannot name the browser's own types. */
interface Browser {
  readonly crypto: { readonly getRandomValues: (into: Uint8Array) => unknown };
  readonly btoa: (bytes: string) => string;
  readonly setTimeout: (run: () => void, delayMs: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
}

/**
 * The clock, the randomness and the network of this browser. Hashing is the portable function's: that of the platform
 * answers later, and an event is hashed where it is made.
 */
export const browserSystem = (overrides: Partial<System> = {}): System => {
  const browser = globalThis as unknown as Browser & Partial<BrowserScope>;
  const randomId = randomIds(browser);
  return {
    clock: () => Date.now(),
    randomId,
    sha256: portableSha256,
    logger: silentLogger,
    timers: {
      after: (delayMs, run) => {
        const timer = browser.setTimeout(run, delayMs);
        return () => browser.clearTimeout(timer);
      },
    },
    chance: () => Math.random(),
    connectivity: isScope(browser) ? browserConnectivity(browser) : alwaysOnline,
    processName: `tab ${randomId().slice(0, 6)}`,
    ...overrides,
  };
};

const isScope = (browser: Partial<BrowserScope>): browser is BrowserScope =>
  typeof browser.addEventListener === 'function' && browser.navigator !== undefined;

const idBytes = 16;

/** 128 random bits as 22 characters of base64url. One that begins with a hyphen would be an option on a command line. */
const randomIds =
  ({ crypto, btoa }: Browser) =>
  (): string => {
    for (;;) {
      const bytes = new Uint8Array(idBytes);
      crypto.getRandomValues(bytes);
      const id = btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '');
      if (!id.startsWith('-')) return id;
    }
  };
