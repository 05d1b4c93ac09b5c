/**
 * Times of events as whole milliseconds. Events come in runs of one time, and the one accepted
 * form (R2) is the one that the platform writes, so both ways are cheap.
 */
import type { Timestamp } from '../../domain/events/event.js';

export const timeToMs = (time: string): number => Date.parse(time);

export const msToTime = (ms: number): Timestamp => new Date(ms).toISOString() as Timestamp;
