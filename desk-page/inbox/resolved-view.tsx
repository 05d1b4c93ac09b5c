/** What is settled: by whom or what, and the values that lost, each one click from being what is shown again. */
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import type { ConflictSummary } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';
import { resourceText } from '../parts/names.js';
import { goTo, replaceRoute } from '../routing/location.js';
import type { InboxFilter } from '../routing/route.js';
import { currentSession } from '../state/session.js';
import { showToast } from '../state/toast.js';
import { unitName } from '../text/words.js';
import { currentList } from './current-list.js';
import { ListView } from './list-view.js';

export const ResolvedView = ({ filter }: { readonly filter: InboxFilter }): JSX.Element => {
  const restore = useCallback((conflict: ConflictSummary, eventId: string) => {
    const name = `${unitName(conflict.unit)} of ${resourceText(conflict)}`;
    desk
      .restore(conflict.conflictId, { version: conflict.version, eventId })
      .then(() => {
        currentList()?.list.refresh();
        showToast({
          tone: 'done',
          text: `Restored in ${name}.`,
          action: { label: 'Show', run: () => goTo({ view: 'conflict', conflictId: conflict.conflictId }) },
        });
      })
      .catch((error: unknown) => {
        currentList()?.list.refresh();
        showToast({
          tone: 'problem',
          text: error instanceof Error ? error.message : String(error),
          action: { label: 'Show', run: () => goTo({ view: 'conflict', conflictId: conflict.conflictId }) },
        });
      });
  }, []);
  const mayRestore = currentSession()?.rights.mayResolve === true;
  return (
    <ListView
      view="resolved"
      filter={filter}
      title="Resolved"
      {...(mayRestore ? { onRestore: restore } : {})}
      empty={
        <div class="empty">
          <h2>Nothing settled here</h2>
          <p>Conflicts that a rule or a person has settled are listed here, with the values that lost.</p>
          {Object.keys(filter).length > 0 && (
            <button type="button" class="button" onClick={() => replaceRoute({ view: 'resolved', filter: {} })}>
              Show all
            </button>
          )}
        </div>
      }
    />
  );
};
