/** What went wrong, in the server's words, and what to do about it. */
import type { JSX } from 'preact';
import type { DeskError } from '../api/client.js';
import { VisibleText } from '../values/visible-text.js';

export const Problem = ({
  error,
  onRetry,
}: {
  readonly error: DeskError;
  readonly onRetry?: () => void;
}): JSX.Element => (
  <div class="note bad line" role="alert">
    <span>
      <VisibleText text={error.message} /> <span class="muted small-text mono">{error.code}</span>
    </span>
    {onRetry !== undefined && (
      <button type="button" class="button small" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);
