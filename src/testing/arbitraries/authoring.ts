/** What an author would record next: an operation that fits what it sees, with the parents that it has seen. */
import { compareDots, dotOf } from '../../domain/causality/dot.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { Dot, Operation, ReknitEvent, ReplicaId, ResourceRef } from '../../domain/events/event.js';
import { foldResource } from '../../domain/merge/fold-events.js';
import { compareRefs } from '../../domain/resource/resource-key.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { Policy } from '../../domain/strategies/policy.js';

/** How a field is written: as its kind asks for, or with ids of resources of a type. */
export type HistoryField = 'register' | 'counter' | 'set' | 'list' | 'text' | { readonly referenceTo: string };

export interface Author {
  readonly replicaId: ReplicaId;
  lastSeq: number;
  clockMs: number;
  counter: number;
  /** Closed under what its authors had seen. */
  readonly known: ReknitEvent[];
}

/** Small numbers, read modulo whatever there is to choose from: smaller ones mean simpler events. */
export interface WriteStep {
  readonly replica: number;
  readonly resource: number;
  readonly action: number;
  readonly field: number;
  readonly value: number;
  readonly ticks: number;
}

export interface AuthoringContext {
  readonly resources: readonly ResourceRef[];
  readonly fields: Readonly<Record<string, HistoryField>>;
  readonly policy: Policy;
  readonly deletes: boolean;
}

const startMs = 1_770_026_400_000; // 2026-02-02T10:00:00.000Z
const agents = ['ann', 'bot', 'cy'] as const;
/** Few, so that writers agree often, and easily taken for each other. */
const values: readonly Json[] = ['todo', 'done', null, 1, 0, '', ['todo'], { a: 1 }, 'é', false];
const items: readonly Json[] = ['x', 'y', 1, null, 'é'];
const letters = ['a', 'b', 'é', ' ', 'foo', '\uff5e'] as const;

const pick = <Item>(from: readonly Item[], choice: number): Item => from[choice % from.length] as Item;
const dotsOf = (events: readonly ReknitEvent[]): readonly Dot[] =>
  [...new Set(events.map(({ replicaId, seq }) => dotOf(replicaId, seq)))].sort(compareDots);

/** @param count of the events before it, which makes its id unique */
export const authorEvent = (
  author: Author,
  resource: ResourceRef,
  step: WriteStep,
  count: number,
  context: AuthoringContext,
): ReknitEvent => {
  const known = author.known.filter((event) => compareRefs(event, resource) === 0);
  const heads = headsOf(known);
  const operation = operationOf(heads, step.action, context);
  const payload = operation === 'delete' ? {} : payloadOf(known, operation, step, context);
  author.lastSeq += 1;
  author.counter = step.ticks === 0 ? author.counter + 1 : 0;
  author.clockMs += step.ticks;
  const sees = seesOf(author, resource, operation, payload, context);
  const { resourceType, resourceId } = resource;
  return {
    eventId: `event ${count}`,
    replicaId: author.replicaId,
    seq: author.lastSeq,
    agentId: pick(agents, step.replica),
    resourceType,
    resourceId,
    operation,
    timestamp: msToTimestamp(startMs + author.clockMs),
    counter: author.counter,
    parents: dotsOf(heads),
    payload,
    schemaVersion: 1,
    ...(sees.length === 0 ? {} : { sees }),
  } as unknown as ReknitEvent;
};

/** Those that none of the others names as its parent. */
const headsOf = (events: readonly ReknitEvent[]): readonly ReknitEvent[] => {
  const parents = new Set(events.flatMap((event) => event.parents));
  return events.filter(({ replicaId, seq }) => !parents.has(dotOf(replicaId, seq)));
};

const operationOf = (heads: readonly ReknitEvent[], action: number, { deletes }: AuthoringContext): Operation => {
  if (heads.every(({ operation }) => operation === 'delete')) return 'create';
  if (action === 14 && deletes) return 'delete';
  return action === 15 ? 'resolve' : 'update';
};

const payloadOf = (
  known: readonly ReknitEvent[],
  operation: Operation,
  { field, value }: WriteStep,
  { fields, policy, resources }: AuthoringContext,
): JsonObject => {
  const ofKind = Object.entries(fields).filter(([, kind]) => operation !== 'resolve' || kind === 'register');
  if (ofKind.length === 0) return {};
  const [name, kind] = pick(ofKind, field);
  if (typeof kind !== 'string') {
    const ids = resources.filter(({ resourceType }) => resourceType === kind.referenceTo);
    return { [name]: ids.length === 0 || value === 15 ? null : pick(ids, value).resourceId };
  }
  const isPlain = operation === 'create';
  switch (kind) {
    case 'register':
      return { [name]: pick(values, value) };
    case 'counter':
      return { [name]: isPlain ? value : { $increment: value - 7 } };
    case 'set':
      return {
        [name]: isPlain ? [pick(items, value)] : { [value % 3 === 2 ? '$remove' : '$add']: [pick(items, value)] },
      };
    case 'list':
    case 'text': {
      const inserted = kind === 'text' ? pick(letters, value) : [pick(items, value)];
      if (isPlain) return { [name]: inserted };
      // Positions are relative to the field as its author sees it.
      const seen = foldResource(known, policy)?.view.fields[name];
      const length = typeof seen === 'string' || Array.isArray(seen) ? seen.length : 0;
      const index = length === 0 ? 0 : (value * 7) % (length + 1);
      const deleted = value % 4 === 3 ? Math.min(2, length - index) : 0;
      return { [name]: { $splice: [[index, deleted, inserted]] } };
    }
  }
};

/** A reference names its target's heads; a delete names the references to what it deletes (R25). */
const seesOf = (
  { known }: Author,
  resource: ResourceRef,
  operation: Operation,
  payload: JsonObject,
  { fields }: AuthoringContext,
): readonly Dot[] => {
  const targetsOf = (fieldValues: JsonObject | null): readonly ResourceRef[] =>
    Object.entries(fieldValues ?? {}).flatMap(([name, resourceId]) => {
      const kind = fields[name];
      return typeof kind !== 'object' || typeof resourceId !== 'string'
        ? []
        : [{ resourceType: kind.referenceTo, resourceId }];
    });
  const refersTo = (event: ReknitEvent, target: ResourceRef): boolean =>
    targetsOf(event.payload).some((other) => compareRefs(other, target) === 0);
  const elsewhere = known.filter((event) => compareRefs(event, resource) !== 0);
  if (operation === 'delete') return dotsOf(elsewhere.filter((event) => refersTo(event, resource)));
  return dotsOf(
    targetsOf(payload).flatMap((target) => headsOf(elsewhere.filter((event) => compareRefs(event, target) === 0))),
  );
};
