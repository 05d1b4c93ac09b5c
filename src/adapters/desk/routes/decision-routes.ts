/** Decisions about one conflict, taken back and put off too; each about the version that was looked at. */
import type { ConsideredConflict } from '../../../application/index.js';
import { isReknitError } from '../../../domain/shared/errors.js';
import { notFoundConflict, requireResolve, typesOf, type DeskCore } from '../core.js';
import type { Changed, Decided } from '../api/index.js';
import { routes } from '../api/routes.js';
import { permittedFor } from '../decisions/permitted.js';
import { told, type DeskApp, type DeskContext } from '../http/env.js';
import { maySee } from '../inbox/search.js';
import { changedCodes, problem, problemBody, problemOf } from '../problems.js';
import { restoringChange } from '../decisions/restoring-change.js';
import { conflictNow, consideredFor } from '../shown/conflict-now.js';

export const addDecisionRoutes = (app: DeskApp, core: DeskCore): void => {
  const { replica, index } = core;

  /** Does it, and answers with the conflict after it; where it is another by now, with what it is. */
  const decide = async (
    context: DeskContext,
    conflictId: string,
    version: string | undefined,
    act: (
      considered: ConsideredConflict,
      ifVersion: string,
      agent: typeof replica,
    ) => Promise<{ readonly eventId: string }>,
  ) => {
    const { person } = context.get('session');
    const considered = await consideredFor(core, conflictId, person);
    requireResolve(typesOf(considered.record), person);
    const header = context.req.header('if-match');
    const ifMatch = header === undefined ? undefined : header.trim().replace(/^(?:W\/)?"(.*)"$/, '$1');
    const ifVersion = version ?? ifMatch;
    if (ifVersion === undefined)
      throw problem('bad_request', 'name the version that was looked at, in the body or as If-Match');
    try {
      if (considered.version !== ifVersion || (ifMatch !== undefined && ifMatch !== ifVersion))
        throw problem(
          'conflict_changed',
          `conflict ${conflictId} is another than the one that was looked at: look again`,
          {
            conflictId,
          },
        );
      const { eventId } = await act(considered, ifVersion, replica.as(person.agentId));
      await index.ready();
      return told<Decided>(context, { eventId, conflict: await conflictNow(core, conflictId, person) });
    } catch (error) {
      if (!isReknitError(error) || !changedCodes.includes(error.code)) throw error;
      await index.ready();
      const changed: Changed = {
        ...problemBody(problemOf(error)),
        conflict: await conflictNow(core, conflictId, person),
      };
      return context.json(changed as never, version === undefined ? 412 : 409) as never;
    }
  };
  const noted = (note: string | undefined): { readonly note?: string } => (note === undefined ? {} : { note });

  app.openapi(routes.resolve, async (context) => {
    const { version, resolution, note } = context.req.valid('json');
    return decide(context, context.req.valid('param').id, version, async (considered, ifVersion, agent) =>
      agent.conflicts.resolve(
        considered.record.conflictId,
        permittedFor(resolution, considered, context.get('session').person),
        { ifVersion, ...noted(note) },
      ),
    );
  });
  app.openapi(routes.undo, async (context) => {
    const { version, note } = context.req.valid('json');
    return decide(context, context.req.valid('param').id, version, async ({ record }, ifVersion, agent) =>
      agent.conflicts.undo(record.conflictId, { ifVersion, ...noted(note) }),
    );
  });
  app.openapi(routes.restore, async (context) => {
    const { version, note, eventId } = context.req.valid('json');
    return decide(context, context.req.valid('param').id, version, async (considered, ifVersion, agent) => {
      if (considered.record.isStanding)
        return agent.conflicts.resolve(
          considered.record.conflictId,
          { choose: eventId },
          { ifVersion, ...noted(note) },
        );
      const [event] = await agent.commit([restoringChange(considered, eventId, note)]);
      if (event === undefined) throw problem('internal_error', 'the restoring write recorded nothing');
      return event;
    });
  });

  app.openapi(routes.later, async (context) => {
    const { conflictIds, later, until } = context.req.valid('json');
    const { person } = context.get('session');
    const known = new Map((await replica.review.find(conflictIds)).map((outline) => [outline.conflictId, outline]));
    for (const id of conflictIds) {
      const outline = known.get(id);
      if (outline === undefined || !maySee(person, { types: typesOf(outline) })) throw notFoundConflict(id);
      // It leaves everyone's inbox of this desk, so it takes the right to decide.
      requireResolve(typesOf(outline), person);
    }
    if (later && until !== undefined && Date.parse(until) <= core.clock.nowMs())
      throw problem('bad_request', '"until" is over already: name a time that is still to come');
    const changed = await replica.review.putAside.set(
      conflictIds,
      later ? (until === undefined ? undefined : new Date(until).toISOString()) : false,
    );
    if (changed > 0) core.onAside();
    return context.json({ changed }, 200);
  });
};
