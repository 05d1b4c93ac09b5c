/** What one asks a list of resources for. */
import type { Json } from '../../domain/shared/json.js';
import type { ResourceCursor } from '../ports/event-store.js';

/** Which resources, in which order. */
export interface ListQuery {
  /** Without it the resources of all types. */
  readonly resourceType?: string;
  /** Field to accepted values: one, or any of a list. A field that nobody has written has its default. */
  readonly where?: Readonly<Record<string, Json | readonly Json[]>>;
  /** Deleted ones are left out otherwise. */
  readonly includeDeleted?: boolean;
  /** Only those with a pending conflict. */
  readonly pendingOnly?: boolean;
  /** By id (the default), or the last changed first. */
  readonly orderBy?: 'id' | 'updatedAt';
  /** Continue after this resource. */
  readonly after?: ResourceCursor;
  /** At most so many in all. */
  readonly limit?: number;
}

export const listMembers: Readonly<Record<keyof ListQuery, true>> = {
  resourceType: true,
  where: true,
  includeDeleted: true,
  pendingOnly: true,
  orderBy: true,
  after: true,
  limit: true,
};
