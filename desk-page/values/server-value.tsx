/** A value as the server sends it: whole, or by its beginning with the address of the rest, which is asked for on demand. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ShownValue as ShownByServer } from '../../src/adapters/desk/api/index.js';
import { get } from '../api/client.js';
import { showToast } from '../state/toast.js';
import type { Json } from './json.js';
import { WholeText } from './long-text.js';
import { ShownDifference } from './shown-difference.js';
import { ShownValue } from './shown-value.js';
import { VisibleText } from './visible-text.js';

export interface ServerValueProps {
  /** `undefined` is absent. */
  readonly shown: ShownByServer | undefined;
  /** What it is compared with, to mark what differs; only whole values can be. */
  readonly from?: { readonly shown: ShownByServer | undefined } | undefined;
}

export const ServerValue = ({ shown, from }: ServerValueProps): JSX.Element => {
  if (shown !== undefined && !('value' in shown)) return <Beginning shown={shown} />;
  if (from === undefined || (from.shown !== undefined && !('value' in from.shown)))
    return <ShownValue value={shown?.value} />;
  return <ShownDifference from={from.shown?.value} to={shown?.value} />;
};

const Beginning = ({ shown }: { readonly shown: Exclude<ShownByServer, { value: unknown }> }): JSX.Element => {
  const [whole, setWhole] = useState<string | undefined>(undefined);
  const ask = (): void => {
    get<{ value?: Json }>(shown.wholeAt.replace(/^(?:\.?\/)?api\//, ''))
      .then(({ value }) => setWhole(typeof value === 'string' ? value : JSON.stringify(value, null, 2)))
      .catch((error: unknown) =>
        showToast({ tone: 'problem', text: String(error instanceof Error ? error.message : error) }),
      );
  };
  return (
    <span class="value">
      <VisibleText text={shown.text.slice(0, 600)} />
      <span class="word"> … </span>
      <button type="button" class="button small" onClick={ask}>
        Show all {shown.length.toLocaleString()} characters
      </button>
      {whole !== undefined && <WholeText text={whole} onClose={() => setWhole(undefined)} />}
    </span>
  );
};
