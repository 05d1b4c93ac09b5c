/** What the audit tells of a batch's events: how many came, which forked, which wait and why. */
import type { AuditAct } from '../audit/audit-act.js';
import type { Dot } from '../events/event.js';
import type { Sha256 } from '../shared/sha256.js';
import type { AppliedEvent, ParkedEvent } from './loaded.js';
import type { MergeInput } from './merge-input.js';
import type { Triage } from './triage.js';

export const batchActs = (
  sorted: Triage,
  appended: readonly AppliedEvent[],
  park: readonly ParkedEvent[],
  unpark: readonly Dot[],
  origin: MergeInput['origin']['type'],
  sha256: Sha256,
): readonly AuditAct[] => {
  const acts: AuditAct[] = [];
  if (appended.length > 0) {
    const type = origin === 'local' ? 'EventsRecorded' : 'EventsReceived';
    acts.push({ type, count: appended.length, digest: sha256(appended.map(({ sealed }) => sealed.hash).join('\n')) });
  }
  for (const { dot, hashes, reusedId, variants } of sorted.forks) {
    acts.push({ type: 'ForkFound', dot, hashes });
    if (reusedId !== undefined)
      acts.push({ type: 'EventIdReused', eventId: reusedId, dots: variants.map((variant) => variant.dot) });
  }
  for (const { eventId, dots } of sorted.twins) acts.push({ type: 'TwinsFound', eventId, dots });
  const waiting = park.filter(({ reason }) => reason === 'parents');
  const [first] = waiting;
  if (first !== undefined) acts.push({ type: 'EventsParked', count: waiting.length, first: first.sealed.dot });
  for (const { sealed, reason, missing } of park)
    if (reason !== 'parents' && reason !== 'refused')
      acts.push({ type: 'EventHeld', dot: sealed.dot, reason, missing });
  if (unpark.length > 0) acts.push({ type: 'EventsReleased', count: unpark.length });
  return acts;
};
