/** What is told of why a resource is what it is. */
import type { ResourceRef } from '../../domain/events/event.js';
import type { Json } from '../../domain/shared/json.js';
import type { Unit } from '../../domain/strategies/merge-strategy.js';
import type { ConflictSideView } from './conflict-view.js';

/** Why one field shows what it shows. */
export interface FieldExplanation {
  readonly field: string;
  /** Missing where it was decided that the field is absent. */
  readonly value?: Json;
  readonly unit: Unit;
  /** The write that is shown; missing where a strategy made up a value that nobody wrote. */
  readonly winner?: ConflictSideView;
  /** `pending` where a person has yet to decide; missing where there was nothing to decide. */
  readonly strategy?: string;
  readonly status: 'uncontested' | 'decided' | 'pending' | 'resolved';
  readonly conflictId?: string;
  /** Sides of the conflict that are not shown; their values are kept. */
  readonly losers: readonly ConflictSideView[];
  readonly reason: string;
}

/** Why something is what it is, whatever it is. */
export type Explanation = Omit<FieldExplanation, 'field' | 'value'>;

/** Why a resource is what it is. */
export interface ResourceExplanation extends ResourceRef {
  readonly deleted: boolean;
  /** Why it exists or does not. */
  readonly existence: Explanation;
  readonly fields: readonly FieldExplanation[];
}
