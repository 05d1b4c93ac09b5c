/**
 * Keys without a modifier that do something wherever the focus is, but not while one types. They can be switched off,
 * for those whose speech input or screen reader types letters of its own (WCAG 2.1.4).
 */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { keepSetting, readSetting } from './theme.js';

/** A key as `KeyboardEvent.key` names it, or two of them typed in sequence: `g i`. */
export interface Shortcut {
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

const setting = 'reknit-desk-keys';
export const areKeysOn = signal(readSetting(setting) !== 'off');
export const switchKeys = (on: boolean): void => {
  areKeysOn.value = on;
  keepSetting(setting, on ? 'on' : 'off');
};

/** Those of each mounted component; what was mounted last comes first. */
export const shortcutSets = signal<readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[]>([]);

/** While it is mounted; the functions of the latest render are called. */
export const useShortcuts = (title: string, shortcuts: readonly Shortcut[]): void => {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const shape = shortcuts.map(({ keys, does }) => `${keys} ${does}`).join('\n');
  useEffect(() => {
    const set = {
      title,
      shortcuts: latest.current.map(({ keys, does }) => ({
        keys,
        does,
        run: () => latest.current.find((one) => one.keys === keys)?.run(),
      })),
    };
    shortcutSets.value = [set, ...shortcutSets.peek()];
    return () => {
      shortcutSets.value = shortcutSets.peek().filter((other) => other !== set);
    };
  }, [title, shape]);
};

/** How long the second key of two may take. */
const sequenceMs = 1_500;
let first: { readonly key: string; readonly atMs: number } | undefined;

const find = (keys: string): Shortcut | undefined =>
  shortcutSets
    .peek()
    .flatMap(({ shortcuts }) => shortcuts)
    .find((shortcut) => shortcut.keys === keys);

export const handleKey = (event: KeyboardEvent): void => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key.length === 1 && !areKeysOn.peek()) return;
  if (document.querySelector('dialog[open]') !== null || isTyping(event)) return;
  const { key } = event;
  // A button or link that has the focus keeps its own keys.
  if (key === ' ' || (key === 'Enter' && isPressable(event.target))) return;
  const pair = first !== undefined && event.timeStamp - first.atMs < sequenceMs ? `${first.key} ${key}` : undefined;
  const shortcut = (pair === undefined ? undefined : find(pair)) ?? find(key);
  first = shortcut === undefined ? { key, atMs: event.timeStamp } : undefined;
  if (shortcut === undefined) return;
  event.preventDefault();
  shortcut.run();
};

const isTyping = ({ target, key }: KeyboardEvent): boolean => {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  if (!(target instanceof HTMLInputElement)) return false;
  return !['checkbox', 'radio', 'button'].includes(target.type) || (target.type === 'radio' && key.startsWith('Arrow'));
};

const isPressable = (target: EventTarget | null): boolean =>
  target instanceof HTMLButtonElement ||
  target instanceof HTMLAnchorElement ||
  (target instanceof HTMLElement && target.tagName === 'SUMMARY');
