/** The questions with what they take and give, as the server mounts them and as the OpenAPI document says them. */
import { createRoute, z } from '@hono/zod-openapi';
import * as api from './index.js';
import { problem, resourceRef } from './values.js';

const told = (description: string, schema: z.ZodType) => ({ description, content: { 'application/json': { schema } } });
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

const problems = {
  401: told('There is no session, or it is over.', problem),
  403: told('No right, another origin, or no CSRF token.', problem),
  404: told('There is no such thing, or none that may be seen.', problem),
  422: told('The request does not fit, or what it asks for is refused.', problem),
  429: told('Too many requests.', problem),
  500: told('The desk failed; its log says how.', problem),
  503: told('Busy, or closing: try again.', problem),
};
const answer = <Schema extends z.ZodType>(schema: Schema) => ({
  200: { description: 'The answer.', content: { 'application/json': { schema } } },
  ...problems,
});
const nothing = { 204: { description: 'Done.' }, ...problems };
const decision = {
  ...answer(api.decided),
  409: told('It changed since it was shown, or is settled; this is how it is.', api.changed),
  412: told('The same, where the version came as If-Match.', api.changed),
};
const byId = { params: z.object({ id: api.id }) };
const ifMatch = { headers: z.object({ 'if-match': z.string().max(200).optional() }) };
const security = [{ session: [] }];

export const routes = {
  session: createRoute({ method: 'get', path: '/api/session', security, responses: answer(api.session) }),
  signIn: createRoute({
    method: 'post',
    path: '/api/session',
    request: body(api.signIn),
    responses: answer(api.session),
  }),
  signOut: createRoute({ method: 'delete', path: '/api/session', security, responses: nothing }),
  overview: createRoute({ method: 'get', path: '/api/overview', security, responses: answer(api.overview) }),
  queue: createRoute({
    method: 'post',
    path: '/api/queue/{action}',
    security,
    request: { params: z.object({ action: z.enum(['retry', 'reissue', 'shelve']) }), ...body(api.queueRequest) },
    responses: answer(api.queueAnswer),
  }),
  inbox: createRoute({
    method: 'get',
    path: '/api/conflicts',
    security,
    request: { query: api.inboxQuery },
    responses: answer(api.inboxPage),
  }),
  conflict: createRoute({
    method: 'get',
    path: '/api/conflicts/{id}',
    security,
    request: byId,
    responses: answer(api.conflict),
  }),
  conflictValue: createRoute({
    method: 'get',
    path: '/api/conflicts/{id}/value',
    security,
    request: { ...byId, query: api.wholeValueQuery },
    responses: answer(api.wholeValue),
  }),
  check: createRoute({
    method: 'post',
    path: '/api/conflicts/{id}/check',
    security,
    request: { ...byId, ...body(api.checkRequest) },
    responses: answer(api.checked),
  }),
  resolve: createRoute({
    method: 'post',
    path: '/api/conflicts/{id}/resolve',
    security,
    request: { ...byId, ...ifMatch, ...body(api.resolveRequest) },
    responses: decision,
  }),
  undo: createRoute({
    method: 'post',
    path: '/api/conflicts/{id}/undo',
    security,
    request: { ...byId, ...ifMatch, ...body(api.undoRequest) },
    responses: decision,
  }),
  restore: createRoute({
    method: 'post',
    path: '/api/conflicts/{id}/restore',
    security,
    request: { ...byId, ...ifMatch, ...body(api.restoreRequest) },
    responses: decision,
  }),
  later: createRoute({
    method: 'post',
    path: '/api/later',
    security,
    request: body(api.laterRequest),
    responses: answer(api.laterAnswer),
  }),
  preview: createRoute({
    method: 'post',
    path: '/api/preview',
    security,
    request: body(api.previewRequest),
    responses: answer(api.preview),
  }),
  bulk: createRoute({
    method: 'post',
    path: '/api/bulk',
    security,
    request: body(api.bulkRequest),
    responses: answer(api.bulkAnswer),
  }),
  resources: createRoute({
    method: 'get',
    path: '/api/resources',
    security,
    request: { query: api.resourcesQuery },
    responses: answer(api.resourcesPage),
  }),
  resource: createRoute({
    method: 'get',
    path: '/api/resource',
    security,
    request: { query: resourceRef },
    responses: answer(api.resourceView),
  }),
  history: createRoute({
    method: 'get',
    path: '/api/resource/history',
    security,
    request: { query: api.historyQuery },
    responses: answer(api.historyPage),
  }),
  at: createRoute({
    method: 'post',
    path: '/api/resource/at',
    security,
    request: body(api.atRequest),
    responses: answer(api.atAnswer),
  }),
  audit: createRoute({
    method: 'get',
    path: '/api/audit',
    security,
    request: { query: api.auditQuery },
    responses: answer(api.auditPage),
  }),
  verify: createRoute({
    method: 'post',
    path: '/api/audit/verify',
    security,
    request: body(api.verifyRequest),
    responses: answer(api.verification),
  }),
  rules: createRoute({ method: 'get', path: '/api/rules', security, responses: answer(api.rulesAnswer) }),
  addRule: createRoute({
    method: 'post',
    path: '/api/rules',
    security,
    request: body(api.newRule),
    responses: answer(api.rule),
  }),
  previewRule: createRoute({
    method: 'post',
    path: '/api/rules/preview',
    security,
    request: body(api.newRule),
    responses: answer(api.rulePreview),
  }),
  switchRule: createRoute({
    method: 'post',
    path: '/api/rules/{id}/{state}',
    security,
    request: { params: z.object({ id: api.id, state: z.enum(['on', 'off']) }) },
    responses: answer(api.rule),
  }),
  removeRule: createRoute({
    method: 'delete',
    path: '/api/rules/{id}',
    security,
    request: byId,
    responses: nothing,
  }),
};
