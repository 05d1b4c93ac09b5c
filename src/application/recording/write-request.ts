/** What is asked to be recorded: the one form in which every way of writing reaches the log. */
import type { ResourceRef } from '../../domain/events/event.js';
import type { Change } from '../../domain/resource/change.js';
import type { Standing } from '../../domain/resource/decide.js';

/** Changes that are recorded together or not at all. */
export interface WriteRequest {
  /** Resources that `changes` looks at. */
  readonly resources: readonly ResourceRef[];
  /** Asked again if somebody else was faster; throws to refuse. */
  readonly changes: (current: (ref: ResourceRef) => Standing) => readonly Change[];
  readonly agentId: string;
}
