/** The frame around every view: places to go, how the line is, and what is said to people who do not see. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ConflictView } from '../conflict/conflict-view.js';
import { InboxView } from '../inbox/inbox-view.js';
import { ResolvedView } from '../inbox/resolved-view.js';
import { OverviewView } from '../overview/overview-view.js';
import { ResourceView } from '../resource/resource-view.js';
import { ResourcesView } from '../resource/resources-view.js';
import { goTo, route } from '../routing/location.js';
import { hrefOf, type Route } from '../routing/route.js';
import { RulesView } from '../rules/rules-view.js';
import { SignIn } from '../session/sign-in.js';
import { announcement } from '../state/announce.js';
import { line, openLine } from '../state/live.js';
import { askForSession, sessionState } from '../state/session.js';
import { useShortcuts } from '../state/shortcuts.js';
import { Aside } from './aside.js';
import { KeysDialog } from './keys-dialog.js';
import { ToastPlace } from './toast-place.js';

export const Desk = (): JSX.Element => {
  const state = sessionState.value;
  switch (state.type) {
    case 'asking':
      return <p class="loading">Opening the desk…</p>;
    case 'none':
      return <SignIn />;
    case 'failed':
      return (
        <main class="sign-in">
          <div class="card empty">
            <h1 tabIndex={-1}>The desk does not answer</h1>
            <p>{state.message}</p>
            <button type="button" class="button" onClick={() => void askForSession()}>
              Try again
            </button>
          </div>
        </main>
      );
    case 'open':
      return <OpenDesk />;
  }
};

const OpenDesk = (): JSX.Element => {
  const place = route.value;
  const main = useRef<HTMLElement>(null);
  const [areKeysShown, showKeys] = useState(false);
  useEffect(openLine, []);
  useFocusedHeading(main, place);
  useShortcuts('Everywhere', [
    { keys: 'g i', does: 'Go to the inbox', run: () => goTo({ view: 'inbox', filter: {} }) },
    { keys: 'g d', does: 'Go to what is resolved', run: () => goTo({ view: 'resolved', filter: {} }) },
    { keys: 'g r', does: 'Go to resources', run: () => goTo({ view: 'resources', q: '' }) },
    { keys: 'g o', does: 'Go to the overview', run: () => goTo({ view: 'overview' }) },
    { keys: 'g u', does: 'Go to rules', run: () => goTo({ view: 'rules' }) },
    { keys: '?', does: 'Show the keys', run: () => showKeys(true) },
  ]);
  return (
    <div class="desk">
      <button type="button" class="button main-action skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Aside onKeys={() => showKeys(true)} />
      <main ref={main} class="main" tabIndex={-1}>
        {line.value === 'lost' && (
          <p class="banner" role="status">
            The line to the desk is broken: what is shown may be out of date. It is tried again by itself.
          </p>
        )}
        <View place={place} />
      </main>
      <ToastPlace />
      <div class="unheard" role="status" aria-live="polite">
        {announcement.value}
      </div>
      {areKeysShown && <KeysDialog onClose={() => showKeys(false)} />}
    </div>
  );
};

const View = ({ place }: { readonly place: Route }): JSX.Element => {
  switch (place.view) {
    case 'inbox':
      return <InboxView filter={place.filter} />;
    case 'resolved':
      return <ResolvedView filter={place.filter} />;
    case 'conflict':
      return <ConflictView key={place.conflictId} conflictId={place.conflictId} />;
    case 'resources':
      return <ResourcesView q={place.q} />;
    case 'resource':
      return (
        <ResourceView
          key={hrefOf(place)}
          resource={{ resourceType: place.resourceType, resourceId: place.resourceId }}
        />
      );
    case 'overview':
      return <OverviewView />;
    case 'rules':
      return <RulesView />;
    case 'unknown':
      return (
        <div class="page empty">
          <h1 tabIndex={-1}>There is nothing here</h1>
          <a href="#/inbox">To the inbox</a>
        </div>
      );
  }
};

/** Who goes elsewhere finds the focus at the new view's heading, and the title of the window says where one is. */
const useFocusedHeading = (main: { readonly current: HTMLElement | null }, place: Route): void => {
  const isFirst = useRef(true);
  const where = place.view === 'inbox' || place.view === 'resolved' ? place.view : hrefOf(place);
  useEffect(() => {
    const heading = main.current?.querySelector('h1');
    document.title = `${heading?.textContent ?? 'Conflict desk'} · Conflict desk`;
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    main.current?.scrollTo({ top: 0 });
    heading?.focus({ preventScroll: true });
  }, [where]);
};
