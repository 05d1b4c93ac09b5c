/** The conflict desk for one replica: to be mounted in a server of one's own. */
export type * from './api/index.js';
export { createDesk, type Desk } from './create-desk.js';
export type { DeskRequestOrigin } from './http/env.js';
export {
  defaultDeskLimits,
  systemDeskClock,
  type DeskClock,
  type DeskConnection,
  type DeskLimits,
  type DeskOptions,
  type DeskPerson,
  type DeskSignIn,
} from './options.js';
