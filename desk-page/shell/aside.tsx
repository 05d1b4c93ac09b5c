/** Where one can go, who one is, how syncing stands, and the look of the page. */
import type { JSX } from 'preact';
import { Icon, type IconName } from '../parts/icon.js';
import { route } from '../routing/location.js';
import { hrefOf, type Route } from '../routing/route.js';
import { connections, counts, line } from '../state/live.js';
import { currentSession, signOut } from '../state/session.js';
import { theme, type Theme } from '../state/theme.js';
import { phaseWords } from '../text/phases.js';
import { VisibleText } from '../values/visible-text.js';

interface Place {
  readonly to: Route;
  readonly views: readonly Route['view'][];
  readonly name: string;
  readonly icon: IconName;
}

const places: readonly Place[] = [
  { to: { view: 'inbox', filter: {} }, views: ['inbox', 'conflict'], name: 'Inbox', icon: 'inbox' },
  { to: { view: 'resolved', filter: {} }, views: ['resolved'], name: 'Resolved', icon: 'done' },
  { to: { view: 'resources', q: '' }, views: ['resources', 'resource'], name: 'Resources', icon: 'resource' },
  { to: { view: 'overview' }, views: ['overview'], name: 'Overview', icon: 'overview' },
  { to: { view: 'rules' }, views: ['rules'], name: 'Rules', icon: 'rules' },
];

export const Aside = ({ onKeys }: { readonly onKeys: () => void }): JSX.Element => {
  const session = currentSession();
  return (
    <div class="aside">
      <header class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#1f5f6b" />
          <path
            d="M9 7v5c0 5 7 4 7 9v4M23 7v5c0 5-7 4-7 9"
            fill="none"
            stroke="#fff"
            stroke-width="3"
            stroke-linecap="round"
          />
        </svg>
        <span>
          Conflict desk
          {session !== undefined && (
            <small>
              <VisibleText text={session.agentId} /> on <VisibleText text={session.replicaId} />
            </small>
          )}
        </span>
      </header>
      <nav class="places" aria-label="Desk">
        <ul>
          {places.map(({ to, views, name, icon }) => (
            <li key={name}>
              <a href={hrefOf(to)} aria-current={views.includes(route.value.view) ? 'page' : undefined}>
                <Icon name={icon} />
                {name}
                <Count view={to.view} />
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <footer class="foot">
        <SyncState />
        <div class="foot-tools">
          <ThemeButton />
          <button type="button" class="button small" onClick={onKeys} aria-keyshortcuts="?">
            <Icon name="keys" />
            <span class="unheard">Keys</span>
          </button>
          <button type="button" class="button small" title="Sign out" onClick={() => void signOut()}>
            <Icon name="leave" />
            <span class="unheard">Sign out</span>
          </button>
        </div>
      </footer>
    </div>
  );
};

const Count = ({ view }: { readonly view: Route['view'] }): JSX.Element | null => {
  const now = counts.value;
  if (now === undefined || (view !== 'inbox' && view !== 'resolved')) return null;
  const count = view === 'inbox' ? now.pending - now.later : now.resolved;
  return (
    <span class={`count ${view === 'inbox' && count > 0 ? 'waiting' : ''}`} data-testid={`count-${view}`}>
      {count.toLocaleString()}
      <span class="unheard"> {view === 'inbox' ? 'pending' : 'settled'}</span>
    </span>
  );
};

const SyncState = (): JSX.Element => {
  const lines = connections.value;
  if (line.value === 'lost')
    return (
      <p class="state">
        <span class="dot bad" aria-hidden="true" /> <span>No line to the desk</span>
      </p>
    );
  if (lines.length === 0)
    return (
      <p class="state">
        <span class="dot" aria-hidden="true" />
        <span>
          Not syncing<span class="long"> from here</span>
        </span>
      </p>
    );
  return (
    <>
      {lines.slice(0, 2).map(({ name, phase, pending }) => (
        <p key={name} class="state">
          <span class={`dot ${phaseWords[phase].tone}`} aria-hidden="true" />
          <span>
            {phaseWords[phase].name}
            <span class="long">
              {pending > 0 && `, ${pending.toLocaleString()} to send`}, <VisibleText text={name} />
            </span>
          </span>
        </p>
      ))}
    </>
  );
};

const nextTheme: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const themeNames: Readonly<Record<Theme, string>> = { system: 'as the system', light: 'light', dark: 'dark' };

const ThemeButton = (): JSX.Element => (
  <button
    type="button"
    class="button small"
    title={`Look: ${themeNames[theme.value]}`}
    onClick={() => {
      theme.value = nextTheme[theme.value];
    }}
  >
    <Icon name={theme.value} />
    <span class="unheard">
      Look: {themeNames[theme.value]}. Change to {themeNames[nextTheme[theme.value]]}.
    </span>
  </button>
);
