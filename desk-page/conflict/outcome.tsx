/** How a conflict ended: what was made of it, who or what decided, when and why, and the way back. */
import type { JSX } from 'preact';
import type { Conflict } from '../../src/adapters/desk/api/index.js';
import { Icon } from '../parts/icon.js';
import { Problem } from '../parts/problem.js';
import { At } from '../text/times.js';
import { decidedWords } from '../text/words.js';
import { ServerValue } from '../values/server-value.js';
import { VisibleText } from '../values/visible-text.js';
import type { Deeds } from './deeds.js';

export const Outcome = ({ conflict, deeds }: { readonly conflict: Conflict; readonly deeds: Deeds }): JSX.Element => (
  <section class="card outcome" aria-labelledby="outcome">
    <header>
      <h2 id="outcome">
        Settled {conflict.decidedBy === undefined ? '' : decidedWords(conflict.decidedBy)}
        {conflict.decidedBy?.at !== undefined && (
          <span class="muted outcome-when">
            , <At time={conflict.decidedBy.at} />
          </span>
        )}
      </h2>
      {conflict.mayResolve &&
        (conflict.undo.isPossible ? (
          <button type="button" class="button" disabled={deeds.isBusy} onClick={deeds.undo}>
            <Icon name="undo" /> Undo <kbd>u</kbd>
          </button>
        ) : (
          conflict.decidedBy?.by !== 'strategy' && (
            <span class="muted small-text">
              Cannot be undone: <VisibleText text={conflict.undo.message} />
            </span>
          )
        ))}
    </header>
    <div class="body stack">
      {conflict.result !== undefined && (
        <div class="side-value">
          <ServerValue shown={conflict.result} />
        </div>
      )}
      {conflict.decidedBy?.note !== undefined && (
        <p class="note small-text">
          <span class="muted">Note: </span>
          <VisibleText text={conflict.decidedBy.note} />
        </p>
      )}
      {deeds.error !== undefined && <Problem error={deeds.error} />}
    </div>
  </section>
);
