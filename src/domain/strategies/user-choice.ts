/** Never decides: the conflict stays pending, with a provisional value, until a person resolves it. */
import type { GeneralStrategy } from './any-strategy.js';
import { undecided } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** Leaves the conflict to a person. */
export const userChoice = (): GeneralStrategy => shipped({ name: 'user_choice', decide: () => undecided });
