/** One conflict of a list: what it is about, of which kind, and what each side says. The whole row leads to it. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ConflictSummary } from '../../src/adapters/desk/api/index.js';
import { SideBadge, resourceText, sideClass } from '../parts/names.js';
import { hrefOf } from '../routing/route.js';
import { Ago } from '../text/times.js';
import { decidedWords, kindName, sideWords, unitName } from '../text/words.js';
import { PreviewText } from '../values/preview.js';
import { VisibleText } from '../values/visible-text.js';

export interface ConflictRowProps {
  readonly conflict: ConflictSummary;
  readonly isSelected?: boolean;
  readonly onToggle?: (conflictId: string, isRange: boolean) => void;
  readonly onRestore?: (conflict: ConflictSummary, eventId: string) => void;
}

/** Sides shown in a row; the conflict itself shows all. */
const sidesShown = 3;

export const ConflictRow = ({ conflict, isSelected = false, onToggle, onRestore }: ConflictRowProps): JSX.Element =>
  // The same elements are skipped when the list around them is drawn again, which it is with each scrolled frame.
  useMemo(
    () => (
      <div class={`row ${isSelected ? 'is-selected' : ''}`}>
        {onToggle !== undefined && (
          <label class="row-check">
            <span class="unheard">{`Select ${unitName(conflict.unit)} of ${resourceText(conflict)}`}</span>
            <input
              type="checkbox"
              checked={isSelected}
              onClick={(event) => onToggle(conflict.conflictId, event.shiftKey)}
            />
          </label>
        )}
        <div class="row-main">
          <div class="row-title">
            <a class="row-link" data-row-focus href={hrefOf({ view: 'conflict', conflictId: conflict.conflictId })}>
              <strong>{unitName(conflict.unit)}</strong>
              <span class="muted"> of </span>
              {resourceText(conflict)}
            </a>
            <span class="row-tags">
              {conflict.later !== undefined && <span class="tag accent">put aside</span>}
              <span class="tag">{kindName(conflict.conflictType)}</span>
            </span>
          </div>
          <div class="row-sides">
            {conflict.sides.slice(0, sidesShown).map((side, index) => (
              <span key={side.eventId} class={`row-side ${sideClass(index)}`}>
                <SideBadge index={index} />
                <span class="row-agent">
                  <VisibleText text={side.agentId} />
                </span>
                <span class="row-value">
                  {conflict.unit.kind === 'existence' || conflict.unit.kind === 'dependency' ? (
                    sideWords(conflict.unit.kind, side.value)
                  ) : (
                    <PreviewText preview={side.value} />
                  )}
                </span>
                {onRestore !== undefined && canRestore(conflict, index) && (
                  <button
                    type="button"
                    class="button small row-restore"
                    onClick={() => onRestore(conflict, side.eventId)}
                    aria-label={`Restore the value of ${side.agentId}`}
                  >
                    Restore
                  </button>
                )}
              </span>
            ))}
            {conflict.sides.length > sidesShown && (
              <span class="muted small-text">and {conflict.sides.length - sidesShown} more</span>
            )}
          </div>
        </div>
        <div class="row-when muted small-text">
          {conflict.decidedBy !== undefined && conflict.status === 'resolved' && (
            <span class="row-decided">{decidedWords(conflict.decidedBy)}</span>
          )}
          <Ago time={conflict.decidedBy?.at ?? conflict.createdAt} />
        </div>
      </div>
    ),
    [conflict, isSelected, onToggle, onRestore],
  );

/** A side that did not become the value, and has one. */
const canRestore = (conflict: ConflictSummary, index: number): boolean => {
  const { sides, mayResolve, unit, result } = conflict;
  const side = sides[index];
  if (!mayResolve || unit.kind === 'dependency' || side?.value === undefined) return false;
  return result === undefined || result.text !== side.value.text || result.length !== side.value.length;
};

/** What stands in a row until its conflict is here. */
export const WaitingRow = (): JSX.Element => (
  <div class="row is-waiting" aria-hidden="true">
    <div class="row-main">
      <span class="bone" />
      <span class="bone short" />
    </div>
  </div>
);
