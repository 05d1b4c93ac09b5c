/**
 * What the compiler derives from a definition: what one may write to such a resource, and
 * what one finds in it. Undeclared fields are not in these types, so that a misspelt field
 * is an error; they are merged all the same.
 */
import type { FieldDefinition, ReadOf, ValueOf, WriteOf } from '../fields/field-definition.js';
import type { ResourceDefinition } from './resource-definition.js';

/** Any definition that still knows its types. */
type Typed = Pick<ResourceDefinition, 'fields'>;

/** The payload of `update`: some fields, each with a new value or an operation of its kind. */
export type PayloadOf<Resource extends Typed> = {
  readonly [Field in keyof Resource['fields']]?: WriteOf<Resource['fields'][Field]>;
};

/** The payload of `create`: plain values. */
export type CreatePayloadOf<Resource extends Typed> = {
  readonly [Field in keyof Resource['fields']]?: ValueOf<Resource['fields'][Field]>;
};

/** What a view shows; fields that can be absent are optional. */
export type FieldsOf<Resource extends Typed> = Flat<
  {
    readonly [
      Field in keyof Resource['fields'] as CanBeAbsent<Resource['fields'][Field]> extends true ? never : Field
    ]: ReadOf<Resource['fields'][Field]>;
  } & {
    readonly [
      Field in keyof Resource['fields'] as CanBeAbsent<Resource['fields'][Field]> extends true ? Field : never
    ]?: Exclude<ReadOf<Resource['fields'][Field]>, undefined>;
  }
>;

/** What `where` of a list may ask of such resources: for a field one value, or any of several. */
export type WhereOf<Resource extends Typed> = {
  readonly [Field in keyof Resource['fields']]?: Accepted<Exclude<ReadOf<Resource['fields'][Field]>, undefined>>;
};

/** A list always stands for any of its values, so a value that is itself a list is given in one. */
type Accepted<Value> = Exclude<Value, readonly unknown[]> | readonly Value[];

type CanBeAbsent<Field extends FieldDefinition<unknown>> = undefined extends ReadOf<Field> ? true : false;

/** The same members as one object, which is what an editor then shows. */
type Flat<Members> = { readonly [Member in keyof Members]: Members[Member] };
