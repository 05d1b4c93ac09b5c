/** Names that a definition may use: those that an event can carry, so that no rule is about something that cannot come. */
import { eventLimits } from '../events/limits.js';
import { keyProblem } from '../shared/json-check.js';
import { shown } from '../shared/shown.js';

export const resourceTypeProblem = (type: unknown): string | undefined => {
  if (typeof type !== 'string' || type === '') return `a resource type is a text that is not empty, not ${shown(type)}`;
  if (type.length > eventLimits.idCharsMax) return `a resource type has at most ${eventLimits.idCharsMax} characters`;
  return type.isWellFormed() && !type.includes('\u0000')
    ? undefined
    : 'a resource type holds no lone surrogate and no NUL';
};

export const fieldNameProblem = (name: unknown): string | undefined =>
  typeof name === 'string' && name !== ''
    ? keyProblem(name, 'a definition')
    : `a name is a text that is not empty, not ${shown(name)}`;
