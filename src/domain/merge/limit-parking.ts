/** Room for events that wait: bounded, so that strangers cannot fill a disk with events whose parents never come. */
import type { SealedEvent } from '../events/event.js';
import type { Loaded, ParkedEvent } from './loaded.js';
import type { MergeContext } from './merge-input.js';
import type { RefoldedResource } from './refold-resource.js';
import type { Triage } from './triage.js';

export interface Parking {
  readonly park: readonly ParkedEvent[];
  readonly refused: readonly SealedEvent[];
  readonly newlyParked: number;
}

/** New events wait only while there is room; those that waited before go on waiting. */
export const limitParking = (
  sorted: Triage,
  refolded: readonly RefoldedResource[],
  loaded: Loaded,
  { parkedMax }: MergeContext,
): Parking => {
  const wanted = [...sorted.park, ...refolded.flatMap((resource) => resource.park)];
  const before = new Set(loaded.parked.map(({ sealed }) => sealed.dot));
  for (const { wasParked, withdrawn } of refolded) for (const dot of [...wasParked, ...withdrawn]) before.add(dot);
  const room = Math.max(parkedMax - loaded.parkedCount, 0);
  const park: ParkedEvent[] = [];
  const refused: SealedEvent[] = [];
  let newlyParked = 0;
  for (const parked of wanted) {
    const isNew = !before.has(parked.sealed.dot);
    if (isNew && newlyParked >= room) {
      refused.push(parked.sealed);
      continue;
    }
    if (isNew) newlyParked += 1;
    park.push(parked);
  }
  return { park, refused, newlyParked };
};
