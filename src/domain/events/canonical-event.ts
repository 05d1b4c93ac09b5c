/** The one text of an event. Most have the required members alone, whose canonical order is known beforehand. */
import { canonicalJson, canonicalJsonUnescaped, quotedWithEscapes } from '../shared/canonical-json.js';
import type { ReknitEvent } from './event.js';

/** Members that every event has. */
export const requiredMembers: ReadonlySet<string> = new Set([
  'eventId', 'replicaId', 'seq', 'agentId', 'resourceType', 'resourceId', 'operation', 'timestamp', 'counter', 'parents', 'payload', 'schemaVersion',
]); // prettier-ignore

/** The canonical form of an event: the base of its hash, and of every comparison with another. */
export const canonicalEvent = (event: ReknitEvent): string => {
  if (Object.keys(event).length !== requiredMembers.size) return canonicalJson(event);
  return `{"agentId":${quotedWithEscapes(event.agentId)},"counter":${event.counter},"eventId":${quotedWithEscapes(event.eventId)},"operation":"${event.operation}","parents":${JSON.stringify(event.parents)},"payload":${canonicalJson(event.payload)},"replicaId":${quotedWithEscapes(event.replicaId)},"resourceId":${quotedWithEscapes(event.resourceId)},"resourceType":${quotedWithEscapes(event.resourceType)},"schemaVersion":${event.schemaVersion},"seq":${event.seq},"timestamp":"${event.timestamp}"}`;
};

/** The same for an event none of whose texts needs an escape. */
export const canonicalUnescaped = (event: ReknitEvent): string => {
  if (Object.keys(event).length !== requiredMembers.size) return canonicalJsonUnescaped(event);
  const { parents } = event;
  let dots = '';
  for (let index = 0; index < parents.length; index += 1) dots += `${index > 0 ? ',' : ''}"${parents[index]}"`;
  return `{"agentId":"${event.agentId}","counter":${event.counter},"eventId":"${event.eventId}","operation":"${event.operation}","parents":[${dots}],"payload":${canonicalJsonUnescaped(event.payload)},"replicaId":"${event.replicaId}","resourceId":"${event.resourceId}","resourceType":"${event.resourceType}","schemaVersion":${event.schemaVersion},"seq":${event.seq},"timestamp":"${event.timestamp}"}`;
};
