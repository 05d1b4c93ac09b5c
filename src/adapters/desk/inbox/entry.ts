/** A conflict as the desk keeps it in memory for lists: small, with a text to search in. */
import type { ConflictOutline, ConflictSideView } from '../../../application/index.js';
import type { ConflictSummary, Json } from '../api/index.js';
import { decidedByOf } from '../shown/decided-by.js';
import { previewOf } from '../shown/value.js';

export interface InboxEntry {
  readonly summary: Omit<ConflictSummary, 'mayResolve' | 'later'>;
  /** The types that it tells something of; who may not read one of them is not shown it. */
  readonly types: readonly string[];
  readonly agents: readonly string[];
  readonly replicas: readonly string[];
  readonly fields: readonly string[];
  /** In lower case. */
  readonly text: string;
  /** Milliseconds since 1970; undefined while it is pending. */
  readonly resolvedMs: number | undefined;
  readonly createdMs: number;
}

const textCharsMax = 1_000;

export const entryOf = (outline: ConflictOutline, replicaId: string): InboxEntry => {
  const { conflictId, resourceType, resourceId, unit, conflictType, siblings, closedBy, createdAt, version } = outline;
  const fields =
    unit.kind === 'field' || unit.kind === 'dependency' ? [unit.field] : unit.kind === 'group' ? unit.fields : [];
  const decidedBy = decidedByOf(outline);
  const result = resultOf(outline.resolution);
  const sides = siblings.map((side) => sideOf(side, replicaId));
  const words = [
    resourceType,
    resourceId,
    unit.kind,
    ...(unit.kind === 'group' ? [unit.group] : []),
    ...(unit.kind === 'dependency' ? [unit.target.resourceType, unit.target.resourceId] : []),
    ...fields,
    ...siblings.flatMap(({ agentId, replicaId: from, note = '' }) => [agentId, from, note]),
    ...sides.map(({ value }) => value?.text ?? ''),
    ...closedBy.flatMap(({ agentId, note = '' }) => [agentId, note]),
  ];
  const createdMs = Date.parse(createdAt);
  return {
    summary: {
      conflictId,
      version,
      resourceType,
      resourceId,
      unit: unit.kind === 'group' ? { ...unit, fields: [...unit.fields] } : unit,
      conflictType,
      status: outline.status === 'pending_review' ? 'pending' : 'resolved',
      createdAt,
      sides,
      ...(decidedBy === undefined ? {} : { decidedBy }),
      ...(result === undefined ? {} : { result: previewOf(result) }),
    },
    types: unit.kind === 'dependency' ? [resourceType, unit.target.resourceType] : [resourceType],
    agents: [...new Set(siblings.map(({ agentId }) => agentId))],
    replicas: [...new Set(siblings.map(({ replicaId: from }) => from))],
    fields,
    text: words.join('\n').slice(0, textCharsMax).toLowerCase(),
    createdMs,
    // What a strategy decided was decided when it was found.
    resolvedMs:
      outline.status === 'pending_review'
        ? undefined
        : decidedBy?.at === undefined
          ? createdMs
          : Math.max(createdMs, Date.parse(decidedBy.at)),
  };
};

/** What was made of it; closed by several events, it may be several values. */
const resultOf = (resolution: ConflictOutline['resolution']): Json | undefined => {
  switch (resolution?.type) {
    case 'winner':
    case 'value':
      return resolution.value;
    case 'closed':
      return resolution.values.length === 1 ? resolution.values[0] : undefined;
    case 'apply':
    case 'moot':
    case undefined:
      return undefined;
  }
};

const sideOf = (
  { eventId, agentId, replicaId, timestamp, value }: ConflictSideView,
  ownId: string,
): ConflictSummary['sides'][number] => ({
  eventId,
  agentId,
  replicaId,
  timestamp,
  isLocal: replicaId === ownId,
  ...(value === undefined ? {} : { value: previewOf(value) }),
});
