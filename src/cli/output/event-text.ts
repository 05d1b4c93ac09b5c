/** An event, and a side of a conflict, in one line for people. */
import type { ConflictView, ReknitEvent } from '../../index.js';
import { shortened, visible, visibleValue } from './visible.js';

const valueCharactersMax = 100;

export const eventText = (event: ReknitEvent, status?: string): string => {
  const { replicaId, seq, operation, resourceType, resourceId, agentId, timestamp, payload, note } = event;
  const what = operation === 'delete' ? '' : `  ${shortened(visibleValue(payload), valueCharactersMax)}`;
  const remark = note === undefined ? '' : `  "${shortened(visible(note), valueCharactersMax)}"`;
  const standing = status === undefined ? '' : `  (${status})`;
  return `${timestamp}  ${visible(replicaId)}:${seq}  ${visible(agentId)}  ${operation} ${visible(resourceType)} ${visible(resourceId)}${what}${remark}${standing}`;
};

export type ConflictSide = ConflictView['siblings'][number];

export const sideText = ({ value, agentId, timestamp, eventId }: ConflictSide): string =>
  `${shortened(visibleValue(value), 40)} by ${visible(agentId)} at ${timestamp} (${visible(eventId)})`;

/** What a conflict is about: a field, a group, or the resource itself. */
export const unitText = ({ unit }: Pick<ConflictView, 'unit'>): string => {
  switch (unit.kind) {
    case 'field':
      return visible(unit.field);
    case 'group':
      return `${visible(unit.group)} (${unit.fields.map(visible).join(', ')})`;
    case 'resource':
      return 'the whole resource';
    case 'existence':
      return 'whether it exists';
    case 'dependency':
      return `${visible(unit.field)} -> ${visible(unit.target.resourceType)} ${visible(unit.target.resourceId)}`;
  }
};

export const resolutionText = ({ resolution, resolutionStrategy, siblings, closedBy }: ConflictView): string => {
  if (resolution === undefined) return '';
  const by = resolutionStrategy === undefined ? '' : ` by ${resolutionStrategy}`;
  switch (resolution.type) {
    case 'winner': {
      const winner = siblings.find(({ eventId }) => eventId === resolution.eventId);
      return `${shortened(visibleValue(resolution.value), 40)}${winner === undefined ? '' : ` of ${visible(winner.agentId)}`}${by}`;
    }
    case 'value':
      return `${shortened(visibleValue(resolution.value), 40)}${by}`;
    case 'apply':
      return `${resolution.action}${by}`;
    case 'moot':
      return 'moot: the resource is deleted';
    case 'closed':
      return `${resolution.values.map((value) => shortened(visibleValue(value), 40)).join(', ')} by ${closedBy.map(({ agentId }) => visible(agentId)).join(', ')}`;
  }
};
