/** One choice about many conflicts: what it would do, and done. */
import { asideOf, type DeskCore } from '../core.js';
import { bulkMax } from '../api/index.js';
import { routes } from '../api/routes.js';
import { decideMany } from '../decisions/decide-many.js';
import { previewChoice } from '../decisions/preview-choice.js';
import type { DeskApp } from '../http/env.js';
import { problem } from '../problems.js';

export const addBulkRoutes = (app: DeskApp, core: DeskCore): void => {
  app.openapi(routes.preview, async (context) => {
    const { conflictIds, filter, choice } = context.req.valid('json');
    const { person } = context.get('session');
    if ((conflictIds === undefined) === (filter === undefined))
      throw problem('bad_request', 'name conflictIds or a filter, one of the two');
    const ids =
      conflictIds ??
      core.search.find(filter ?? neverFilter, person, await asideOf(core)).map(({ summary }) => summary.conflictId);
    return context.json(await previewChoice(core, ids.slice(0, bulkMax), ids.length, choice, person), 200);
  });

  app.openapi(routes.bulk, async (context) => {
    const { items, choice, note } = context.req.valid('json');
    const answer = await decideMany(core, items, choice, note, context.get('session').person);
    await core.index.ready();
    return context.json(answer, 200);
  });
};

const neverFilter = { status: 'pending', later: 'hide' } as const;
