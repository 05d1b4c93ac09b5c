/** What is said to people who do not see that something changed: one sentence at a time, in the page's live region. */
import { signal } from '@preact/signals';

export const announcement = signal('');

export const announce = (sentence: string): void => {
  // The same sentence again is a change only if it differs.
  announcement.value = announcement.value === sentence ? `${sentence}\u00A0` : sentence;
};
