/** Resource types as an embedder declares them, and the types that the compiler derives from that. */
export type { Counter, CounterValue, Increment } from '../fields/counter.js';
export { counter, increment } from '../fields/counter.js';
export type { FieldDefinition, FieldTypes, ReadOf, ValueOf, WriteOf } from '../fields/field-definition.js';
export type { List } from '../fields/list.js';
export { list } from '../fields/list.js';
export type { Reference, ReferenceOptions } from '../fields/reference.js';
export { reference } from '../fields/reference.js';
export type { Register, RegisterOptions } from '../fields/register.js';
export { register } from '../fields/register.js';
export type { SetChange, SetField } from '../fields/set.js';
export { add, remove, set } from '../fields/set.js';
export type { SchemaOf } from '../fields/schema.js';
export type { SpliceChange, Text, TextEdit } from '../fields/text.js';
export { splice, text } from '../fields/text.js';
export type { AnyResource, FieldMap, Granularity, GroupDefinition, Upcast } from './any-resource.js';
export type { CreatePayloadOf, FieldsOf, PayloadOf, WhereOf } from './payload-types.js';
export type { GroupOptions, ResourceDefinition, ResourceOptions } from './resource-definition.js';
export { defineResource } from './resource-definition.js';
