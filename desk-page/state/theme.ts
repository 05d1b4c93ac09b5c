/** Light or dark: what the system says, until one says otherwise here. Kept in this browser only. */
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const key = 'reknit-desk-theme';

const stored = (): Theme => {
  const value = readSetting(key);
  return value === 'light' || value === 'dark' ? value : 'system';
};

/** Storage can be switched off; settings then last as long as the page. */
export const readSetting = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

export const keepSetting = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // As above.
  }
};

export const theme = signal<Theme>(stored());

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  keepSetting(key, theme.value);
});
