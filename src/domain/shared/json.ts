/** JSON as it is held in memory. Everything here is treated as immutable. */
export type JsonPrimitive = null | boolean | number | string;
/** Whatever JSON can carry there and back. */
export type Json = JsonPrimitive | readonly Json[] | JsonObject;
/** A JSON object; nothing of it is changed by this package. */
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
