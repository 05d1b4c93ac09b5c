/** What is told of each submission when its commit ends (H3). */
import type { HubVerdict } from '../ports/hub-log.js';
import type { Author } from './authors.js';
import type { Candidate } from './candidate.js';
import { standingOf, type Slots } from './slots.js';

/** As things stand when the batch is over; an event that came twice in it is accepted once. */
export const verdictsOf = (
  submitted: readonly (HubVerdict | Candidate)[],
  parkedVerdict: (candidate: Candidate) => HubVerdict,
): readonly HubVerdict[] => {
  const told = new Set<Candidate>();
  return submitted.map((verdict) => {
    if ('type' in verdict) return verdict;
    const { outcome } = verdict;
    if (outcome === undefined) return parkedVerdict(verdict);
    if (outcome.type === 'refused' || !told.has(verdict)) {
      told.add(verdict);
      return outcome;
    }
    return { type: 'duplicate', position: outcome.position };
  });
};

export const parkedVerdict = (
  { sealed: { event }, resource }: Candidate,
  { head }: Author,
  slots: Slots,
): HubVerdict => {
  const missing = event.parents.filter((parent) => standingOf(slots.find(parent), resource) === 'missing');
  const { replicaId, seq } = event;
  return seq > head + 1
    ? { type: 'parked', missing, wanted: { replicaId, fromSeq: head + 1 } }
    : { type: 'parked', missing };
};
