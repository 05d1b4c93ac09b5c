/** What the sides are marked against: what was there before, or each other. */
import type { JSX } from 'preact';
import type { Conflict, ShownValue } from '../../src/adapters/desk/api/index.js';

export type ComparisonMode = 'base' | 'sides' | 'off';

const names: Readonly<Record<ComparisonMode, string>> = {
  base: 'What each changed',
  sides: 'Where they differ',
  off: 'Plain values',
};

/** The most telling one first; none where values are but words. */
export const comparisonsOf = ({ base, sides, unit }: Conflict): readonly ComparisonMode[] => {
  if (unit.kind === 'existence' || unit.kind === 'dependency') return [];
  return [...(base === undefined ? [] : (['base'] as const)), ...(sides.length > 1 ? (['sides'] as const) : []), 'off'];
};

/** Between sides each is held against the first, and the first against the second. */
export const comparedWith = (
  { base, sides }: Conflict,
  index: number,
  mode: ComparisonMode,
): { readonly shown: ShownValue | undefined } | undefined => {
  switch (mode) {
    case 'off':
      return undefined;
    case 'base':
      return { shown: base };
    case 'sides':
      return { shown: sides[index === 0 ? 1 : 0]?.value };
  }
};

export interface ComparisonProps {
  readonly modes: readonly ComparisonMode[];
  readonly mode: ComparisonMode;
  readonly onMode: (mode: ComparisonMode) => void;
}

export const Comparison = ({ modes, mode, onMode }: ComparisonProps): JSX.Element | null =>
  modes.length < 2 ? null : (
    <div class="segments push" role="group" aria-label="Marked in the values">
      {modes.map((each) => (
        <button key={each} type="button" class="button small" aria-pressed={each === mode} onClick={() => onMode(each)}>
          {names[each]}
        </button>
      ))}
    </div>
  );
