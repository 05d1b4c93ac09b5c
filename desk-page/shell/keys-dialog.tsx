/** The keys that do something here and now, and the switch for those whose letters come from elsewhere. */
import type { JSX } from 'preact';
import { Dialog } from '../parts/dialog.js';
import { areKeysOn, shortcutSets, switchKeys } from '../state/shortcuts.js';

const keyNames: Readonly<Record<string, string>> = { Enter: '↵', Escape: 'Esc' };

export const KeysDialog = ({ onClose }: { readonly onClose: () => void }): JSX.Element => (
  <Dialog title="Keys" onClose={onClose}>
    <label class="line">
      <input
        type="checkbox"
        checked={areKeysOn.value}
        onChange={({ currentTarget }) => switchKeys(currentTarget.checked)}
      />
      <span>Single keys do something (besides Tab, Enter and Escape)</span>
    </label>
    {shortcutSets.value.map(({ title, shortcuts }) => (
      <section key={title} class="stack tight">
        <h3>{title}</h3>
        <dl class="keys">
          {shortcuts.map(({ keys, does }) => (
            <div key={keys} class="keys-line">
              <dt>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{keyNames[key] ?? key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </section>
    ))}
  </Dialog>
);
