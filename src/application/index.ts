/** The services of a replica, its ports, and what they give and take: for who wires them differently. */
export { createAuditTrail, type AuditTrail, type TrailVerification } from './audit-trail.js';
export { createChangeFeed, type ChangeFeed, type ReplicaChange } from './changes.js';
export {
  createConflictTracker,
  type ConflictReport,
  type ConflictTracker,
  type ConflictTrackerDeps,
} from './conflict-tracker.js';
export type { Decision, ResolveOptions } from './resolving/decision-requests.js';
export { createCorrectedClock, type CorrectedClock } from './upkeep/clock-correction.js';
export type { ConflictSideView, ConflictView, ResolutionView } from './reading/conflict-view.js';
export { checkOpenOptions } from './opening/check-open-options.js';
export { createReplica, type ReplicaDeps } from './create-replica.js';
export { openReplicaOn, type OpenOnOptions, type ReplicaGround } from './opening/open-replica-on.js';
export type { ParkedEvent } from '../domain/merge/loaded.js';
export type { Digest } from './verifying/digest.js';
export {
  createEventMerger,
  type CheckedInput,
  type EventMerger,
  type EventMergerDeps,
  type ImportOptions,
  type PreviewReport,
} from './event-merger.js';
export type { ImportReport, RejectedEvent } from './import-tally.js';
export type { Explanation, FieldExplanation, ResourceExplanation } from './reading/explanation.js';
export { createHistory, type History } from './history.js';
export * from './hub/index.js';
export { giveIdentity } from './identity/give-identity.js';
export { takeNewIdentity } from './identity/take-new-identity.js';
export type { ListQuery } from './reading/list-query.js';
export { defaultMergeLimits, type MergeDeps, type MergeLimits } from './merge-driver.js';
export { createOfflineEventLog, type OfflineEventLog, type OfflineEventLogDeps } from './offline-event-log.js';
export { adoptPolicy, type AdoptionProgress } from './opening/policy-adoption.js';
export { alwaysOnline, type Connectivity } from './ports/connectivity.js';
export type * from './ports/event-store.js';
export type * from './ports/hub-log.js';
export { isLeaseHeld, leaseAfter, type Lease, type LeaseRequest } from './ports/lease.js';
export type * from './ports/key-value-store.js';
export type * from './ports/remote.js';
export { absentMayMatch, acceptedBy, meetsConditions, meetsWhere } from './ports/resource-conditions.js';
export type { Chance, Timers } from './ports/timers.js';
export { silentLogger, type Logger, type RandomId, type System, type WallClock } from './ports/system.js';
export type { SyncPreview, SyncPreviewOptions } from './sync/preview-sync.js';
export { createRefusals, type Refusals, type RefusalsDeps, type RejectedOwnEvent } from './refusals/refusals.js';
export {
  createReconnectionManager,
  type ConnectOptions,
  type ReconnectionManager,
  type ReconnectionManagerDeps,
  type SyncConnection,
  type SyncPhase,
  type SyncReport,
  type SyncStatus,
} from './reconnection-manager.js';
export type { ClockWarning } from './review/clock-warnings.js';
export type { ConflictOutline } from './review/conflict-outline.js';
export type { ConsideredConflict, StrategyOpinion } from './review/consider.js';
export type { ChangedResource, DecisionPreview, DecisionsPreview } from './review/preview-decisions.js';
export type { KnownReplica } from './review/known-replicas.js';
export type { PutAside } from './review/put-aside.js';
export type { ConflictReview, ValueIssue } from './review/review.js';
export type { ReplicaRules } from './rules/replica-rules.js';
export type { NewRule } from './rules/rule-book.js';
export type { RuledConflict } from './rules/rule-preview.js';
export type { RuleRun, RunRulesOptions } from './rules/rule-runner.js';
export type { WriteRequest } from './recording/write-request.js';
export { rebuildReplica, type RebuildRequest } from './repair/rebuild.js';
export type { LostEvent, RepairProgress, RepairReport } from './repair/repair-report.js';
export type { Resolution } from './resolving/resolution.js';
export type { HistoryEntry, PastView, Replica, ReplicaConflicts, ReplicaStatus } from './replica.js';
export type { ResourceSnapshot } from './reading/resource-snapshot.js';
export type { TypedListQuery, TypedResource, TypedSnapshot, TypedWrite } from './typed/typed-resource.js';
export type { Verification, VerificationProblem, VerifyOptions } from './verifying/verify.js';
export { createUpkeep, type Upkeep, type UpkeepDeps } from './upkeep/upkeep.js';
export { write, type WriteOptions } from './write.js';
