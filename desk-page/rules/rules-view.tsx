/** The rules made from decisions: what each takes where, what it has decided, and a switch. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Rule, RulePreview } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';
import { Problem } from '../parts/problem.js';
import { useLive } from '../state/live.js';
import { useLoaded } from '../state/loaded.js';
import { showToast } from '../state/toast.js';
import { Ago } from '../text/times.js';
import { choiceWords, plural } from '../text/words.js';
import { VisibleText } from '../values/visible-text.js';
import { RulePreviewList } from './rule-preview.js';
import { matchWords } from './rule-words.js';

export const RulesView = (): JSX.Element => {
  const { answer, error, reload } = useLoaded('rules', (signal) => desk.rules(signal));
  useLive('rules', reload);
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>Rules</h1>
          <p class="lead">
            Rules settle conflicts here in their owner’s name, as that person would. They are made from a decision
            (“Always decide so…”), never change the policy, and never touch what people have settled differently.
          </p>
        </div>
      </div>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {answer === undefined && error === undefined && <p class="loading">Looking…</p>}
      {answer?.rules.length === 0 && (
        <div class="empty card">
          <h2>No rules yet</h2>
          <p>Choose a side of a conflict, then “Always decide so…”, and see first what the rule would have decided.</p>
        </div>
      )}
      <ul class="stack">
        {answer?.rules.map((rule) => (
          <li key={rule.ruleId}>
            <RuleCard rule={rule} onChange={reload} />
          </li>
        ))}
      </ul>
    </div>
  );
};

const RuleCard = ({ rule, onChange }: { readonly rule: Rule; readonly onChange: () => void }): JSX.Element => {
  const [preview, setPreview] = useState<RulePreview | undefined>(undefined);
  const failed = (problem: unknown): void =>
    showToast({ tone: 'problem', text: problem instanceof Error ? problem.message : String(problem) });
  const done = (text: string) => (): void => {
    onChange();
    showToast({ tone: 'done', text });
  };
  const toggle = (): void => {
    desk
      .switchRule(rule.ruleId, !rule.isOn)
      .then(done(rule.isOn ? 'The rule is off. What it settled stays settled.' : 'The rule is on.'))
      .catch(failed);
  };
  const remove = (): void => {
    desk.removeRule(rule.ruleId).then(done('The rule is gone. What it settled stays settled.')).catch(failed);
  };
  const look = (isOpen: boolean): void => {
    if (!isOpen || preview !== undefined) return;
    desk.previewRule({ match: rule.match, choose: rule.choose }).then(setPreview).catch(failed);
  };
  return (
    <section class={`card rule ${rule.isOn ? '' : 'is-off'}`} aria-label={`Rule: take ${choiceWords(rule.choose)}`}>
      <div class="line">
        <button
          type="button"
          role="switch"
          class="switch"
          aria-checked={rule.isOn}
          aria-label={`Rule ${rule.label}`}
          disabled={!rule.mayChange}
          onClick={toggle}
        >
          <span aria-hidden="true" />
        </button>
        <div class="rule-words">
          <h2 class="any">
            Take {choiceWords(rule.choose)}
            <span class="muted"> for {matchWords(rule.match)}</span>
          </h2>
          <p class="muted small-text any">
            {rule.isOn ? 'On' : 'Off'}, in the name of <VisibleText text={rule.owner} />, made{' '}
            <Ago time={rule.createdAt} />. {plural(rule.decided, 'conflict')} settled
            {rule.lastDecidedAt !== undefined && (
              <>
                , the last <Ago time={rule.lastDecidedAt} />
              </>
            )}
            .
          </p>
        </div>
        {rule.mayChange && (
          <button type="button" class="button small quiet push" onClick={remove}>
            Remove
          </button>
        )}
      </div>
      <details onToggle={({ currentTarget }) => look(currentTarget.open)}>
        <summary>What it would have decided</summary>
        {preview === undefined && <p class="loading">Looking…</p>}
        {preview?.items.length === 0 && <p class="muted small-text">No conflict that is known here.</p>}
        {preview !== undefined && <RulePreviewList preview={preview} />}
      </details>
    </section>
  );
};
