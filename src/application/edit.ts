/** Writing what follows from the state: decided inside the transaction, from the view at that moment. */
import type { ResourceRef } from '../domain/events/event.js';
import { ReknitError } from '../domain/shared/errors.js';
import type { JsonObject } from '../domain/shared/json.js';
import type { WriteRequest } from './recording/write-request.js';
import type { ResourceReader } from './reading/resource-reader.js';
import type { ResourceSnapshot } from './reading/resource-snapshot.js';
import { write, type WriteOptions } from './write.js';

export const editRequest = (
  ref: ResourceRef,
  decide: (view: ResourceSnapshot) => JsonObject | undefined,
  options: WriteOptions,
  agentId: string,
  snapshot: ResourceReader['snapshot'],
): WriteRequest => ({
  resources: [ref],
  agentId,
  changes: (current) => {
    const { resourceType, resourceId } = ref;
    const { state, view } = current(ref);
    if (state === undefined || view === undefined || state.existence.length === 0)
      throw new ReknitError('resource_not_found', `${resourceType} ${resourceId} is not known here: create it first`, {
        resourceType,
        resourceId,
      });
    const fields = decide(snapshot({ state, view }));
    if (fields instanceof Promise) {
      // It is not waited for, and what becomes of it must not end the program.
      fields.catch(() => undefined);
      throw new ReknitError('wrong_type', '"decide" must be synchronous: look up beforehand what it needs', {
        member: 'decide',
      });
    }
    return fields === undefined ? [] : [write.update(resourceType, resourceId, fields, options)];
  },
});
