/** What can be done about a conflict, each as one call with the version that was looked at, and what is said after it. */
import { useRef, useState } from 'preact/hooks';
import type { Conflict, Decided } from '../../src/adapters/desk/api/index.js';
import { DeskError } from '../api/client.js';
import { desk } from '../api/desk.js';
import { currentList, neighboursOf } from '../inbox/current-list.js';
import { resourceText } from '../parts/names.js';
import { goTo, route } from '../routing/location.js';
import { announce } from '../state/announce.js';
import { showToast } from '../state/toast.js';
import { unitName } from '../text/words.js';
import { resolutionOf, type Choice } from './choice.js';

export interface Deeds {
  readonly isBusy: boolean;
  readonly error: DeskError | undefined;
  readonly settle: (choice: Choice | undefined, note: string) => void;
  readonly undo: () => void;
  readonly restore: (eventId: string) => void;
  readonly putAside: () => void;
}

export interface DeedsHandlers {
  /** The conflict after something was done here. */
  readonly onAnswer: (conflict: Conflict) => void;
  /** Nothing was done, for it had changed: this is how it is now. */
  readonly onChanged: (conflict: Conflict) => void;
  readonly onGone: () => void;
}

export const useDeeds = (conflict: Conflict | undefined, handlers: DeedsHandlers): Deeds => {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<DeskError | undefined>(undefined);
  const isRunning = useRef(false);

  const during = (work: (conflict: Conflict) => Promise<void>): void => {
    // A second press of the key, or of the button, is no second decision.
    if (conflict === undefined || isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    setError(undefined);
    work(conflict)
      .catch((problem: unknown) => {
        if (!(problem instanceof DeskError)) throw problem;
        const now = changedConflict(problem);
        if (now !== undefined) return handlers.onChanged(now);
        if (problem.status === 409) handlers.onGone();
        setError(problem);
        announce(problem.message);
        return undefined;
      })
      .finally(() => {
        isRunning.current = false;
        setBusy(false);
      });
  };

  const settle: Deeds['settle'] = (choice, note) => {
    if (choice === undefined) return announce('Nothing is chosen yet.');
    return during(async (looked) => {
      const next = nextOf(looked.conflictId);
      const answer = await desk.resolve(looked.conflictId, {
        version: looked.version,
        resolution: resolutionOf(choice),
        ...(note === '' ? {} : { note }),
      });
      handlers.onAnswer(answer.conflict);
      currentList()?.list.refresh();
      tellSettled(looked, answer);
      goOn(looked, next);
    });
  };

  return {
    isBusy,
    error,
    settle,
    undo: () =>
      during(async (looked) => {
        const answer = await desk.undo(looked.conflictId, { version: looked.version });
        handlers.onAnswer(answer.conflict);
        showToast({ tone: 'done', text: `Undone: ${nameOf(looked)} is what it was before, by a new decision.` });
      }),
    restore: (eventId) =>
      during(async (looked) => {
        const answer = await desk.restore(looked.conflictId, { version: looked.version, eventId });
        handlers.onAnswer(answer.conflict);
        showToast({ tone: 'done', text: `Restored in ${nameOf(looked)}.` });
      }),
    putAside: () =>
      during(async (looked) => {
        const isAside = looked.later !== undefined;
        const next = isAside ? undefined : nextOf(looked.conflictId);
        await desk.later([looked.conflictId], !isAside);
        currentList()?.list.refresh();
        handlers.onGone();
        showToast({ tone: 'done', text: isAside ? 'Taken up again.' : `Kept for later: ${nameOf(looked)}.` });
        goOn(looked, next);
      }),
  };
};

/** The state that came with "it has changed". */
export const changedConflict = ({ status, body }: DeskError): Conflict | undefined =>
  status === 409 || status === 412 ? (body as { readonly conflict?: Conflict } | undefined)?.conflict : undefined;

const nextOf = (conflictId: string): string | undefined => {
  const { before, after } = neighboursOf(conflictId);
  return currentList()?.href.startsWith('#/inbox') === true ? (after ?? before) : undefined;
};

/** Unless the person went somewhere by themselves meanwhile. */
const goOn = ({ conflictId }: Conflict, next: string | undefined): void => {
  const { value: place } = route;
  if (next !== undefined && place.view === 'conflict' && place.conflictId === conflictId)
    goTo({ view: 'conflict', conflictId: next });
};

const nameOf = (conflict: Conflict): string => `${unitName(conflict.unit)} of ${resourceText(conflict)}`;

const tellSettled = (looked: Conflict, { conflict }: Decided): void => {
  showToast({
    tone: 'done',
    text: `Settled: ${nameOf(looked)}.`,
    action: {
      label: 'Undo',
      run: () => {
        desk
          .undo(looked.conflictId, { version: conflict.version })
          .then(() => {
            showToast({ tone: 'done', text: `Undone: ${nameOf(looked)} is what it was before, by a new decision.` });
            goTo({ view: 'conflict', conflictId: looked.conflictId });
          })
          .catch((error: unknown) =>
            showToast({ tone: 'problem', text: error instanceof Error ? error.message : String(error) }),
          );
      },
    },
  });
};
