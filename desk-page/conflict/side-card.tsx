/** One side: who wrote what, where and when, what the clocks say, and what differs. Taking it is one choice of several. */
import type { JSX } from 'preact';
import type { Conflict, ConflictSide, ShownValue } from '../../src/adapters/desk/api/index.js';
import { Icon } from '../parts/icon.js';
import { SideBadge, sideClass, sideLetter } from '../parts/names.js';
import { Ago, At } from '../text/times.js';
import { sideWords } from '../text/words.js';
import { spelledOut } from '../values/unseen.js';
import { ServerValue } from '../values/server-value.js';
import { Word } from '../values/shown-value.js';
import { VisibleText } from '../values/visible-text.js';

export interface SideCardProps {
  readonly conflict: Conflict;
  readonly side: ConflictSide;
  readonly index: number;
  readonly comparedWith: { readonly shown: ShownValue | undefined } | undefined;
  readonly isTaken: boolean;
  /** Missing where there is nothing to choose. */
  readonly onTake?: () => void;
  readonly onRestore?: () => void;
}

export const SideCard = (props: SideCardProps): JSX.Element => {
  const { conflict, side, index, comparedWith, isTaken, onTake, onRestore } = props;
  return (
    <section
      class={`card side ${sideClass(index)} ${isTaken ? 'is-taken' : ''}`}
      aria-label={`Side ${sideLetter(index)}`}
    >
      <header class="side-head">
        <SideBadge index={index} />
        <div class="side-who">
          <h3 class="any">
            <VisibleText text={side.agentId} />
          </h3>
          <p class="muted small-text any">
            on <VisibleText text={side.replicaId} />
            {side.isLocal && ' (this replica)'}, <At time={side.timestamp} />, <Ago time={side.timestamp} />
          </p>
        </div>
        {side.isShown && <span class="tag accent">shown now</span>}
      </header>
      <div class="side-value">
        <SideValue conflict={conflict} side={side} comparedWith={comparedWith} />
      </div>
      {side.note !== undefined && (
        <p class="note small-text">
          <span class="muted">Note: </span>
          <VisibleText text={side.note} />
        </p>
      )}
      {side.clockWarnings.map((warning) => (
        <p key={warning.code} class="note warn small-text line">
          <Icon name="clock" />
          <span>
            <VisibleText text={warning.message} />
          </span>
        </p>
      ))}
      {onTake !== undefined && (
        <label class="take">
          <input type="radio" name="decision" checked={isTaken} onChange={onTake} />
          <span>
            Take {sideLetter(index)}
            <span class="unheard">, what {spelledOut(side.agentId)} wrote</span>
          </span>
          {index < 9 && <kbd class="push">{index + 1}</kbd>}
        </label>
      )}
      {onRestore !== undefined && (
        <button type="button" class="button small restore" onClick={onRestore}>
          <Icon name="undo" /> Restore this value
        </button>
      )}
    </section>
  );
};

const SideValue = ({
  conflict,
  side,
  comparedWith,
}: Pick<SideCardProps, 'conflict' | 'side' | 'comparedWith'>): JSX.Element => {
  const value = side.value !== undefined && 'value' in side.value ? side.value.value : undefined;
  if (conflict.unit.kind === 'existence' || conflict.unit.kind === 'dependency')
    return <Word>{sideWords(conflict.unit.kind, value)}</Word>;
  return <ServerValue shown={side.value} from={comparedWith} />;
};
