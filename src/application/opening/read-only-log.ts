/** The log of a replica whose data can only be read. */
import type { ReknitError } from '../../domain/shared/errors.js';
import type { OfflineEventLog } from '../offline-event-log.js';

/** Everything that would leave a mark is refused; reading goes on. */
export const readOnlyLog = (log: OfflineEventLog, readOnly: ReknitError): OfflineEventLog => {
  const refused = async (): Promise<never> => {
    throw readOnly;
  };
  return { ...log, logEvent: refused, logEvents: refused, write: refused, markOffered: refused, markSynced: refused };
};
