/**
 * Where in the desk one is, as the part of the address after `#`: so that any place can be linked to, "back" goes
 * back, and the server knows nothing of it. Ids come from anywhere and hold anything, so each is encoded by itself.
 */

export type Route =
  | { readonly view: 'inbox'; readonly filter: InboxFilter }
  | { readonly view: 'resolved'; readonly filter: InboxFilter }
  | { readonly view: 'conflict'; readonly conflictId: string }
  | { readonly view: 'resources'; readonly q: string }
  | { readonly view: 'resource'; readonly resourceType: string; readonly resourceId: string }
  | { readonly view: 'overview' }
  | { readonly view: 'rules' }
  | { readonly view: 'unknown'; readonly path: string };

/** What of the conflicts is shown; missing members leave everything in. */
export interface InboxFilter {
  readonly q?: string;
  readonly type?: string;
  readonly kind?: string;
  readonly agent?: string;
  /** Older than an hour, a day, a week: one of `ages`. */
  readonly age?: string;
  /** `later`: only those that were put off; otherwise only those that were not. */
  readonly shown?: string;
  readonly sort?: string;
}

const filterNames = ['q', 'type', 'kind', 'agent', 'age', 'shown', 'sort'] as const;

export const routeOf = (hash: string): Route => {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const parts = path.split('/').map(decoded);
  const [view = '', first, second] = parts;
  switch (view) {
    case '':
    case 'inbox':
      return { view: 'inbox', filter: filterOf(query) };
    case 'resolved':
      return { view: 'resolved', filter: filterOf(query) };
    case 'conflicts':
      return first === undefined ? { view: 'inbox', filter: {} } : { view: 'conflict', conflictId: first };
    case 'resources':
      return first === undefined || second === undefined
        ? { view: 'resources', q: new URLSearchParams(query).get('q') ?? '' }
        : { view: 'resource', resourceType: first, resourceId: second };
    case 'overview':
    case 'rules':
      return { view };
    default:
      return { view: 'unknown', path };
  }
};

export const hrefOf = (route: Route): string => {
  switch (route.view) {
    case 'inbox':
    case 'resolved':
      return `#/${route.view}${queryOf({ ...route.filter })}`;
    case 'conflict':
      return `#/conflicts/${encodeURIComponent(route.conflictId)}`;
    case 'resources':
      return `#/resources${queryOf({ q: route.q })}`;
    case 'resource':
      return `#/resources/${encodeURIComponent(route.resourceType)}/${encodeURIComponent(route.resourceId)}`;
    case 'overview':
    case 'rules':
      return `#/${route.view}`;
    case 'unknown':
      return `#/${route.path}`;
  }
};

const filterOf = (query: string): InboxFilter => {
  const given = new URLSearchParams(query);
  return Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = given.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );
};

const queryOf = (members: Readonly<Record<string, string | undefined>>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) if (value !== undefined && value !== '') query.set(name, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
};

/** A lone `%` decodes to itself: a wrong address shows "nothing here", and no error. */
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
