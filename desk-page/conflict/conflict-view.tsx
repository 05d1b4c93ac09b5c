/**
 * One conflict: what was there, who made what of it, and settling it. What is decided names the version that was
 * looked at; where the conflict has changed since, nothing is decided, and its new state is shown and said.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Conflict } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';
import { currentList, neighboursOf } from '../inbox/current-list.js';
import { ResourceLink, resourceText } from '../parts/names.js';
import { Problem } from '../parts/problem.js';
import { goTo } from '../routing/location.js';
import { hrefOf } from '../routing/route.js';
import { announce } from '../state/announce.js';
import { useLive } from '../state/live.js';
import { useLoaded } from '../state/loaded.js';
import { useShortcuts } from '../state/shortcuts.js';
import { kindWords, unitName } from '../text/words.js';
import { isOffered, type Choice } from './choice.js';
import { Comparison, comparedWith, comparisonsOf, type ComparisonMode } from './comparison.js';
import { Decision } from './decision.js';
import { useDeeds } from './deeds.js';
import { Outcome } from './outcome.js';
import { SideCard } from './side-card.js';
import { Strategies } from './strategies.js';
import { ServerValue } from '../values/server-value.js';

/** One for each conflict (it is keyed by the id), so that an answer that is late finds nobody, and not the next one. */
export const ConflictView = ({ conflictId }: { readonly conflictId: string }): JSX.Element => {
  const { answer: conflict, error, reload, put } = useLoaded(conflictId, (signal) => desk.conflict(conflictId, signal));
  const [choice, setChoice] = useState<Choice | undefined>(undefined);
  const [isEditing, setEditing] = useState(false);
  const [hasChanged, setChanged] = useState(false);
  const [mode, setMode] = useState<ComparisonMode | undefined>(undefined);
  const seen = useRef<string | undefined>(undefined);

  useLive('conflicts', (message) => {
    if (message === undefined || message.all || message.conflictIds.includes(conflictId)) reload();
  });
  useEffect(() => {
    if (conflict === undefined || seen.current === conflict.version) return;
    if (seen.current !== undefined) {
      setChanged(true);
      setChoice((before) =>
        before !== undefined && before.type !== 'side' && isOffered(before, conflict) ? before : undefined,
      );
      announce('This conflict has changed since you opened it. Shown is its state now.');
    }
    seen.current = conflict.version;
  }, [conflict]);

  const deeds = useDeeds(conflict, {
    onAnswer: (answer) => {
      seen.current = answer.version;
      put(answer);
      setChoice(undefined);
      setEditing(false);
      setChanged(false);
    },
    onChanged: put,
    onGone: reload,
  });

  const { before, after } = neighboursOf(conflictId);
  const isOpen = conflict?.status === 'pending' && conflict.mayResolve;
  const choose = (next: Choice): void => {
    setChoice(next);
    setEditing(false);
  };
  const to = (id: string | undefined): void => {
    if (id !== undefined) goTo({ view: 'conflict', conflictId: id });
  };
  useShortcuts('Conflict', [
    ...(isOpen && conflict.choices.sides
      ? conflict.sides.slice(0, 9).map(({ eventId }, index) => ({
          keys: String(index + 1),
          does: `Choose side ${index + 1}`,
          run: () => choose({ type: 'side', eventId }),
        }))
      : []),
    ...(isOpen && conflict.choices.both !== undefined
      ? [{ keys: 'b', does: 'Choose both', run: () => choose({ type: 'both' }) }]
      : []),
    ...(isOpen && conflict.choices.edit ? [{ keys: 'e', does: 'Edit a value', run: () => setEditing(true) }] : []),
    ...(isOpen
      ? [
          { keys: 'Enter', does: 'Settle as chosen', run: () => deeds.settle(choice, '') },
          { keys: 'l', does: 'Keep for later', run: () => deeds.putAside() },
        ]
      : []),
    ...(conflict?.undo.isPossible === true ? [{ keys: 'u', does: 'Undo the decision', run: () => deeds.undo() }] : []),
    { keys: 'n', does: 'Next conflict of the list', run: () => to(after) },
    { keys: 'p', does: 'Previous conflict of the list', run: () => to(before) },
    {
      keys: 'Escape',
      does: 'Back to the list',
      run: () => {
        location.hash = currentList()?.href ?? '#/inbox';
      },
    },
  ]);

  const comparisons = conflict === undefined ? [] : comparisonsOf(conflict);
  const isReplaced = conflict !== undefined && grewUndecided(conflict);
  const shownMode = mode !== undefined && comparisons.includes(mode) ? mode : (comparisons[0] ?? 'off');

  return (
    <div class="page">
      <div class="page-head">
        <div>
          <nav aria-label="Where you are" class="small-text crumbs">
            <a href={currentList()?.href ?? '#/inbox'}>
              {currentList()?.href.startsWith('#/resolved') === true ? 'Resolved' : 'Inbox'}
            </a>
            {conflict !== undefined && <ResourceLink {...conflict} />}
          </nav>
          <h1 tabIndex={-1}>
            {conflict === undefined ? 'Conflict' : `${unitName(conflict.unit)} of ${resourceText(conflict)}`}
          </h1>
          {conflict !== undefined && <Lead conflict={conflict} />}
        </div>
        <div class="line">
          <button type="button" class="button" disabled={before === undefined} onClick={() => to(before)}>
            Previous
          </button>
          <button type="button" class="button" disabled={after === undefined} onClick={() => to(after)}>
            Next
          </button>
        </div>
      </div>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {hasChanged && (
        <div class="note warn line" role="status" data-testid="changed">
          <span>This conflict has changed since you opened it. Shown is its state now.</span>
          <button type="button" class="button small push" onClick={() => setChanged(false)}>
            Understood
          </button>
        </div>
      )}
      {conflict === undefined && error === undefined && <p class="loading">Looking…</p>}
      {conflict !== undefined && (
        <>
          {conflict.supersededBy !== undefined && (
            <p class="note">
              A further write joined it, and it stands as{' '}
              <a href={hrefOf({ view: 'conflict', conflictId: conflict.supersededBy })}>another conflict</a> now.
            </p>
          )}
          {conflict.status === 'resolved' && !isReplaced && <Outcome conflict={conflict} deeds={deeds} />}
          <section class="stack" aria-labelledby="sides">
            <div class="line">
              <h2 id="sides">{conflict.status === 'pending' ? 'The sides' : 'What the sides were'}</h2>
              <Comparison modes={comparisons} mode={shownMode} onMode={setMode} />
            </div>
            {conflict.base !== undefined && (
              <div class="card base">
                <h3 class="muted small-text">Before: what all sides started from</h3>
                <div class="side-value">
                  <ServerValue shown={conflict.base} />
                </div>
              </div>
            )}
            <div
              class={`sides ${conflict.sides.length > 2 ? 'many' : ''}`}
              {...(isOpen && conflict.choices.sides ? { role: 'radiogroup', 'aria-label': 'Take a side' } : {})}
            >
              {conflict.sides.map((side, index) => (
                <SideCard
                  key={side.eventId}
                  conflict={conflict}
                  side={side}
                  index={index}
                  comparedWith={comparedWith(conflict, index, shownMode)}
                  isTaken={choice?.type === 'side' && choice.eventId === side.eventId}
                  {...(isOpen && conflict.choices.sides
                    ? { onTake: () => choose({ type: 'side', eventId: side.eventId }) }
                    : {})}
                  {...(conflict.status === 'resolved' &&
                  !isReplaced &&
                  conflict.mayResolve &&
                  !side.isShown &&
                  conflict.choices.sides
                    ? { onRestore: () => deeds.restore(side.eventId) }
                    : {})}
                />
              ))}
            </div>
          </section>
          {conflict.strategies.length > 0 && (
            <Strategies conflict={conflict} {...(isOpen ? { onFollow: choose } : {})} />
          )}
          {isOpen && (
            <Decision
              conflict={conflict}
              choice={choice}
              isEditing={isEditing}
              deeds={deeds}
              onChoice={setChoice}
              onEditing={setEditing}
            />
          )}
          {conflict.status === 'pending' && !conflict.mayResolve && (
            <p class="note">You may look at this conflict, but not settle it.</p>
          )}
        </>
      )}
    </div>
  );
};

/** A further write joined it before anybody decided: what is to be decided is the conflict that it became. */
const grewUndecided = ({ supersededBy, decidedBy }: Conflict): boolean =>
  supersededBy !== undefined && decidedBy === undefined;

const Lead = ({ conflict }: { readonly conflict: Conflict }): JSX.Element => (
  <p class="lead">
    {kindWords[conflict.conflictType].means}{' '}
    {conflict.status === 'pending'
      ? 'It waits for a decision.'
      : grewUndecided(conflict)
        ? 'It was not decided: it is another conflict by now.'
        : 'It is settled.'}
  </p>
);
