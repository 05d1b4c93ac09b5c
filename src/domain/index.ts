/** The domain alone: events, causality, merging, conflicts and policies, pure and without storage. */
export type { AuditAct, ParkingReason } from './audit/audit-act.js';
export {
  appendEntry,
  auditOrigin,
  isChainProblem,
  verifyEntry,
  type AuditEntry,
  type AuditHead,
  type ChainProblem,
} from './audit/audit-chain.js';
export type { ResolutionRule, RuleChoice, RuledConflictType, RuleMatch } from './automation/rule.js';
export { decideByChoice, decideByRule, type RuleDecision } from './automation/rule-decision.js';
export { matchesRule, ruledConflictTypes, ruleStrategies } from './automation/rule.js';
export { compare } from './causality/compare.js';
export { compareDots, dotOf, isDot, parseDot, type DotParts } from './causality/dot.js';
export type { Relation } from './causality/relation.js';
export {
  compareVectors,
  joinVectors,
  parseCut,
  vectorIncludes,
  type Cut,
  type VersionVector,
} from './causality/version-vector.js';
export { compareReadings, tick, witness, type ClockReading } from './clock/hybrid-clock.js';
export { msToTimestamp, timestampToMs } from './clock/timestamp.js';
export type { ConflictRecord, Outcome, StandingConflict } from './conflict/conflict-record.js';
export { takeBoth } from './conflict/take-both.js';
export { conflictIdOf, unitTag } from './conflict/conflict-identity.js';
export type {
  AgentId,
  ContentHash,
  Dot,
  EventId,
  Operation,
  Priority,
  PriorityName,
  ReknitEvent,
  ReplicaId,
  ResourceRef,
  SealedEvent,
  Timestamp,
} from './events/event.js';
export type { EventError, EventErrorCode } from './events/event-error.js';
export { eventLimits } from './events/limits.js';
export { canonicalEvent } from './events/canonical-event.js';
export { parseEvent, parseEventLine } from './events/parse.js';
export type {
  Accumulated,
  AccumulatedNotes,
  Accumulator,
  FieldHistory,
  FieldKind,
  FieldWrite,
  Misfit,
  MisfitCode,
} from './fields/field-kind.js';
export { registerKind } from './fields/register.js';
export { foldEvents, foldResource, type FoldedEvents } from './merge/fold-events.js';
export { mergeEvents, type MergedConflict, type MergedLists, type MergedResource } from './merge/merge-events.js';
export type { PlainEvent } from './merge/plain-events.js';
export type { Change, ChangeOptions } from './resource/change.js';
export { canonicalResource, type CanonicalResource } from './resource/canonical.js';
export * from './resource-definition/index.js';
export { canonicalJson, sameJson } from './shared/canonical-json.js';
export { isReknitError, ReknitError } from './shared/errors.js';
export type { Json, JsonObject, JsonPrimitive } from './shared/json.js';
export type { Err, Ok, Result } from './shared/result.js';
export { portableSha256, type Sha256 } from './shared/sha256.js';
export * from './strategies/index.js';
