/**
 * What a replica has on its disk, through crashes and restarts: the store under test, and the journal of what was
 * committed to it. A copy of a disk is a new store to which the same journal is committed, so that backups and
 * copied databases can be had from any store.
 */
import type { EventStore } from '../../application/ports/event-store.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { createHoldings, type Holdings } from './holdings.js';

/** Makes an empty store; the name is unique, for stores that keep files. */
export type StoreMaker = (name: string) => EventStore | Promise<EventStore>;

export interface Disk {
  readonly store: EventStore;
  readonly holdings: Holdings;
  readonly journal: readonly UnitOfWork[];
  readonly note: (work: UnitOfWork) => void;
}

/** A journal up to a moment: what a backup is made of. */
export type DiskCopy = readonly UnitOfWork[];

export const createDisk = async (make: StoreMaker, name: string, copy: DiskCopy = []): Promise<Disk> => {
  const store = await make(name);
  const holdings = createHoldings();
  const journal: UnitOfWork[] = [];
  const note = (work: UnitOfWork): void => {
    journal.push(work);
    holdings.note(work);
  };
  for (const { fence: _lease, ...work } of copy) {
    const outcome = await store.commit(work);
    if (outcome !== 'committed') throw new Error('a store did not take a copy of its own commits');
    note(work);
  }
  return { store, holdings, journal, note };
};
