/** The resource as it was at a cut. */
import type { JSX } from 'preact';
import type { AtAnswer, HistoryEvent } from '../../src/adapters/desk/api/index.js';
import { PreviewText } from '../values/preview.js';
import { VisibleText } from '../values/visible-text.js';

export const AsOf = ({
  at,
  event,
}: {
  readonly at: AtAnswer;
  readonly event: HistoryEvent | undefined;
}): JSX.Element => {
  const { resource } = at;
  const written = new Set(event?.payload.map(({ field }) => field));
  return (
    <div class="stack tight" data-testid="as-of">
      <h3>As it was {event === undefined ? 'at this cut' : 'then'}</h3>
      {resource === undefined && <p class="muted">It did not exist yet.</p>}
      {resource?.deleted === true && <p class="note">It was deleted.</p>}
      {resource !== undefined && (
        <dl class="facts small-text">
          {resource.fields.map(({ field, value }) => (
            <>
              <dt class="any">
                <VisibleText text={field} />
              </dt>
              <dd>
                <PreviewText preview={value} max={300} />
                {written.has(field) && <span class="tag accent">written here</span>}
                {resource.provisional.includes(field) && <span class="tag warn">pending</span>}
              </dd>
            </>
          ))}
        </dl>
      )}
    </div>
  );
};
