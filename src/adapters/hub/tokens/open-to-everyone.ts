/** Lets everyone do everything: for a hub on one's own machine, when somebody asked for it in words. */
import type { Authenticate } from './principal.js';

/** Lets everyone do everything: for tests, and for machines that nobody else reaches. */
export const openToEveryone: Authenticate = () => ({
  id: 'everyone',
  replicas: 'any',
  agents: 'any',
  rights: { '*': ['read', 'write', 'delete', 'resolve', 'relay'] },
});
