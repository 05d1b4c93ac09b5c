/**
 * A rule made from a decision: "always take the phone's value of this field". It is a habit of one replica's owner,
 * no part of the policy: what it decides is an ordinary resolution in its owner's name, so two replicas with
 * different rules disagree as two people would, by a conflict that converges.
 *
 * Rules never answer each other. A disagreement between resolutions is left to a person, and so is a dependency,
 * whose decisions are writes of fields and deletions that could raise further conflicts: every answer of a rule is
 * a resolution, so it takes a new write by somebody else to make a rule answer again.
 */
import { eventLimits } from '../events/limits.js';
import { ReknitError } from '../shared/errors.js';
import { isJsonObject } from '../shared/json.js';
import type { ConflictCase, ConflictType, Unit } from '../strategies/merge-strategy.js';
import { strategyFromData } from '../strategies/strategy-from-data.js';

/** Which conflicts a rule decides. What is left out may be anything. */
export interface RuleMatch {
  readonly resourceType: string;
  readonly resourceId?: string;
  readonly unit?:
    | { readonly kind: 'field'; readonly field: string }
    | { readonly kind: 'group'; readonly group: string }
    | { readonly kind: 'resource' }
    | { readonly kind: 'existence' };
  readonly conflictType?: RuledConflictType;
}

/** The kinds of conflict that a rule may decide: dependencies and disagreeing decisions are for people. */
export type RuledConflictType = Exclude<ConflictType, 'dependency' | 'concurrent_resolution'>;

/** What it decides: exactly one of the four. */
export type RuleChoice =
  /** The side of this replica. */
  | { readonly replicaId: string }
  /** The last write of this agent. */
  | { readonly agentId: string }
  /** What a shipped strategy without options decides. */
  | { readonly strategy: string }
  /** Both, where the values allow it. */
  | { readonly both: true };

/** A person's standing decision: which conflicts, and what becomes of them. */
export interface ResolutionRule {
  readonly ruleId: string;
  readonly label: string;
  readonly match: RuleMatch;
  readonly choose: RuleChoice;
  readonly isOn: boolean;
  /** The agent in whose name it resolves. */
  readonly owner: string;
  /** Who that is to whoever checks rights; a hub's token, by its id. */
  readonly principalId?: string;
  readonly createdAt: string;
  readonly decided: number;
  readonly lastDecidedAt?: string;
}

/** All kinds of conflict that a rule may decide. */
export const ruledConflictTypes: readonly RuledConflictType[] = [
  'concurrent_modification',
  'delete_update',
  'create_create',
];

/** Of these no rule says anything, whatever it matches. */
export const isRuled = ({ unit, conflictType }: Pick<ConflictCase, 'unit' | 'conflictType'>): boolean =>
  unit.kind !== 'dependency' && ruledConflictTypes.some((type) => type === conflictType);

/** Whether a rule is about this conflict. */
export const matchesRule = (
  match: RuleMatch,
  conflict: Pick<ConflictCase, 'resourceType' | 'resourceId' | 'unit' | 'conflictType'>,
): boolean =>
  isRuled(conflict) &&
  match.resourceType === conflict.resourceType &&
  (match.resourceId === undefined || match.resourceId === conflict.resourceId) &&
  (match.conflictType === undefined || match.conflictType === conflict.conflictType) &&
  (match.unit === undefined || isMatched(match.unit, conflict.unit));

const isMatched = (wanted: NonNullable<RuleMatch['unit']>, unit: Unit): boolean => {
  if (wanted.kind !== unit.kind) return false;
  if (wanted.kind === 'field') return unit.kind === 'field' && unit.field === wanted.field;
  return wanted.kind !== 'group' || (unit.kind === 'group' && unit.group === wanted.group);
};

const labelCharsMax = 200;

/** @throws ReknitError `bad_rule` that names what is wrong */
export const checkRule = (match: unknown, choose: unknown, label: unknown): void => {
  const bad = (what: string): never => {
    throw new ReknitError('bad_rule', `a rule ${what}`);
  };
  const isName = (value: unknown): boolean =>
    typeof value === 'string' && value !== '' && value.length <= eventLimits.idCharsMax;
  if (label !== undefined && (typeof label !== 'string' || label === '' || label.length > labelCharsMax))
    bad(`has a label of 1 to ${labelCharsMax} characters, or none`);
  if (!isJsonObject(match) || !isName(match['resourceType'])) return bad('matches one resource type at least');
  const { resourceType: _type, resourceId, unit, conflictType, ...others } = match;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) bad(`matches by resourceType, resourceId, unit and conflictType, not by "${unknown}"`);
  if (resourceId !== undefined && !isName(resourceId)) bad('matches a resource by its id');
  if (conflictType !== undefined && !ruledConflictTypes.some((type) => type === conflictType))
    bad(`decides conflicts of the types ${ruledConflictTypes.join(', ')}: others are for people`);
  if (unit !== undefined && !isUnitMatch(unit, isName))
    bad(
      'matches a unit as { kind: "field", field }, { kind: "group", group }, { kind: "resource" } or { kind: "existence" }',
    );
  const [member, ...more] = isJsonObject(choose) ? Object.keys(choose) : [];
  const value = isJsonObject(choose) && member !== undefined ? choose[member] : undefined;
  const isChoice =
    more.length === 0 &&
    (((member === 'replicaId' || member === 'agentId') && isName(value)) ||
      (member === 'strategy' && typeof value === 'string' && isRuleStrategy(value)) ||
      (member === 'both' && value === true));
  if (!isChoice)
    bad(
      `chooses one of { replicaId }, { agentId }, { both: true } or { strategy }, which is one of ${ruleStrategies.join(', ')}`,
    );
};

const isUnitMatch = (unit: unknown, isName: (value: unknown) => boolean): boolean => {
  if (!isJsonObject(unit)) return false;
  const members = Object.keys(unit).sort().join(' ');
  switch (unit['kind']) {
    case 'field':
      return members === 'field kind' && isName(unit['field']);
    case 'group':
      return members === 'group kind' && isName(unit['group']);
    case 'resource':
    case 'existence':
      return members === 'kind';
    default:
      return false;
  }
};

/** Shipped strategies that decide from a conflict alone. */
export const ruleStrategies = [
  'last_write_wins',
  'priority_based',
  'three_way',
  'minimum',
  'maximum',
  'union',
  'delete_wins',
  'update_wins',
] as const;

export const isRuleStrategy = (name: string): boolean => ruleStrategies.some((one) => one === name);

export const ruleStrategy = (name: string): ReturnType<typeof strategyFromData> =>
  strategyFromData({ name, version: 1, options: {} });
