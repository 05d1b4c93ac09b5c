/** The bar at the bottom of a conflict: every choice there is, what it makes of the value, a note, and settling it. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Conflict } from '../../src/adapters/desk/api/index.js';
import { Problem } from '../parts/problem.js';
import { RuleDialog } from '../rules/rule-dialog.js';
import { currentSession } from '../state/session.js';
import { actionWords } from '../text/words.js';
import { ServerValue } from '../values/server-value.js';
import { choiceName, outcomeOf, type Choice } from './choice.js';
import type { Deeds } from './deeds.js';
import { ValueEditor } from './value-editor.js';

export interface DecisionProps {
  readonly conflict: Conflict;
  readonly choice: Choice | undefined;
  readonly isEditing: boolean;
  readonly deeds: Deeds;
  readonly onChoice: (choice: Choice | undefined) => void;
  readonly onEditing: (isEditing: boolean) => void;
}

export const Decision = (props: DecisionProps): JSX.Element => {
  const { conflict, choice, isEditing, deeds, onChoice, onEditing } = props;
  const { choices } = conflict;
  const [note, setNote] = useState('');
  const [isRuling, setRuling] = useState(false);
  useEffect(() => {
    if (!isEditing && choice?.type === 'value') return;
    if (isEditing && choice?.type !== 'value') onChoice(undefined);
  }, [isEditing]);
  const chosenSide =
    choice?.type === 'side' ? conflict.sides.find(({ eventId }) => eventId === choice.eventId) : undefined;
  const start = choice === undefined ? undefined : outcomeOf(choice, conflict);
  const outcome = choice === undefined ? undefined : outcomeOf(choice, conflict);
  const pick = (next: Choice): void => {
    onEditing(false);
    onChoice(next);
  };

  return (
    <section class="decision" aria-label="Your decision">
      {isEditing && (
        <ValueEditor
          conflict={conflict}
          start={start === undefined || start === 'none' ? (conflict.current ?? conflict.base) : start.shown}
          onValue={(value) => onChoice(value === undefined ? undefined : { type: 'value', value })}
        />
      )}
      <div class="line decision-choices">
        {choices.both !== undefined && (
          <button
            type="button"
            class="button"
            aria-pressed={choice?.type === 'both'}
            onClick={() => pick({ type: 'both' })}
          >
            Take both <kbd>b</kbd>
          </button>
        )}
        {choices.existence?.map((value) => (
          <button
            key={value}
            type="button"
            class="button"
            aria-pressed={choice?.type === 'existence' && choice.value === value}
            onClick={() => pick({ type: 'existence', value })}
          >
            {value === 'alive' ? 'Keep it alive' : 'Leave it deleted'}
          </button>
        ))}
        {choices.actions?.map((action) => (
          <button
            key={action}
            type="button"
            class="button"
            title={actionWords[action]?.means}
            aria-pressed={choice?.type === 'apply' && choice.action === action}
            onClick={() => pick({ type: 'apply', action })}
          >
            {actionWords[action]?.name ?? action}
          </button>
        ))}
        {choices.edit && (
          <button type="button" class="button" aria-pressed={isEditing} onClick={() => onEditing(!isEditing)}>
            Edit a value <kbd>e</kbd>
          </button>
        )}
        <button type="button" class="button" onClick={deeds.putAside}>
          {conflict.later === undefined ? 'Keep for later' : 'Take up again'} <kbd>l</kbd>
        </button>
        {chosenSide !== undefined && currentSession()?.rights.mayManageRules === true && (
          <button type="button" class="button quiet" onClick={() => setRuling(true)}>
            Always decide so…
          </button>
        )}
      </div>
      {deeds.error !== undefined && <Problem error={deeds.error} />}
      <div class="decision-settle">
        <div class="decision-result any" aria-live="polite" data-testid="result">
          {choice === undefined ? (
            <span class="muted">{isEditing ? 'Type a value that fits.' : 'Choose a side, or another way.'}</span>
          ) : (
            <>
              <span class="muted small-text">{choiceName(choice, conflict)}. It will be</span>
              {outcome !== undefined && outcome !== 'none' && (
                <div class="decision-value">
                  <ServerValue shown={outcome.shown} />
                </div>
              )}
            </>
          )}
        </div>
        <label class="decision-note">
          <span class="unheard">Note, for whoever asks why</span>
          <input
            type="text"
            placeholder="Note (optional)"
            maxLength={1_000}
            value={note}
            onInput={({ currentTarget }) => setNote(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              deeds.settle(choice, note);
            }}
          />
        </label>
        <button
          type="button"
          class="button main-action"
          aria-disabled={choice === undefined || deeds.isBusy}
          onClick={() => deeds.settle(choice, note)}
        >
          Settle <kbd>↵</kbd>
        </button>
      </div>
      {isRuling && chosenSide !== undefined && (
        <RuleDialog conflict={conflict} side={chosenSide} onClose={() => setRuling(false)} />
      )}
    </section>
  );
};
