/** A short word about what was just done, with one way back. It stays until it is closed or replaced, so that nobody is too slow for it. */
import { signal } from '@preact/signals';
import { announce } from './announce.js';

export interface Toast {
  readonly text: string;
  readonly tone: 'done' | 'problem';
  readonly action?: { readonly label: string; readonly run: () => void };
}

export const toast = signal<Toast | undefined>(undefined);

export const showToast = (next: Toast): void => {
  toast.value = next;
  announce(next.action === undefined ? next.text : `${next.text} ${next.action.label} is available.`);
};
