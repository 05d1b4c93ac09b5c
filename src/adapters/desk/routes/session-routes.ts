/** Coming in, saying who is there, and leaving. */
import type { DeskCore } from '../core.js';
import type { Session } from '../api/index.js';
import { routes } from '../api/routes.js';
import { clearSessionCookie, setSessionCookie } from '../http/cookie.js';
import { addressOf, type DeskApp, type DeskContext } from '../http/env.js';
import { sessionFor } from '../http/guards.js';
import { problem } from '../problems.js';
import type { DeskSession } from '../session/sessions.js';

/** Before anybody is signed in. */
export const addSignIn = (app: DeskApp, core: DeskCore): void => {
  const { sessions, basePath, limits } = core;
  app.get('/enter', async (context) => {
    const session = sessions.enter(context.req.query('code') ?? '');
    if (session !== undefined) setSessionCookie(context, session.secret, limits.sessionMsMax);
    // With a code that is used up too: who is signed in already goes on, and all others are told by the page.
    return context.redirect(`${basePath}/`, 303);
  });
  app.openapi(routes.signIn, async (context) => {
    const { token, agentId } = context.req.valid('json');
    const session = await sessions.signIn(token, agentId, addressOf(context));
    if (session === undefined)
      throw problem('unauthorized', 'this token or code is unknown, used up or expired: ask for a new one');
    const before = await sessionFor(sessions, context);
    if (before !== undefined) leave(core, before.secret);
    setSessionCookie(context, session.secret, limits.sessionMsMax);
    return context.json(await shownSession(core, session), 200);
  });
};

export const addSessionRoutes = (app: DeskApp, core: DeskCore): void => {
  app.openapi(routes.session, async (context) => context.json(await shownSession(core, context.get('session')), 200));
  app.openapi(routes.signOut, (context: DeskContext) => {
    leave(core, context.get('session').secret);
    clearSessionCookie(context);
    return context.body(null, 204);
  });
};

const leave = ({ sessions, onLeft }: DeskCore, secret: string): void => {
  sessions.end(secret);
  onLeft(secret);
};

const shownSession = async (
  { replica, version, basePath, index }: DeskCore,
  session: DeskSession,
): Promise<Session> => {
  const { policy } = await replica.status();
  const { person, csrfToken, expiresMs } = session;
  const types = new Set(index.entries().flatMap((entry) => entry.types));
  const mayResolve = person.may('resolve', '*') || [...types].some((type) => person.may('resolve', type));
  return {
    agentId: person.agentId,
    replicaId: replica.replicaId,
    csrfToken,
    expiresAt: new Date(expiresMs).toISOString(),
    rights: { mayResolve, mayManageRules: mayResolve, mayOperate: person.mayOperate && person.readsAll },
    policy: { name: policy.name, fingerprint: policy.fingerprint },
    version,
    basePath,
  };
};
