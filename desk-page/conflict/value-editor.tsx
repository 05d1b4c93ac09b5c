/**
 * A value of one's own, as text or as JSON. It is checked as JSON here and by the field's definition at the server,
 * while one types; what does not fit cannot be settled, and the reason stands beside it. A long value is not sent
 * with its conflict: one starts from nothing, or asks for the whole of it.
 */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Conflict, ShownValue } from '../../src/adapters/desk/api/index.js';
import { get } from '../api/client.js';
import { desk } from '../api/desk.js';
import { showToast } from '../state/toast.js';
import { VisibleText } from '../values/visible-text.js';
import type { Json } from '../values/json.js';

export interface ValueEditorProps {
  readonly conflict: Conflict;
  /** Where one starts from. */
  readonly start: ShownValue | undefined;
  readonly onValue: (value: Json | undefined) => void;
}

type Form = 'text' | 'json';
type LongValue = Exclude<ShownValue, { readonly value: unknown }>;
const checkPauseMs = 200;

export const ValueEditor = ({ conflict, start, onValue }: ValueEditorProps): JSX.Element => {
  const first = start !== undefined && 'value' in start ? start.value : undefined;
  const canBeText = ['field'].includes(conflict.unit.kind);
  const [form, setForm] = useState<Form>(
    canBeText && (typeof first === 'string' || first === undefined) ? 'text' : 'json',
  );
  const [text, setText] = useState(() => written(first, form));
  const [longStart, setLongStart] = useState(start !== undefined && !('value' in start) ? start : undefined);
  const [issues, setIssues] = useState<readonly string[]>([]);
  const area = useRef<HTMLTextAreaElement>(null);
  const [areaId, issuesId] = [useId(), useId()];
  const latest = useRef(onValue);
  latest.current = onValue;

  useEffect(() => area.current?.focus(), []);
  useEffect(() => {
    const parsed = form === 'text' ? { value: text } : parsedJson(text);
    if ('problem' in parsed) {
      setIssues([parsed.problem]);
      latest.current(undefined);
      return undefined;
    }
    latest.current(undefined);
    let isLate = false;
    const timer = setTimeout(() => {
      desk
        .check(conflict.conflictId, parsed.value)
        .then(({ isValid, issues: found }) => {
          if (isLate) return;
          setIssues(found.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`)));
          latest.current(isValid ? parsed.value : undefined);
        })
        .catch((error: unknown) => {
          if (!isLate) setIssues([error instanceof Error ? error.message : String(error)]);
        });
    }, checkPauseMs);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [text, form, conflict.conflictId]);

  const askForWhole = ({ wholeAt }: LongValue): void => {
    get<{ value?: Json }>(wholeAt.replace(/^(?:\.?\/)?api\//, ''))
      .then(({ value }) => {
        const fitting: Form = canBeText && typeof value === 'string' ? 'text' : 'json';
        setForm(fitting);
        setText(written(value, fitting));
        setLongStart(undefined);
        area.current?.focus();
      })
      .catch((error: unknown) =>
        showToast({ tone: 'problem', text: error instanceof Error ? error.message : String(error) }),
      );
  };

  return (
    <div class="stack tight">
      <div class="line">
        <label for={areaId} class="small-text">
          <strong>Your value</strong>
        </label>
        {canBeText && (
          <label class="line small-text push">
            <input
              type="checkbox"
              checked={form === 'json'}
              onChange={({ currentTarget }) => {
                const next: Form = currentTarget.checked ? 'json' : 'text';
                const value = form === 'text' ? text : valueOr(parsedJson(text), text);
                setForm(next);
                setText(written(value, next));
              }}
            />
            as JSON (numbers, true, lists…)
          </label>
        )}
      </div>
      {longStart !== undefined && (
        <p class="line small-text">
          <span class="muted">The value is long, so this begins empty.</span>
          <button type="button" class="button small" onClick={() => askForWhole(longStart)}>
            Edit all {longStart.length.toLocaleString()} characters
          </button>
        </p>
      )}
      <textarea
        ref={area}
        id={areaId}
        rows={form === 'json' ? 6 : 3}
        class={form === 'json' ? 'mono' : ''}
        value={text}
        spellcheck={form === 'text'}
        aria-invalid={issues.length > 0}
        aria-describedby={issuesId}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <div id={issuesId} aria-live="polite">
        {issues.map((issue) => (
          <p key={issue} class="note bad small-text">
            <VisibleText text={issue} />
          </p>
        ))}
      </div>
    </div>
  );
};

const written = (value: Json | undefined, form: Form): string => {
  if (form === 'text') return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return JSON.stringify(value ?? null, null, 2);
};

const parsedJson = (text: string): { readonly value: Json } | { readonly problem: string } => {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { problem: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
};

const valueOr = (parsed: ReturnType<typeof parsedJson>, otherwise: string): Json =>
  'value' in parsed ? parsed.value : otherwise;
