/**
 * A rule from a decision: "always take the phone's value for this field". It is shown with the conflicts that it
 * would have decided before it is made; it resolves in its owner's name, and the policy stays as it is.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type {
  Conflict,
  ConflictSide,
  NewRule,
  RuleChoice,
  RuleMatch,
  RulePreview,
} from '../../src/adapters/desk/api/index.js';
import { DeskError } from '../api/client.js';
import { desk } from '../api/desk.js';
import { Dialog } from '../parts/dialog.js';
import { Problem } from '../parts/problem.js';
import { goTo } from '../routing/location.js';
import { showToast } from '../state/toast.js';
import { choiceWords, plural } from '../text/words.js';
import { spelledOut } from '../values/unseen.js';
import { RulePreviewList } from './rule-preview.js';
import { matchWords } from './rule-words.js';

export interface RuleDialogProps {
  readonly conflict: Conflict;
  readonly side: ConflictSide;
  readonly onClose: () => void;
}

type Takes = 'replica' | 'agent' | 'last';

export const RuleDialog = ({ conflict, side, onClose }: RuleDialogProps): JSX.Element => {
  const [isAny, setAny] = useState(true);
  const [takes, setTakes] = useState<Takes>('replica');
  const [preview, setPreview] = useState<RulePreview | undefined>(undefined);
  const [error, setError] = useState<DeskError | undefined>(undefined);
  const rule = useMemo((): NewRule => {
    const match = matchOf(conflict, isAny);
    const choose = chooseOf(side, takes);
    return { match, choose, label: `${choiceWords(choose)}, for ${matchWords(match)}`.slice(0, 200) };
  }, [conflict, side, isAny, takes]);

  useEffect(() => {
    let isLate = false;
    setPreview(undefined);
    setError(undefined);
    desk
      .previewRule(rule)
      .then((answer) => {
        if (!isLate) setPreview(answer);
      })
      .catch((problem: unknown) => {
        if (!isLate && problem instanceof DeskError) setError(problem);
      });
    return () => {
      isLate = true;
    };
  }, [rule]);

  const make = (): void => {
    desk
      .addRule(rule)
      .then(() => {
        onClose();
        showToast({
          tone: 'done',
          text: 'The rule is on. It settles what matches, in your name.',
          action: { label: 'Show rules', run: () => goTo({ view: 'rules' }) },
        });
      })
      .catch((problem: unknown) => {
        if (problem instanceof DeskError) setError(problem);
      });
  };

  return (
    <Dialog
      title="Always decide so"
      onClose={onClose}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" class="button main-action" disabled={preview === undefined} onClick={make}>
            Make this rule
          </button>
        </>
      }
    >
      <fieldset class="stack tight">
        <legend>
          <strong>Take always</strong>
        </legend>
        <Radio name="takes" checked={takes === 'replica'} onPick={() => setTakes('replica')}>
          the side of {spelledOut(side.replicaId)}, whoever wrote it
        </Radio>
        <Radio name="takes" checked={takes === 'agent'} onPick={() => setTakes('agent')}>
          what {spelledOut(side.agentId)} wrote, wherever
        </Radio>
        <Radio name="takes" checked={takes === 'last'} onPick={() => setTakes('last')}>
          the last write
        </Radio>
      </fieldset>
      <fieldset class="stack tight">
        <legend>
          <strong>For</strong>
        </legend>
        <Radio name="match" checked={isAny} onPick={() => setAny(true)}>
          {matchWords(matchOf(conflict, true))}
        </Radio>
        <Radio name="match" checked={!isAny} onPick={() => setAny(false)}>
          {matchWords(matchOf(conflict, false))} only
        </Radio>
      </fieldset>
      {error !== undefined && <Problem error={error} />}
      {preview === undefined && error === undefined && <p class="loading">Looking what it would have decided…</p>}
      {preview !== undefined && (
        <div class="stack tight" aria-live="polite">
          <p>
            It would settle <strong>{plural(preview.pending, 'pending conflict')}</strong> now, and would have settled{' '}
            {plural(preview.resolved, 'resolved one')}
            {preview.otherwise > 0 && `, ${preview.otherwise.toLocaleString()} of them in another way than it was done`}
            .
          </p>
          <RulePreviewList preview={preview} />
        </div>
      )}
    </Dialog>
  );
};

interface RadioProps {
  readonly name: string;
  readonly checked: boolean;
  readonly onPick: () => void;
  readonly children: ComponentChildren;
}

const Radio = ({ name, checked, onPick, children }: RadioProps): JSX.Element => (
  <label class="line">
    <input type="radio" name={name} checked={checked} onChange={onPick} />
    <span class="any">{children}</span>
  </label>
);

const matchOf = ({ resourceType, resourceId, unit }: Conflict, isAny: boolean): RuleMatch => ({
  resourceType,
  ...(isAny ? {} : { resourceId }),
  ...(unit.kind === 'field' ? { unit: { kind: 'field', field: unit.field } } : {}),
  ...(unit.kind === 'group' ? { unit: { kind: 'group', group: unit.group } } : {}),
  ...(unit.kind === 'resource' || unit.kind === 'existence' ? { unit: { kind: unit.kind } } : {}),
});

const chooseOf = ({ replicaId, agentId }: ConflictSide, takes: Takes): RuleChoice => {
  switch (takes) {
    case 'replica':
      return { replicaId };
    case 'agent':
      return { agentId };
    case 'last':
      return { strategy: 'last_write_wins' };
  }
};
