/** What a remote says of events that it was given. */
import type { SealedEvent } from '../../domain/events/event.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { PushOptions, Remote, Verdict } from '../ports/remote.js';

/** Refusals of the moment, not of the event. */
const passingCodes: ReadonlySet<string> = new Set([
  'parking_full',
  'storage_full',
  'too_many_requests',
  'shutting_down',
]);

/** Gives events to the remote. Without a verdict on each nothing is known of any, and they are sent again. */
export const verdictsOn = async (
  remote: Remote,
  events: readonly SealedEvent[],
  signal: AbortSignal | undefined,
  options: PushOptions,
): Promise<readonly Verdict[]> => {
  const verdicts = await remote.push(events, signal, options);
  if (verdicts?.length !== events.length)
    throw new ReknitError(
      'remote_failed',
      `the remote did not give a verdict on each of ${events.length} events: this is an error of the remote`,
    );
  return verdicts;
};

/** Not taken, and nobody but us was told: its number stays open at the remote. */
export const isDenied = (verdict: Verdict | undefined): boolean =>
  verdict?.type === 'refused' && verdict.published !== true;

/** Not taken now, and there may be room later. */
export const isPassing = (verdict: Verdict | undefined): boolean =>
  verdict?.type === 'refused' && verdict.published !== true && passingCodes.has(verdict.code);
