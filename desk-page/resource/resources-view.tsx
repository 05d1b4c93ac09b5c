/** Finding a resource by its id; those changed last come first. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ResourceSummary } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';
import { ResourceLink } from '../parts/names.js';
import { Problem } from '../parts/problem.js';
import { replaceRoute } from '../routing/location.js';
import { useLive } from '../state/live.js';
import { useLoaded } from '../state/loaded.js';
import { useShortcuts } from '../state/shortcuts.js';
import { Ago } from '../text/times.js';
import { PreviewText } from '../values/preview.js';
import { VisibleText } from '../values/visible-text.js';

/** Resources of one page; further ones on demand. */
const pageSize = 100;
const typingPauseMs = 150;

export const ResourcesView = ({ q }: { readonly q: string }): JSX.Element => {
  const [words, setWords] = useState(q);
  const [pages, setPages] = useState(1);
  const search = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { answer, error, reload } = useLoaded(`${q} ${pages}`, (signal) => firstPages(q, pages, signal));
  const last = useRef(answer);
  if (answer !== undefined) last.current = answer;
  const shown = answer ?? last.current;
  useLive('resources', reload);
  useEffect(() => () => clearTimeout(timer.current), []);
  useShortcuts('Resources', [{ keys: '/', does: 'Search', run: () => search.current?.focus() }]);
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>Resources</h1>
          <p class="lead">What this replica holds: each field with why it is so, and the whole history.</p>
        </div>
      </div>
      <search class="filters" aria-label="Search resources">
        <label class="filter-search">
          <span class="unheard">Part of an id</span>
          <input
            ref={search}
            type="search"
            placeholder="Part of an id"
            value={words}
            onInput={({ currentTarget: { value } }) => {
              setWords(value);
              clearTimeout(timer.current);
              timer.current = setTimeout(() => replaceRoute({ view: 'resources', q: value }), typingPauseMs);
            }}
          />
        </label>
      </search>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {shown === undefined && error === undefined && <p class="loading">Looking…</p>}
      {shown?.items.length === 0 && (
        <div class="empty">
          <h2>Nothing found</h2>
          <p>{q === '' ? 'Nothing has been recorded here yet.' : 'No id contains these characters.'}</p>
        </div>
      )}
      {shown !== undefined && shown.items.length > 0 && (
        <ul class="card resources">
          {shown.items.map((item) => (
            <li key={JSON.stringify([item.resourceType, item.resourceId])}>
              <Line item={item} />
            </li>
          ))}
        </ul>
      )}
      {shown?.next !== undefined && (
        <button type="button" class="button" onClick={() => setPages(pages + 1)}>
          Show more
        </button>
      )}
    </div>
  );
};

const Line = ({ item }: { readonly item: ResourceSummary }): JSX.Element => (
  <div class="resource-line">
    <span class="line">
      <ResourceLink {...item} />
      {item.isProvisional && <span class="tag warn">conflict pending</span>}
      {item.deleted && <span class="tag bad">deleted</span>}
    </span>
    <span class="resource-fields muted">
      <PreviewText preview={item.fields} max={160} />
    </span>
    <span class="muted small-text">
      <VisibleText text={item.updatedBy} />, <Ago time={item.updatedAt} />
    </span>
  </div>
);

const firstPages = async (q: string, pages: number, signal: AbortSignal) => {
  const items: ResourceSummary[] = [];
  let next: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const answer = await desk.resources(
      {
        limit: pageSize,
        includeDeleted: 'true',
        ...(q === '' ? {} : { q }),
        ...(next === undefined ? {} : { after: next }),
      },
      signal,
    );
    items.push(...answer.items);
    next = answer.next;
    if (next === undefined) break;
  }
  return { items, next };
};
