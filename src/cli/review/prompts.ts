/**
 * Asking a person on a terminal: a key, a line of text. Everything is asked through these two, so that a walk can be
 * driven without a terminal, and the library that draws the prompts stands here alone.
 */
import { isCancel, selectKey, text } from '@clack/prompts';
import type { Terminal } from '../surroundings.js';

export interface KeyOption<Key extends string> {
  readonly key: Key;
  readonly label: string;
  readonly hint?: string;
}

export interface Prompts {
  /** Undefined where the person has had enough: Ctrl-C, Escape, or the end of the input. */
  readonly key: <Key extends string>(message: string, options: readonly KeyOption<Key>[]) => Promise<Key | undefined>;
  /** @param check says what is wrong with a text; it is asked again */
  readonly text: (
    message: string,
    initial: string,
    check: (given: string) => string | undefined,
  ) => Promise<string | undefined>;
  /** Characters in a line. */
  readonly columns: () => number;
}

const columnsByDefault = 80;

export const terminalPrompts = ({ input, output }: Terminal, signal: AbortSignal): Prompts => ({
  key: async (message, options) => {
    const answer = await selectKey({
      message,
      options: options.map(({ key, label, hint }) => ({
        value: key,
        label,
        ...(hint === undefined ? {} : { hint }),
      })) as Parameters<typeof selectKey<(typeof options)[number]['key']>>[0]['options'],
      input,
      output,
      signal,
    });
    return isCancel(answer) ? undefined : answer;
  },
  text: async (message, initial, check) => {
    const answer = await text({
      message,
      initialValue: initial,
      validate: (given) => check(given ?? ''),
      input,
      output,
      signal,
    });
    return isCancel(answer) ? undefined : answer;
  },
  columns: () => output.columns ?? columnsByDefault,
});
