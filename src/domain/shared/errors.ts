/** By which one copy of this package knows the errors of another in the same process: each copy has a class of its own. */
const brand = Symbol.for('reknit.error');

/**
 * The one error class that callers meet. `code` is stable and meant for programs,
 * `message` says in plain words what is wrong and what to do, `facts` carries what
 * is needed to act on it.
 */
export class ReknitError<Code extends string = string> extends Error {
  override readonly name = 'ReknitError';
  readonly code: Code;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, facts: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }

  /** What a machine prints: never the stack. */
  toJSON(): { code: Code; message: string; facts: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, facts: this.facts };
  }
}

Object.defineProperty(ReknitError.prototype, brand, { value: true });

/** Is this one of ours, whichever copy of the package threw it, and, if codes are given, one of those? */
export const isReknitError = <Code extends string>(
  error: unknown,
  ...codes: readonly Code[]
): error is ReknitError<Code> =>
  typeof error === 'object' &&
  error !== null &&
  Reflect.get(error, brand) === true &&
  (codes.length === 0 || codes.some((code) => code === (error as ReknitError).code));
