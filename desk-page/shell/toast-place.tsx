/** What was just done, with its way back. */
import type { JSX } from 'preact';
import { toast } from '../state/toast.js';
import { VisibleText } from '../values/visible-text.js';

export const ToastPlace = (): JSX.Element => {
  const shown = toast.value;
  const close = (): void => {
    toast.value = undefined;
  };
  return (
    <section class="toast-place" aria-label="Just done">
      {shown !== undefined && (
        <div class={`toast ${document.querySelector('.decision') === null ? '' : 'above'}`} data-testid="toast">
          <span>
            {shown.tone === 'problem' && 'Not done: '}
            <VisibleText text={shown.text} />
          </span>
          {shown.action !== undefined && (
            <button
              type="button"
              onClick={() => {
                close();
                shown.action?.run();
              }}
            >
              {shown.action.label}
            </button>
          )}
          <button type="button" aria-label="Close this message" onClick={close}>
            ✕
          </button>
        </div>
      )}
    </section>
  );
};
