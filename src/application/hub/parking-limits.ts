/**
 * How much may wait (H10). Without a bound, events whose parents never come would fill the disk; without
 * one for each author, a single one would take the room of all.
 */
import type { Author } from './authors.js';
import type { ParkedRoom } from './questions.js';

/** How much may wait in a hub (H10). */
export interface ParkingLimits {
  readonly eventsMax: number;
  /** Of canonical form, in UTF-16 units. */
  readonly bytesMax: number;
  readonly eventsPerAuthorMax: number;
  readonly bytesPerAuthorMax: number;
}

/** An author's share holds what a replica writes in weeks offline; the whole is less than a full disk. */
export const defaultParkingLimits: ParkingLimits = {
  eventsMax: 100_000,
  bytesMax: 256 * 1024 * 1024,
  eventsPerAuthorMax: 10_000,
  bytesPerAuthorMax: 64 * 1024 * 1024,
};

export const hasRoom = (limits: ParkingLimits, parked: ParkedRoom, author: Author, bytes: number): boolean =>
  parked.events < limits.eventsMax &&
  parked.bytes + bytes <= limits.bytesMax &&
  author.parkedEvents < limits.eventsPerAuthorMax &&
  author.parkedBytes + bytes <= limits.bytesPerAuthorMax;
