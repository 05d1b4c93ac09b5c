/** What can fail is a value: `Ok` with the answer or `Err` with what was wrong. */
export interface Ok<Value> {
  readonly ok: true;
  readonly value: Value;
}

/** A refusal, as a value. */
export interface Err<Failure> {
  readonly ok: false;
  readonly error: Failure;
}

/** What can go wrong in an expected way: a value, or why there is none. */
export type Result<Value, Failure> = Ok<Value> | Err<Failure>;

export const ok = <Value>(value: Value): Ok<Value> => ({ ok: true, value });

export const err = <Failure>(error: Failure): Err<Failure> => ({ ok: false, error });
