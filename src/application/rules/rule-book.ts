/**
 * The rules of one replica: kept beside its data, never sent, and every change of them told in the audit trail.
 * They stand in the order in which they were made, and the first that decides a conflict is the one.
 */
import {
  isRuled,
  checkRule,
  matchesRule,
  type ResolutionRule,
  type RuleChoice,
  type RuleMatch,
} from '../../domain/automation/rule.js';
import { decideByRule, type RuleDecision } from '../../domain/automation/rule-decision.js';
import type { AuditAct } from '../../domain/audit/audit-act.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { ConflictCase } from '../../domain/strategies/merge-strategy.js';
import type { ValueCheck } from '../../domain/strategies/run-strategy.js';
import { checkText } from '../argument-checks.js';
import type { LocalNotes, NoteChange } from '../local-notes.js';
import type { System } from '../ports/system.js';

/** A rule as a person makes it; id, owner and time are given to it. */
export interface NewRule {
  /** What people call it; said from the rule itself otherwise. */
  readonly label?: string;
  readonly match: RuleMatch;
  readonly choose: RuleChoice;
  /** On, unless it says otherwise. */
  readonly isOn?: boolean;
  readonly principalId?: string;
}

export interface RuleBook {
  readonly list: () => Promise<readonly ResolutionRule[]>;
  /** @throws ReknitError `bad_rule` or `too_many_rules` */
  readonly add: (rule: NewRule, owner: string) => Promise<ResolutionRule>;
  /** @throws ReknitError `rule_unknown` */
  readonly switch: (ruleId: string, isOn: boolean, by: string) => Promise<ResolutionRule>;
  readonly remove: (ruleId: string, by: string) => Promise<ResolutionRule>;
  readonly noteDecided: (ruleId: string, conflictIds: readonly string[]) => Promise<void>;
}

/** Each is asked about every new conflict; more than a person remembers having made. */
const rulesMax = 200;
const toldMax = 100;
const note = 'rules';

export const createRuleBook = (notes: LocalNotes, system: Pick<System, 'clock' | 'randomId'>): RuleBook => {
  const change = <Answer>(
    decide: (rules: readonly ResolutionRule[]) => Omit<NoteChange<Answer>, 'text'> & {
      readonly rules: readonly ResolutionRule[];
    },
  ): Promise<Answer> =>
    notes.change(note, (text) => {
      const { rules, ...rest } = decide(parsed(text));
      return { ...rest, text: JSON.stringify(rules) };
    });

  const found = (rules: readonly ResolutionRule[], ruleId: string): ResolutionRule => {
    const rule = rules.find((one) => one.ruleId === ruleId);
    if (rule === undefined)
      throw new ReknitError('rule_unknown', `there is no rule "${ruleId}" here: it may have been removed`, { ruleId });
    return rule;
  };

  return {
    list: async () => parsed(await notes.read(note)),
    add: async ({ label, match, choose, isOn = true, principalId }, owner) => {
      checkRule(match, choose, label);
      checkText(owner, 'owner');
      const rule: ResolutionRule = {
        ruleId: system.randomId(),
        label: label ?? labelOf(match, choose),
        match,
        choose,
        isOn,
        owner,
        ...(principalId === undefined ? {} : { principalId }),
        createdAt: msToTimestamp(system.clock()),
        decided: 0,
      };
      return change((rules) => {
        if (rules.length >= rulesMax)
          throw new ReknitError('too_many_rules', `there are ${rulesMax} rules already: remove one first`, {
            rulesMax,
          });
        return { rules: [...rules, rule], acts: [actOf('RuleAdded', rule, owner)], answer: rule };
      });
    },
    switch: async (ruleId, isOn, by) =>
      change((rules) => {
        const rule = found(rules, ruleId);
        const switched = { ...rule, isOn };
        return {
          rules: rules.map((one) => (one === rule ? switched : one)),
          acts: rule.isOn === isOn ? [] : [actOf(isOn ? 'RuleSwitchedOn' : 'RuleSwitchedOff', rule, by)],
          answer: switched,
        };
      }),
    remove: async (ruleId, by) =>
      change((rules) => {
        const rule = found(rules, ruleId);
        return {
          rules: rules.filter((one) => one !== rule),
          acts: [actOf('RuleRemoved', rule, by)],
          answer: rule,
        };
      }),
    noteDecided: async (ruleId, conflictIds) =>
      change((rules) => ({
        rules: rules.map((rule) =>
          rule.ruleId === ruleId
            ? {
                ...rule,
                decided: rule.decided + conflictIds.length,
                lastDecidedAt: msToTimestamp(system.clock()),
              }
            : rule,
        ),
        acts: [
          {
            type: 'RuleDecided',
            ruleId,
            count: conflictIds.length,
            conflictIds: conflictIds.slice(0, toldMax),
          },
        ],
        answer: undefined,
      })),
  };
};

/** The first rule that decides it, with what it decides. */
export const decidingRule = (
  rules: readonly ResolutionRule[],
  conflict: ConflictCase,
  check?: ValueCheck,
): { readonly rule: ResolutionRule; readonly decision: RuleDecision } | undefined => {
  for (const rule of rules) {
    const decision = rule.isOn ? decideByRule(rule, conflict, check) : undefined;
    if (decision !== undefined) return { rule, decision };
  }
  return undefined;
};

export const matchingRules = (
  rules: readonly ResolutionRule[],
  conflict: Parameters<typeof matchesRule>[1],
): readonly ResolutionRule[] => (isRuled(conflict) ? rules.filter(({ match }) => matchesRule(match, conflict)) : []);

const actOf = (
  type: 'RuleAdded' | 'RuleSwitchedOn' | 'RuleSwitchedOff' | 'RuleRemoved',
  { ruleId, label, owner, match, choose }: ResolutionRule,
  by: string,
): AuditAct => ({
  type,
  ruleId,
  label,
  owner,
  by,
  match: match as unknown as JsonObject,
  choose: choose as unknown as JsonObject,
});

/** In words, as a person would have said it. */
const labelOf = ({ resourceType, resourceId, unit }: RuleMatch, choose: RuleChoice): string => {
  const what =
    'replicaId' in choose
      ? `the value of ${choose.replicaId}`
      : 'agentId' in choose
        ? `what ${choose.agentId} wrote`
        : 'both' in choose
          ? 'both'
          : `what ${choose.strategy} decides`;
  const of =
    unit === undefined
      ? ''
      : unit.kind === 'field'
        ? `${unit.field} of `
        : unit.kind === 'group'
          ? `${unit.group} of `
          : unit.kind === 'existence'
            ? 'existence of '
            : '';
  return `always take ${what} for ${of}${resourceType}${resourceId === undefined ? '' : ` ${resourceId}`}`.slice(
    0,
    200,
  );
};

/** Written by this book alone. */
const parsed = (text: string | undefined): readonly ResolutionRule[] =>
  text === undefined ? [] : (JSON.parse(text) as readonly ResolutionRule[]);
