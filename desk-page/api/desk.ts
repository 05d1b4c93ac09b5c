/** The desk's calls by name. Their shapes are the server's own (`src/adapters/desk/api`), imported as types only. */
import type {
  AtAnswer,
  AtRequest,
  AuditPage,
  BulkAnswer,
  BulkRequest,
  Checked,
  Conflict,
  Decided,
  HistoryPage,
  InboxPage,
  InboxQuery,
  Json,
  LaterAnswer,
  NewRule,
  Overview,
  Preview,
  PreviewRequest,
  QueueAnswer,
  Resolution,
  ResourceRef,
  ResourceView,
  ResourcesPage,
  ResourcesQuery,
  Rule,
  RulePreview,
  RulesAnswer,
  Session,
  SignIn,
  Verification,
} from '../../src/adapters/desk/api/index.js';
import { get, post, queryText, type QueryMember } from './client.js';

const of = encodeURIComponent;
/** What may be asked by query is a flat object of texts, numbers and lists; the schema's input types are wider. */
const ask = (query: object): string => queryText(query as Readonly<Record<string, QueryMember>>);

export const desk = {
  session: () => get<Session>('session'),
  signIn: (given: SignIn) => post<Session>('session', given),
  signOut: () => post<undefined>('session', {}, 'DELETE'),

  conflicts: (query: InboxQuery, signal?: AbortSignal) => get<InboxPage>(`conflicts${ask(query)}`, signal),
  conflict: (id: string, signal?: AbortSignal) => get<Conflict>(`conflicts/${of(id)}`, signal),
  check: (id: string, value: Json) => post<Checked>(`conflicts/${of(id)}/check`, { value }),
  resolve: (id: string, request: { version: string; resolution: Resolution; note?: string }) =>
    post<Decided>(`conflicts/${of(id)}/resolve`, request),
  undo: (id: string, request: { version?: string; note?: string }) =>
    post<Decided>(`conflicts/${of(id)}/undo`, request),
  restore: (id: string, request: { version: string; eventId: string; note?: string }) =>
    post<Decided>(`conflicts/${of(id)}/restore`, request),
  later: (conflictIds: readonly string[], later: boolean, until?: string) =>
    post<LaterAnswer>('later', { conflictIds, later, ...(until === undefined ? {} : { until }) }),
  preview: (request: PreviewRequest) => post<Preview>('preview', request),
  bulk: (request: BulkRequest) => post<BulkAnswer>('bulk', request),

  resources: (query: ResourcesQuery, signal?: AbortSignal) => get<ResourcesPage>(`resources${ask(query)}`, signal),
  resource: (ref: ResourceRef, signal?: AbortSignal) => get<ResourceView>(`resource${ask(refOnly(ref))}`, signal),
  history: (ref: ResourceRef, after: number, limit: number, signal?: AbortSignal) =>
    get<HistoryPage>(`resource/history${ask({ ...refOnly(ref), after, limit })}`, signal),
  at: (request: AtRequest) => post<AtAnswer>('resource/at', request),

  overview: (signal?: AbortSignal) => get<Overview>('overview', signal),
  queue: (act: 'retry' | 'reissue' | 'shelve', eventId: string) => post<QueueAnswer>(`queue/${act}`, { eventId }),
  audit: (before: number | undefined, limit: number, signal?: AbortSignal) =>
    get<AuditPage>(`audit${ask({ before, limit })}`, signal),
  verify: (auditHead?: { count: number; hash: string }) =>
    post<Verification>('audit/verify', auditHead === undefined ? {} : { auditHead }),

  rules: (signal?: AbortSignal) => get<RulesAnswer>('rules', signal),
  previewRule: (rule: NewRule) => post<RulePreview>('rules/preview', rule),
  addRule: (rule: NewRule) => post<Rule>('rules', rule),
  switchRule: (id: string, on: boolean) => post<Rule>(`rules/${of(id)}/${on ? 'on' : 'off'}`),
  removeRule: (id: string) => post<undefined>(`rules/${of(id)}`, {}, 'DELETE'),
} as const;

const refOnly = ({ resourceType, resourceId }: ResourceRef): ResourceRef => ({ resourceType, resourceId });
