/**
 * A replica as it looks to who has a definition: the resources of one type, with payloads,
 * conditions and views that the compiler checks. It is the replica's own calls and nothing more;
 * what is undeclared is reached by those.
 */
import type { Observable } from 'rxjs';
import type { ReknitEvent } from '../../domain/events/event.js';
import type { Change } from '../../domain/resource/change.js';
import type { AnyResource } from '../../domain/resource-definition/any-resource.js';
import type { CreatePayloadOf, FieldsOf, PayloadOf, WhereOf } from '../../domain/resource-definition/payload-types.js';
import type { ListQuery } from '../reading/list-query.js';
import type { ResourceSnapshot } from '../reading/resource-snapshot.js';
import type { WriteOptions } from '../write.js';

/** What one reads of a resource of a declared type. */
export type TypedSnapshot<Definition extends AnyResource> = ResourceSnapshot<FieldsOf<Definition>>;

/** A list of one declared type. */
export interface TypedListQuery<Definition extends AnyResource> extends Omit<ListQuery, 'resourceType' | 'where'> {
  /** Field to accepted values: one, or any of a list. A field that nobody has written has its default. */
  readonly where?: WhereOf<Definition>;
}

/** Changes of one declared type, for `commit`. */
export interface TypedWrite<Definition extends AnyResource> {
  readonly create: (resourceId: string, fields: CreatePayloadOf<Definition>, options?: WriteOptions) => Change;
  readonly update: (resourceId: string, fields: PayloadOf<Definition>, options?: WriteOptions) => Change;
  readonly delete: (resourceId: string, options?: WriteOptions) => Change;
}

/** One type's resources, with payloads and views that the compiler checks. */
export interface TypedResource<Definition extends AnyResource> {
  /** Refused with `resource_exists` where it is live. */
  readonly create: (
    resourceId: string,
    fields: CreatePayloadOf<Definition>,
    options?: WriteOptions,
  ) => Promise<ReknitEvent>;
  /** Writes these fields and leaves the others; refused with `resource_not_found` or `resource_deleted`. */
  readonly update: (resourceId: string, fields: PayloadOf<Definition>, options?: WriteOptions) => Promise<ReknitEvent>;
  readonly delete: (resourceId: string, options?: WriteOptions) => Promise<ReknitEvent>;
  /** Decides the change from the view inside the transaction; `undefined` changes nothing. Must be synchronous and may be asked again. */
  readonly edit: (
    resourceId: string,
    decide: (view: TypedSnapshot<Definition>) => PayloadOf<Definition> | undefined,
    options?: WriteOptions,
  ) => Promise<ReknitEvent | undefined>;
  /** Undefined where it was never known here; a deleted one says so. */
  readonly get: (resourceId: string) => Promise<TypedSnapshot<Definition> | undefined>;
  /** Read in pages while it is iterated. */
  readonly list: (query?: TypedListQuery<Definition>) => AsyncIterable<TypedSnapshot<Definition>>;
  /** The current value first, then again whenever it changes; `watchList` likewise. */
  readonly watch: (resourceId: string) => Observable<TypedSnapshot<Definition> | undefined>;
  readonly watchList: (query?: TypedListQuery<Definition>) => Observable<readonly TypedSnapshot<Definition>[]>;
  /** Builders for the replica's `commit`. */
  readonly write: TypedWrite<Definition>;
}
