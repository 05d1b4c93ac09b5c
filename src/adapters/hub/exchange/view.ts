/**
 * What one reader is given of the log: what may be read, and of that what was asked for (R38).
 * Readers with equal views are given equal bytes, so what is sent to many is written once; and a
 * cursor belongs to a view, since with another one it would pass over what was left out before.
 */
import type { HubEntry } from '../../../application/ports/hub-log.js';
import type { SyncScope } from '../../../application/ports/remote.js';
import type { Dot } from '../../../domain/events/event.js';
import { canonicalJson } from '../../../domain/shared/canonical-json.js';
import type { Sha256 } from '../../../domain/shared/sha256.js';
import { may, type Principal } from '../tokens/principal.js';

export interface View {
  readonly digest: string;
  readonly shows: (resourceType: string, resourceId: string) => boolean;
  /** Whether everything is shown, whatever it is. */
  readonly isWhole: boolean;
}

const digestChars = 16;

export const viewOf = (principal: Principal, scope: SyncScope | undefined, sha256: Sha256): View => {
  const types = scope?.resourceTypes === undefined ? undefined : new Set(scope.resourceTypes);
  const resources =
    scope?.resources === undefined
      ? undefined
      : new Set(scope.resources.map(({ resourceType, resourceId }) => keyOf(resourceType, resourceId)));
  const isScoped = types !== undefined || resources !== undefined;
  const readable = Object.keys(principal.rights)
    .sort()
    .map((type): readonly [string, boolean] => [type, principal.rights[type]?.includes('read') === true]);
  const digest = sha256(
    canonicalJson([readable, isScoped ? [[...(types ?? [])].sort(), [...(resources ?? [])].sort()] : null]),
  ).slice(0, digestChars);
  return {
    digest,
    isWhole: !isScoped && readable.some(([type]) => type === '*') && readable.every(([, isRead]) => isRead),
    shows: (resourceType, resourceId) =>
      may(principal, 'read', resourceType) &&
      (!isScoped || types?.has(resourceType) === true || resources?.has(keyOf(resourceType, resourceId)) === true),
  };
};

export const isShown = ({ shows }: View, entry: HubEntry): boolean => {
  const { resourceType, resourceId } = entry.type === 'event' ? entry.sealed.event : entry.refusal;
  return shows(resourceType, resourceId);
};

export const dotOfEntry = (entry: HubEntry): Dot => (entry.type === 'event' ? entry.sealed.dot : entry.refusal.dot);

const keyOf = (resourceType: string, resourceId: string): string => `${resourceType}\u0000${resourceId}`;
