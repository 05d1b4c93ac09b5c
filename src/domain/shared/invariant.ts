/**
 * What cannot happen is asserted, in production too: a broken assumption must stop
 * the work before it is written, with the facts needed to reproduce it.
 */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}
