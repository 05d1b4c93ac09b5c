/** Resources: found, explained, as a graph of events, and as they were. */
import { visibleTypes, type DeskCore } from '../core.js';
import type { AtAnswer, HistoryPage, ResourcesPage, ResourceView } from '../api/index.js';
import { routes } from '../api/routes.js';
import { told, type DeskApp } from '../http/env.js';
import { problem } from '../problems.js';
import { cutOf, shownEvent } from '../resources/history.js';
import { listResources } from '../resources/list-resources.js';
import { shownPast, shownResource } from '../resources/shown-resource.js';
import { createSeal } from '../session/seal.js';

export const addResourceRoutes = (app: DeskApp, core: DeskCore): void => {
  const { replica } = core;
  const seal = createSeal();
  app.openapi(routes.resources, async (context) =>
    told<ResourcesPage>(
      context,
      await listResources(core, seal, context.req.valid('query'), context.get('session').person),
    ),
  );
  app.openapi(routes.resource, async (context) => {
    const { resourceType, resourceId } = context.req.valid('query');
    const { person } = context.get('session');
    visibleTypes([resourceType], person, 'resource');
    return told<ResourceView>(context, await shownResource(core, resourceType, resourceId, person));
  });
  app.openapi(routes.history, async (context) => {
    const { resourceType, resourceId, after, limit } = context.req.valid('query');
    visibleTypes([resourceType], context.get('session').person, 'resource');
    const heads = new Set<string>((await replica.get(resourceType, resourceId))?.heads);
    const items: HistoryPage['items'] = [];
    let position = after;
    let isMore = false;
    for await (const stored of replica.services.log.query({
      resource: { resourceType, resourceId },
      after,
      limit: limit + 1,
    })) {
      if (items.length === limit) {
        isMore = true;
        break;
      }
      ({ position } = stored);
      items.push(
        shownEvent(
          { event: stored.sealed.event, dot: stored.sealed.dot, status: stored.status },
          heads,
          replica.replicaId,
        ),
      );
    }
    return told<HistoryPage>(context, { items, ...(isMore ? { next: position } : {}) });
  });
  app.openapi(routes.at, async (context) => {
    const { resourceType, resourceId, cut: given, dots } = context.req.valid('json');
    const { person } = context.get('session');
    visibleTypes([resourceType], person, 'resource');
    if ((given === undefined) === (dots === undefined))
      throw problem('bad_request', 'name a cut, or the dots of events, one of the two');
    const cut = given ?? cutOf(await replica.history(resourceType, resourceId), dots ?? []);
    const found = await replica.at(cut).get(resourceType, resourceId);
    return told<AtAnswer>(context, {
      cut,
      ...(found === undefined ? {} : { resource: await shownPast(core, found, person) }),
    });
  });
};
