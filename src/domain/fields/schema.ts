/**
 * A schema of any library that follows Standard Schema, asked as a yes-or-no question.
 *
 * It checks and never changes: what was written is what is stored, or replicas with different
 * versions of a schema library would hold different values for one event. So a field's type is
 * the schema's input type, and transformations have no effect. It must answer at once, because
 * recording and merging do.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** A schema whose input type is that value. */
export type SchemaOf<Value> = StandardSchemaV1<Value, unknown>;

export const schemaCheck = (schema: SchemaOf<unknown>): ((value: unknown) => string | undefined) => {
  const { validate, vendor } = schema['~standard'];
  return (value) => {
    try {
      const result = validate(value);
      if (result instanceof Promise) {
        // Its answer comes too late; a rejection that nobody handles would end the program.
        result.then(undefined, () => undefined);
        return `the ${vendor} schema is asynchronous: use one that answers synchronously`;
      }
      return result.issues?.map(issueText).join('; ');
    } catch (thrown) {
      return `the ${vendor} schema threw: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    }
  };
};

export const isSchema = (schema: unknown): schema is SchemaOf<unknown> => {
  // Some libraries' schemas are functions.
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return false;
  const standard = (schema as { readonly '~standard'?: { readonly validate?: unknown } })['~standard'];
  return typeof standard?.validate === 'function';
};

const issueText = ({ message, path = [] }: StandardSchemaV1.Issue): string => {
  const place = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');
  return place === '' ? message : `${place}: ${message}`;
};
