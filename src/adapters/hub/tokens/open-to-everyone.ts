/** Lets everyone do everything: for a hub on one's own machine, when somebody asked for it in words. */
import type { Authenticate } from '../principal.js';

export const openToEveryone: Authenticate = () => ({
  id: 'everyone',
  replicas: 'any',
  agents: 'any',
  rights: { '*': ['read', 'write', 'delete', 'resolve', 'relay'] },
});
