/** Why an event, or something said to be one, is refused. A closed list: callers can branch on it. */
export type EventErrorCode =
  | 'not_an_event'
  | 'missing_member'
  | 'wrong_type'
  | 'unknown_operation'
  | 'bad_timestamp'
  | 'bad_parents'
  | 'bad_json'
  | 'duplicate_key'
  | 'too_large'
  | 'too_deep'
  | 'reserved_id';

/** A refusal, in words and with the member that is wrong. */
export interface EventError {
  readonly code: EventErrorCode;
  readonly message: string;
  readonly member?: string;
}
