/** The inbox, one conflict, and its values. */
import type { ConsideredConflict } from '../../../application/index.js';
import type { Json } from '../../../domain/shared/json.js';
import { asideOf, type DeskCore } from '../core.js';
import type { Conflict } from '../api/index.js';
import { routes } from '../api/routes.js';
import { told, type DeskApp } from '../http/env.js';
import { problem } from '../problems.js';
import { resultValue } from '../shown/conflict.js';
import { conflictNow, consideredFor } from '../shown/conflict-now.js';

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
