/** The conflict desk for one replica: mounted in a server of one's own, or served on a port. */
export type * from './api/index.js';
