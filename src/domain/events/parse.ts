/**
 * The one way in: from anything to an event that is safe to store, hash and merge.
 *
 * Nothing here depends on what is already known, on arrival order, on the policy or on who
 * asks (R4), so every replica accepts and refuses the same events. Parents that do not fit
 * are found later, by the merge, which knows the ancestors.
 */
import { compareDots, dotOf } from '../causality/dot.js';
import { ReknitError } from '../shared/errors.js';
import { err, ok, type Result } from '../shared/result.js';
import type { Sha256 } from '../shared/sha256.js';
import { canonicalEvent, canonicalUnescaped } from './canonical-event.js';
import { duplicateKey } from './duplicate-key.js';
import type { ContentHash, Dot, ReknitEvent, SealedEvent } from './event.js';
import type { EventError } from './event-error.js';
import { eventProblem, refusal } from './event-problem.js';
import { eventLimits } from './limits.js';

/**
 * Checks one value, for example from `JSON.parse`, and seals it with the hash of its
 * canonical form. The value is not copied: treat it as immutable from here on.
 */
export const parseEvent = (input: unknown, sha256: Sha256): Result<SealedEvent, EventError> => {
  const problem = eventProblem(input);
  return problem === undefined ? seal(input as ReknitEvent, sha256) : err(problem);
};

/**
 * The same for who cannot go on without the event.
 *
 * @throws ReknitError with the code of the refusal
 */
export const parseEventOrThrow = (input: unknown, sha256: Sha256): SealedEvent => {
  const parsed = parseEvent(input, sha256);
  if (parsed.ok) return parsed.value;
  const { code, message, member } = parsed.error;
  throw new ReknitError(code, message, { member });
};

/** One line of a bundle; finds duplicate keys too, which `JSON.parse` lets pass in silence. */
export const parseEventLine = (line: string, sha256: Sha256): Result<SealedEvent, EventError> => {
  let input: unknown;
  try {
    input = JSON.parse(line);
  } catch (cause) {
    return err(refusal('bad_json', `the line is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`));
  }
  const problem = eventProblem(input);
  if (problem !== undefined) return err(problem);
  const event = withSortedDots(input as ReknitEvent);
  // In JSON without a backslash no text holds anything that has to be escaped.
  const canonical = line.includes('\\') ? canonicalEvent(event) : canonicalUnescaped(event);
  // Canonical form only reorders: a compact line of the same length has lost no member.
  if (canonical.length !== line.length) {
    const key = duplicateKey(line);
    if (key !== undefined) return err(refusal('duplicate_key', `the member "${key}" stands twice in one object`, key));
  }
  return sealCanonical(event, canonical, sha256);
};

const seal = (input: ReknitEvent, sha256: Sha256): Result<SealedEvent, EventError> => {
  const event = withSortedDots(input);
  return sealCanonical(event, canonicalEvent(event), sha256);
};

/**
 * Parents and `sees` in the order of R1. They are sets, so their order carries nothing; in the
 * canonical form they have one, or the same event written by two programs would be a fork.
 */
const withSortedDots = (event: ReknitEvent): ReknitEvent => {
  const parents = sortedDots(event.parents);
  const sees = event.sees === undefined ? undefined : sortedDots(event.sees);
  if (parents === event.parents && sees === event.sees) return event;
  return sees === undefined ? { ...event, parents } : { ...event, parents, sees };
};

const sortedDots = (dots: readonly Dot[]): readonly Dot[] => {
  for (let index = 1; index < dots.length; index += 1)
    if (compareDots(dots[index - 1] as Dot, dots[index] as Dot) >= 0) return [...dots].sort(compareDots);
  return dots;
};

const sealCanonical = (event: ReknitEvent, canonical: string, sha256: Sha256): Result<SealedEvent, EventError> => {
  // A UTF-16 unit is at most three bytes of UTF-8, so most events need no count.
  if (canonical.length * 3 > eventLimits.eventBytesMax && utf8Bytes(canonical) > eventLimits.eventBytesMax)
    return err(
      refusal(
        'too_large',
        `the event is larger than ${eventLimits.eventBytesMax} bytes: split it, or store a reference`,
      ),
    );
  return ok({ event, dot: dotOf(event.replicaId, event.seq), hash: sha256(canonical) as ContentHash });
};

const utf8Bytes = (text: string): number => {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
};
