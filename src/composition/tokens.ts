/** What can be bound differently: one typed token for each part of a replica. */
import type { ServiceIdentifier } from 'inversify';
import type { EventStore, MergeLimits, Replica, System } from '../application/index.js';
import type { Policy } from '../domain/index.js';
import type { OpenOptions } from './open-options.js';

const token = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(`reknit:${name}`);

/** By these names the parts are bound. */
export const tokens = {
  options: token<OpenOptions>('options'),
  store: token<EventStore>('store'),
  system: token<System>('system'),
  limits: token<MergeLimits>('limits'),
  /** The policy that the replica opens under; undefined to take the one that is stored. */
  wantedPolicy: token<{ readonly policy: Policy | undefined }>('wanted-policy'),
  replica: token<Replica>('replica'),
} as const;
