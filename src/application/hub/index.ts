/** The rules of a hub's log, for who writes one: see the port `HubLog`, and `hubLogContract` of `reknit/testing`. */
export type { Admission, NewEntry, NewWaiting } from './admission.js';
export { admit } from './admit.js';
export { dropWaiting } from './drop-waiting.js';
export { defaultParkingLimits, type ParkingLimits } from './parking-limits.js';
export { ancestorsBy, answered } from './questions.js';
export type {
  AcceptedContent,
  AncestorsAnswer,
  Asking,
  AuthorFacts,
  AuthorsAnswer,
  HeldDot,
  HubAnswers,
  HubKnowledge,
  HubQuestion,
  LineageEvent,
  OwnEvent,
  OwnPastQuestion,
  ParkedRoom,
  RefusedContent,
  WaitingEvent,
  WaitingNumber,
} from './questions.js';
