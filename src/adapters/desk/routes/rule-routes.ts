/** Rules made from decisions. A rule is its owner's, and takes the right to resolve the type that it is about. */
import type { NewRule as EngineRule } from '../../../application/index.js';
import type { ResolutionRule, RuleChoice, RuleMatch } from '../../../domain/index.js';
import { requireResolve, type DeskCore } from '../core.js';
import type { Rule, RulePreview, RulesAnswer } from '../api/index.js';
import { routes } from '../api/routes.js';
import { told, type DeskApp, type DeskContext } from '../http/env.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { problem } from '../problems.js';
import { previewRule } from '../rules/preview-rule.js';

interface GivenRule {
  readonly label?: string | undefined;
  readonly match: unknown;
  readonly choose: unknown;
  readonly isOn?: boolean;
}

export const addRuleRoutes = (app: DeskApp, core: DeskCore): void => {
  const { replica, ruleRun, onRules } = core;
  const givenTo = (given: GivenRule, person: DeskPerson): EngineRule => {
    const match = given.match as RuleMatch;
    requireSeen(match.resourceType, person);
    requireResolve([match.resourceType], person);
    return {
      match,
      choose: given.choose as RuleChoice,
      principalId: person.id,
      ...(given.label === undefined ? {} : { label: given.label }),
      ...(given.isOn === undefined ? {} : { isOn: given.isOn }),
    };
  };
  const changed = (): void => {
    ruleRun?.again();
    onRules();
  };
  const ownRule = async (context: DeskContext, ruleId: string): Promise<ResolutionRule> => {
    const { person } = context.get('session');
    const rule = (await replica.rules.list()).find((one) => one.ruleId === ruleId);
    if (rule === undefined || !maySee(person, { types: [rule.match.resourceType] }))
      throw problem('rule_unknown', 'there is no such rule here: it may have been removed', { ruleId });
    if (!mayChange(rule, person)) throw problem('forbidden', `this rule is ${rule.owner}'s`, { ruleId });
    return rule;
  };

  app.openapi(routes.rules, async (context) => {
    const { person } = context.get('session');
    const rules = (await replica.rules.list()).filter(({ match }) => maySee(person, { types: [match.resourceType] }));
    return told<RulesAnswer>(context, { rules: rules.map((rule) => shownRule(rule, person)) });
  });
  app.openapi(routes.addRule, async (context) => {
    const { person } = context.get('session');
    const rule = await replica.as(person.agentId).rules.add(givenTo(context.req.valid('json'), person));
    changed();
    return told<Rule>(context, shownRule(rule, person));
  });
  app.openapi(routes.previewRule, async (context) => {
    const { person } = context.get('session');
    return told<RulePreview>(context, await previewRule(core, givenTo(context.req.valid('json'), person), person));
  });
  app.openapi(routes.switchRule, async (context) => {
    const { person } = context.get('session');
    const { id, state } = context.req.valid('param');
    await ownRule(context, id);
    const rule = await replica.as(person.agentId).rules.switch(id, state === 'on');
    changed();
    return told<Rule>(context, shownRule(rule, person));
  });
  app.openapi(routes.removeRule, async (context) => {
    const { id } = context.req.valid('param');
    await ownRule(context, id);
    await replica.as(context.get('session').person.agentId).rules.remove(id);
    changed();
    return context.body(null, 204);
  });
};

const requireSeen = (resourceType: string, person: DeskPerson): void => {
  if (!maySee(person, { types: [resourceType] }))
    throw problem('forbidden', 'you have no right to read that type', { resourceType });
};

/** Its owner's, and of who looks after everything. */
const mayChange = (
  { principalId, owner }: ResolutionRule,
  { id, agentId, mayOperate, readsAll }: DeskPerson,
): boolean => (principalId === undefined ? owner === agentId : principalId === id) || (mayOperate && readsAll);

const shownRule = (rule: ResolutionRule, person: DeskPerson): Rule => {
  const { ruleId, label, match, choose, isOn, owner, createdAt, decided, lastDecidedAt } = rule;
  return {
    ruleId,
    label,
    match: { ...match },
    choose: { ...choose },
    isOn,
    owner,
    createdAt,
    decided,
    mayChange: mayChange(rule, person),
    ...(lastDecidedAt === undefined ? {} : { lastDecidedAt }),
  };
};
