/** Decisions: one, many, taken back, and put off; each about the version of a conflict that was looked at. */
import type { ConsideredConflict, Decision, Resolution as EngineResolution } from '../../../application/index.js';
import { isReknitError, type ReknitError } from '../../../domain/shared/errors.js';
import type { Json } from '../../../domain/shared/json.js';
import { asideOf, notFoundConflict, requireAction, requireResolve, typesOf, type DeskCore } from '../core.js';
import type { BulkAnswer, BulkChoice, Changed, Decided, Preview, PreviewItem } from '../api/index.js';
import { bulkMax } from '../api/index.js';
import { routes } from '../api/routes.js';
import { resolutionFor } from '../decide.js';
import { told, type DeskApp, type DeskContext } from '../http/env.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { changedCodes, problem, problemBody, problemOf } from '../problems.js';
import { previewOf } from '../shown/value.js';
import { restoringChange } from '../restore.js';
import { conflictNow, consideredFor } from './conflict-routes.js';

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
    const { person } = context.get('session');
    const agent = replica.as(person.agentId);
    const considered = new Map(
      (await replica.review.consider(items.map(({ conflictId }) => conflictId))).map((one) => [
        one.record.conflictId,
        one,
      ]),
    );
    const verdicts = new Map<number, Verdict>();
    const decisions: (Decision & { readonly index: number })[] = [];
    for (const [at, { conflictId, version }] of items.entries())
      try {
        const one = seen(considered.get(conflictId), conflictId, person);
        requireResolve(typesOf(one.record), person);
        if (one.version === version)
          decisions.push({
            index: at,
            conflictId,
            resolution: permittedFor(choice, one, person),
            options: { ifVersion: version, ...noted(note) },
          });
        else verdicts.set(at, { conflictId, verdict: 'stale', version: one.version });
      } catch (error) {
        verdicts.set(at, refusedVerdict(conflictId, error));
      }
    for (const [at, answer] of (await agent.conflicts.resolveAll(decisions)).entries()) {
      const decision = decisions[at];
      if (decision === undefined) continue;
      const { conflictId } = decision;
      verdicts.set(
        decision.index,
        'answer' in answer
          ? { conflictId, verdict: 'done', eventId: answer.answer.eventId }
          : refusedVerdict(conflictId, answer.error),
      );
    }
    await index.ready();
    const count = (verdict: string): number => [...verdicts.values()].filter((one) => one.verdict === verdict).length;
    return context.json(
      {
        items: items.flatMap((_, at) => verdicts.get(at) ?? []),
        done: count('done'),
        stale: count('stale'),
        refused: count('refused'),
      },
      200,
    );
  });
};

/** What the choice means here, where this person may do that. */
const permittedFor = (choice: BulkChoice, considered: ConsideredConflict, person: DeskPerson): EngineResolution => {
  const resolution = resolutionFor(choice, considered);
  requireAction(resolution, considered.record.resourceType, person);
  return resolution;
};

type Verdict = BulkAnswer['items'][number];

const refusedVerdict = (conflictId: string, error: unknown): Verdict => {
  if (!isReknitError(error)) throw error;
  if (changedCodes.includes(error.code)) return { conflictId, verdict: 'stale' };
  return { conflictId, verdict: 'refused', code: error.code, message: error.message };
};

const neverFilter = { status: 'pending', later: 'hide' } as const;

const seen = (
  considered: ConsideredConflict | undefined,
  conflictId: string,
  person: DeskPerson,
): ConsideredConflict => {
  if (considered === undefined || !maySee(person, { types: typesOf(considered.record) }))
    throw notFoundConflict(conflictId);
  return considered;
};

const previewChoice = async (
  { replica }: DeskCore,
  ids: readonly string[],
  total: number,
  choice: BulkChoice,
  person: DeskPerson,
): Promise<Preview> => {
  const considered = new Map((await replica.review.consider(ids)).map((one) => [one.record.conflictId, one]));
  const refused = new Map<string, ReknitError>();
  const decisions: Decision[] = [];
  for (const id of ids) {
    const one = seen(considered.get(id), id, person);
    try {
      requireResolve(typesOf(one.record), person);
      const resolution = permittedFor(choice, one, person);
      decisions.push({ conflictId: id, resolution, options: { ifVersion: one.version } });
    } catch (error) {
      if (!isReknitError(error)) throw error;
      refused.set(id, error);
    }
  }
  const preview = await replica.review.preview(decisions);
  const byId = new Map(preview.decisions.map((one) => [one.conflictId, one]));
  const items = ids.map((conflictId): PreviewItem => {
    const one = seen(considered.get(conflictId), conflictId, person);
    const told = byId.get(conflictId);
    const error = refused.get(conflictId) ?? told?.refused;
    const from = told?.from ?? one.current;
    const to = error === undefined ? told?.to : from;
    return {
      conflictId,
      version: one.version,
      resourceType: one.record.resourceType,
      resourceId: one.record.resourceId,
      ...(from === undefined ? {} : { from: previewOf(from) }),
      ...(to === undefined ? {} : { to: previewOf(to) }),
      changes: JSON.stringify(from) !== JSON.stringify(to),
      ...(error === undefined ? {} : { refused: { code: error.code, message: error.message } }),
    };
  });
  const refusedCount = items.filter((item) => item.refused !== undefined).length;
  return {
    items,
    total,
    willSettle: items.length - refusedCount,
    willChange: items.filter(({ changes }) => changes).length,
    refusedCount,
    // A dependency's decision may reach a resource of another type.
    resources: preview.resources
      .filter(({ resourceType }) => maySee(person, { types: [resourceType] }))
      .map(({ resourceType, resourceId, before, after, closed, opened }) => ({
        resourceType,
        resourceId,
        deleted: { from: before.deleted, to: after.deleted },
        fields: [...new Set([...Object.keys(before.fields), ...Object.keys(after.fields)])].flatMap((field) => {
          const from = own(before.fields, field);
          const to = own(after.fields, field);
          return JSON.stringify(from) === JSON.stringify(to)
            ? []
            : [
                {
                  field,
                  ...(from === undefined ? {} : { from: previewOf(from) }),
                  ...(to === undefined ? {} : { to: previewOf(to) }),
                },
              ];
        }),
        conflicts: { closed: [...closed], opened: [...opened] },
      })),
  };
};

const own = (fields: { readonly [field: string]: Json }, field: string): Json | undefined =>
  Object.hasOwn(fields, field) ? fields[field] : undefined;
