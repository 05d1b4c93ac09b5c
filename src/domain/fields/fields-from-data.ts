/**
 * Fields from their data, for a policy that is stored or sent: one line for each kind. The
 * schema of a field is code and does not come back; who needs it loads the policy's module.
 */
import type { Json, JsonObject } from '../shared/json.js';
import type { GeneralStrategy } from '../strategies/any-strategy.js';
import { counter } from './counter.js';
import type { AnyField } from './field-definition.js';
import { list } from './list.js';
import { reference } from './reference.js';
import { register } from './register.js';
import { set } from './set.js';
import { text } from './text.js';

/** What a field's data says, its strategies already rebuilt. */
export interface FieldDescription {
  readonly options: JsonObject;
  readonly strategy?: GeneralStrategy;
  readonly onDelete?: GeneralStrategy;
  readonly default?: Json;
}

/** By the name of the kind. A member that a kind does not take is refused by the reader, not here. */
export const fieldsFromData: Readonly<Record<string, (description: FieldDescription) => AnyField>> = {
  register: ({ strategy, default: shown }) =>
    register(undefined, {
      ...(strategy === undefined ? {} : { strategy }),
      ...(shown === undefined ? {} : { default: shown }),
    }),
  reference: ({ options, strategy, onDelete }) =>
    reference(options['targetType'] as string, {
      ...(strategy === undefined ? {} : { strategy }),
      ...(onDelete === undefined ? {} : { onDelete }),
    }),
  counter: () => counter(),
  set: () => set(),
  list: () => list(),
  text: () => text(),
};
