/** A rule in a sentence: where it applies, and what it takes. */
import type { RuleMatch } from '../../src/adapters/desk/api/index.js';
import { kindName } from '../text/words.js';
import { spelledOut } from '../values/unseen.js';

export const matchWords = ({ resourceType, resourceId, unit, conflictType }: RuleMatch): string => {
  const type = spelledOut(resourceType);
  const whose = resourceId === undefined ? `any ${type}` : `${type} / ${spelledOut(resourceId)}`;
  return `${unitWords(unit)} of ${whose}${conflictType === undefined ? '' : `, when ${kindName(conflictType)}`}`;
};

const unitWords = (unit: RuleMatch['unit']): string => {
  switch (unit?.kind) {
    case undefined:
      return 'anything';
    case 'field':
      return spelledOut(unit.field);
    case 'group':
      return spelledOut(unit.group);
    case 'existence':
      return 'the existence';
    case 'resource':
      return 'the whole';
  }
};
