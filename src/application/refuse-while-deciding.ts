/**
 * A strategy that uses a replica while it decides would be asked again by what it wrote, and again, for ever; and what it
 * read there is not the same everywhere. So every call throws at once, in its face: its conflict waits for a person, with
 * these words (R24), and nothing was written.
 */
import { ReknitError } from '../domain/shared/errors.js';
import { decidingStrategy } from '../domain/strategies/run-strategy.js';

type Call = (...given: never[]) => unknown;

/** The same calls, for who is no strategy; those of the objects in it too. */
export const refuseWhileDeciding = <Api extends object>(api: Api): Api => {
  const guarded = { ...api };
  for (const [name, member] of Object.entries(api))
    if (typeof member === 'function') Object.assign(guarded, { [name]: refusing(name, member as Call) });
    else if (isPlainObject(member)) Object.assign(guarded, { [name]: refuseWhileDeciding(member) });
  return guarded;
};

const refusing =
  (name: string, call: Call): Call =>
  (...given) => {
    const strategy = decidingStrategy();
    if (strategy !== undefined)
      throw new ReknitError(
        'strategy_impure',
        `the strategy "${strategy}" called "${name}" of a replica while it was deciding: a strategy goes by the conflict that it is given and by nothing else; look up beforehand what it needs, and write when the conflict was decided`,
        { strategy, call: name },
      );
    return call(...given);
  };

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
