/** The conflicts that a rule would have decided, and where somebody decided otherwise. */
import type { JSX } from 'preact';
import type { RulePreview } from '../../src/adapters/desk/api/index.js';
import { resourceText } from '../parts/names.js';
import { hrefOf } from '../routing/route.js';
import { decidedWords, unitName } from '../text/words.js';
import { PreviewText } from '../values/preview.js';

export const RulePreviewList = ({ preview }: { readonly preview: RulePreview }): JSX.Element | null =>
  preview.items.length === 0 ? null : (
    <ul class="rule-preview" tabIndex={0} aria-label="Conflicts that it would have decided">
      {preview.items.map(({ conflict, to, isOtherwise }) => (
        <li key={conflict.conflictId} class="line small-text">
          <a href={hrefOf({ view: 'conflict', conflictId: conflict.conflictId })} class="any">
            {unitName(conflict.unit)} of {resourceText(conflict)}
          </a>
          <span aria-hidden="true">→</span>
          <PreviewText preview={to} max={60} />
          {conflict.status === 'pending' && <span class="tag accent">pending</span>}
          {isOtherwise && (
            <span class="tag warn">
              decided otherwise {conflict.decidedBy === undefined ? '' : decidedWords(conflict.decidedBy)}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
