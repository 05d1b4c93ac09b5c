/** The inbox, one conflict, and its values. */
import type { ConsideredConflict } from '../../../application/index.js';
import type { Json } from '../../../domain/shared/json.js';
import { asideOf, lackedFor, notFoundConflict, typesOf, type DeskCore } from '../core.js';
import type { Conflict } from '../api/index.js';
import { routes } from '../api/routes.js';
import { told, type DeskApp } from '../http/env.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { problem } from '../problems.js';
import { resultValue, shownConflict } from '../shown/conflict.js';

export const addConflictRoutes = (app: DeskApp, core: DeskCore): void => {
  const { index, search, replica } = core;
  app.openapi(routes.inbox, async (context) => {
    await index.ready();
    const { person } = context.get('session');
    return context.json(search.page(context.req.valid('query'), person, await asideOf(core)), 200);
  });
  app.openapi(routes.conflict, async (context) => {
    const shown = await conflictNow(core, context.req.valid('param').id, context.get('session').person);
    context.header('etag', `"${shown.version}"`);
    return told<Conflict>(context, shown);
  });
  app.openapi(routes.conflictValue, async (context) => {
    const considered = await consideredFor(core, context.req.valid('param').id, context.get('session').person);
    const { of, name } = context.req.valid('query');
    const found = wholeValue(considered, of, name);
    if (found === undefined) throw problem('not_found', 'the conflict has no such value');
    return told(context, found.value === undefined ? {} : { value: found.value });
  });
  app.openapi(routes.check, async (context) => {
    const { record } = await consideredFor(core, context.req.valid('param').id, context.get('session').person);
    const issues = replica.review.check(record.resourceType, record.unit, context.req.valid('json').value);
    return context.json({ isValid: issues.length === 0, issues: [...issues] }, 200);
  });
};

/** What is unknown, and what may not be seen, is not there. */
export const consideredFor = async (
  { replica }: DeskCore,
  conflictId: string,
  person: DeskPerson,
): Promise<ConsideredConflict> => {
  const [considered] = await replica.review.consider([conflictId]);
  if (considered === undefined || !maySee(person, { types: typesOf(considered.record) }))
    throw notFoundConflict(conflictId);
  return considered;
};

export const conflictNow = async (core: DeskCore, conflictId: string, person: DeskPerson): Promise<Conflict> => {
  const { replica, limits } = core;
  const considered = await consideredFor(core, conflictId, person);
  const types = typesOf(considered.record);
  const aside = await asideOf(core);
  const until = aside.get(conflictId);
  const refusal = await replica.review.undoProblem(conflictId);
  return shownConflict(considered, {
    replicaId: replica.replicaId,
    wholeCharsMax: limits.wholeCharsMax,
    mayResolve: types.every((type) => person.may('resolve', type)),
    mayApply: (action) => lackedFor(action, considered.record.resourceType, person) === undefined,
    later: aside.has(conflictId) ? (until === undefined ? {} : { until }) : undefined,
    rules: await replica.rules.list(),
    undo:
      refusal === undefined
        ? { isPossible: true }
        : { isPossible: false, code: refusal.code, message: refusal.message },
  });
};

const wholeValue = (
  considered: ConsideredConflict,
  of: 'side' | 'base' | 'current' | 'result' | 'both' | 'strategy',
  name: string | undefined,
): { readonly value: Json | undefined } | undefined => {
  const { view, current, both, opinions } = considered;
  switch (of) {
    case 'side': {
      const side = [...view.siblings, ...view.closedBy].find(({ eventId }) => eventId === name);
      return side === undefined ? undefined : { value: side.value };
    }
    case 'base':
      return { value: view.base };
    case 'current':
      return { value: current };
    case 'both':
      return { value: both };
    case 'result':
      return { value: resultValue(considered) };
    case 'strategy': {
      const opinion = opinions.find((one) => one.name === name);
      return opinion?.outcome.type === 'value' ? { value: opinion.outcome.value } : undefined;
    }
  }
};
