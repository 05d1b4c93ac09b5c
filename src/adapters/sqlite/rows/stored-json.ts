/** JSON that this store wrote itself, read back. */
import type { Json, JsonObject } from '../../../domain/shared/json.js';

/** Without a prototype, as the domain makes its own, so that a field may have any name. */
export const readFields = (text: string): JsonObject =>
  Object.assign(Object.create(null) as Record<string, Json>, JSON.parse(text) as JsonObject);
