/** Changes as `commit` takes them: checked and copied where they are made. */
import type { Change, ChangeOptions } from '../domain/resource/change.js';
import { copyJson } from '../domain/shared/copy-json.js';
import type { JsonObject } from '../domain/shared/json.js';
import { checkChange } from './argument-checks.js';

/** What one may say beside what is to change. */
export type WriteOptions = ChangeOptions;

/** Builders for `commit`. */
export const write = {
  create: (resourceType: string, resourceId: string, fields: JsonObject, options: WriteOptions = {}): Change =>
    change('create', resourceType, resourceId, fields, options),
  update: (resourceType: string, resourceId: string, fields: JsonObject, options: WriteOptions = {}): Change =>
    change('update', resourceType, resourceId, fields, options),
  delete: (resourceType: string, resourceId: string, options: WriteOptions = {}): Change =>
    change('delete', resourceType, resourceId, {}, options),
};

const change = (
  operation: Change['operation'],
  resourceType: string,
  resourceId: string,
  payload: JsonObject,
  options: WriteOptions,
): Change => {
  const made = { operation, resourceType, resourceId, payload: copyJson(payload), options };
  checkChange(made);
  return made;
};
