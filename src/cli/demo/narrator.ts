/** Tells a story, and checks what it claims: a demo that does not hold what it says ends there. */
import { ReknitError } from '../../index.js';
import type { Output } from '../output/output.js';

export interface Narrator {
  readonly chapter: (title: string) => void;
  readonly tell: (text: string) => void;
  readonly claim: (isTrue: boolean, text: string) => void;
  /** Checked claims, in order. */
  readonly claims: readonly string[];
}

export const narrator = ({ line, colors }: Output): Narrator => {
  const claims: string[] = [];
  return {
    claims,
    chapter: (title) => line(`\n${colors.bold(title)}`),
    tell: (text) => line(`  ${text}`),
    claim: (isTrue, text) => {
      if (!isTrue) throw new ReknitError('demo_failed', `the demo did not hold what it says: ${text}`, { claim: text });
      claims.push(text);
      line(`  ${colors.green('✓')} ${text}`);
    },
  };
};
