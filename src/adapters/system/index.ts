/** The clock, the randomness and the hash function of the machine. */
export { nodeSystem } from './node-system.js';
