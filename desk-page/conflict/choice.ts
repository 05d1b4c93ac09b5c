/** What a person is about to decide, before it is decided: what it is called, what it makes of the value, what is sent. */
import type { Conflict, Json, Resolution, ShownValue } from '../../src/adapters/desk/api/index.js';
import { sideLetter } from '../parts/names.js';
import { actionWords } from '../text/words.js';
import { spelledOut } from '../values/unseen.js';

export type Choice =
  | { readonly type: 'side'; readonly eventId: string }
  | { readonly type: 'both' }
  | { readonly type: 'value'; readonly value: Json }
  | { readonly type: 'existence'; readonly value: 'alive' | 'deleted' }
  | { readonly type: 'apply'; readonly action: 'restore' | 'detach' | 'cascade' | 'keep' };

export const resolutionOf = (choice: Choice): Resolution => {
  switch (choice.type) {
    case 'side':
      return { choose: choice.eventId };
    case 'both':
      return { both: true };
    case 'value':
    case 'existence':
      return { value: choice.value };
    case 'apply':
      return { apply: choice.action };
  }
};

/** What would be seen; `none` where the decision is no value. */
export const outcomeOf = (
  choice: Choice,
  { sides, choices }: Conflict,
): { readonly shown: ShownValue | undefined } | 'none' => {
  switch (choice.type) {
    case 'side':
      return { shown: sides.find(({ eventId }) => eventId === choice.eventId)?.value };
    case 'both':
      return { shown: choices.both };
    case 'value':
    case 'existence':
      return { shown: { value: choice.value } };
    case 'apply':
      return 'none';
  }
};

export const choiceName = (choice: Choice, { sides }: Conflict): string => {
  switch (choice.type) {
    case 'side': {
      const index = sides.findIndex(({ eventId }) => eventId === choice.eventId);
      return `Take side ${sideLetter(index)}, of ${spelledOut(sides[index]?.agentId ?? '')}`;
    }
    case 'both':
      return 'Take both';
    case 'value':
      return 'Set another value';
    case 'existence':
      return choice.value === 'alive' ? 'Keep it alive' : 'Leave it deleted';
    case 'apply':
      return actionWords[choice.action]?.name ?? choice.action;
  }
};

/** Still there after the conflict has changed. */
export const isOffered = (choice: Choice, conflict: Conflict): boolean =>
  choice.type !== 'side' || conflict.sides.some(({ eventId }) => eventId === choice.eventId);
