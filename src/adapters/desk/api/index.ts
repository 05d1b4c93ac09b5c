/**
 * The interface between the desk's server and its page, and whoever else looks at a desk: zod schemas here, from which
 * requests are checked and the OpenAPI document is made, and their types, which the page imports alone.
 *
 * All paths are relative to where the desk is mounted. Errors are `{ error: { code, message, ...facts } }`. Everything
 * but `POST` and `GET` of a session needs one (401); every change needs `x-csrf-token` and its own origin (403).
 *
 *   GET    enter?code=…            one-time link: sets the cookie, redirects to the page
 *   GET    api/session             Session
 *   POST   api/session             SignIn → Session
 *   DELETE api/session             204
 *   GET    api/live                LiveMessages as server-sent events
 *   GET    api/overview            Overview
 *   POST   api/queue/retry         QueueRequest → QueueAnswer; also queue/reissue, queue/shelve
 *   GET    api/conflicts           InboxQuery → InboxPage
 *   GET    api/conflicts/{id}      Conflict; the ETag is its version
 *   GET    api/conflicts/{id}/value            a whole value, as `wholeAt` names it
 *   POST   api/conflicts/{id}/check            CheckRequest → Checked
 *   POST   api/conflicts/{id}/resolve          ResolveRequest → Decided, or 409 Changed
 *   POST   api/conflicts/{id}/undo             UndoRequest → Decided, or 409 Changed
 *   POST   api/conflicts/{id}/restore          RestoreRequest → Decided, or 409 Changed
 *   POST   api/later               LaterRequest → LaterAnswer
 *   POST   api/preview             PreviewRequest → Preview
 *   POST   api/bulk                BulkRequest → BulkAnswer
 *   GET    api/resources           ResourcesQuery → ResourcesPage
 *   GET    api/resource            ?resourceType&resourceId → ResourceView
 *   GET    api/resource/history    HistoryQuery → HistoryPage
 *   POST   api/resource/at         AtRequest → AtAnswer
 *   GET    api/audit               AuditQuery → AuditPage
 *   POST   api/audit/verify        VerifyRequest → Verification
 *   GET    api/rules               RulesAnswer
 *   POST   api/rules               NewRule → Rule
 *   POST   api/rules/preview       NewRule → RulePreview
 *   POST   api/rules/{id}/on       Rule; also rules/{id}/off
 *   DELETE api/rules/{id}          204
 *   GET    api/openapi.json        this, as OpenAPI 3.1
 */
export * from './audit.js';
export * from './conflict.js';
export * from './decision.js';
export * from './inbox.js';
export * from './live.js';
export * from './overview.js';
export * from './resource.js';
export * from './rules.js';
export * from './session.js';
export * from './values.js';
