/**
 * A reference is a register that holds the id of another resource, or null.
 *
 * What it adds is a conflict that no single field shows: the resource that it names may be
 * deleted while someone refers to it (R26). `onDelete` says what becomes of that.
 */
import { checkMembers, type Members } from '../shared/check-argument.js';
import { invalidPolicy } from '../strategies/invalid-policy.js';
import type { MergeStrategy } from '../strategies/merge-strategy.js';
import { checkDependencyStrategy, checkValueStrategy } from '../strategies/strategy-check.js';
import type { FieldDefinition } from './field-definition.js';
import type { FieldKind } from './field-kind.js';
import { resourceTypeProblem } from './names.js';

export const referenceKind: FieldKind & { readonly name: 'reference' } = {
  name: 'reference',
  refuse: (value) => {
    const problem = referenceProblem(value);
    return problem === undefined ? undefined : { code: 'reserved_operator', message: problem };
  },
};

/** What one says of a reference. */
export interface ReferenceOptions {
  /** `restore()`, `detach()`, `cascade()`, `review()` or one's own; without it the resource's and the policy's rules decide. */
  readonly onDelete?: MergeStrategy;
  /** Decides when two authors set the field to different targets. */
  readonly strategy?: MergeStrategy<string | null>;
}

/** Reads as null too, where `detach` has emptied it. */
export type Reference = FieldDefinition<string | null, 'reference'>;

/** Declares a field that refers to a resource of that type. */
export const reference = (targetType: string, options: ReferenceOptions = {}): Reference => {
  checkMembers('reference', options, { onDelete: true, strategy: true } satisfies Members<ReferenceOptions>);
  const { onDelete, strategy } = options;
  const problem = resourceTypeProblem(targetType);
  if (problem !== undefined) throw invalidPolicy(`reference: ${problem}`, { targetType });
  if (onDelete !== undefined) checkDependencyStrategy(onDelete, `reference to "${targetType}", onDelete`);
  if (strategy !== undefined) checkValueStrategy(strategy, `reference to "${targetType}", strategy`);
  return {
    kind: referenceKind,
    options: { targetType },
    reference: onDelete === undefined ? { targetType } : { targetType, onDelete },
    ...(strategy === undefined ? {} : { strategy }),
    validate: referenceProblem,
  };
};

const referenceProblem = (value: unknown): string | undefined =>
  value === null || (typeof value === 'string' && value !== '')
    ? undefined
    : 'a reference is the id of a resource, or null for none';
