/** The machine as Node gives it; each part can be replaced, for a test or by an embedder. */
import { hostname } from 'node:os';
import { silentLogger, type System } from '../../application/ports/system.js';
import type { Timers } from '../../application/ports/timers.js';
import { nodeSha256 } from './node-sha256.js';
import { createRandomId } from './random-id.js';

export const nodeSystem = (overrides: Partial<System> = {}): System => ({
  clock: () => Date.now(),
  randomId: createRandomId(),
  sha256: nodeSha256(),
  logger: silentLogger,
  timers: nodeTimers,
  chance: () => Math.random(),
  processName: `${hostname()}:${process.pid}`,
  ...overrides,
});

/** They keep the process alive: who connects and goes on waiting means to. */
const nodeTimers: Timers = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
