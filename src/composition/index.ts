/** Wiring: `openReplica` with plain options, or a container whose every binding can be replaced. */
export { bundleRemote } from '../adapters/remote/bundle/index.js';
export { replicaRemote } from '../adapters/remote/in-process/index.js';
export { hubRemote, type HubRemoteOptions } from '../adapters/remote/hub/node.js';
export { createReplicaContainer, openReplica, openReplicaIn } from './open-replica.js';
export type { OpenOptions } from './open-options.js';
export { repairReplica, type FileRepairReport, type RepairOptions } from './repair-replica.js';
export { replicaModule } from './replica-module.js';
export { tokens } from './tokens.js';
