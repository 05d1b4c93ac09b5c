export { replicaRemote } from './replica-remote.js';
