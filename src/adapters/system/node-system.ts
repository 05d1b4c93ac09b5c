/** The machine as Node gives it; each part can be replaced, for a test or by an embedder. */
import { silentLogger, type System } from '../../application/ports/system.js';
import { nodeSha256 } from './node-sha256.js';
import { createRandomId } from './random-id.js';

export const nodeSystem = (overrides: Partial<System> = {}): System => ({
  clock: () => Date.now(),
  randomId: createRandomId(),
  sha256: nodeSha256(),
  logger: silentLogger,
  ...overrides,
});
