/**
 * The contract of a hub's log as cases for any test runner: each is named after the sentence of the
 * contract that it checks, gets an empty log of its own, and throws where the sentence does not hold.
 *
 *     for (const { name, run } of hubLogContract(createMine)) test(name, run);
 *
 * What a log cannot be asked is left out: that what is acknowledged survives the loss of power (H4) is
 * for a test that pulls the plug. Cases that need what a log does not have (to be opened again, a second
 * process) pass.
 */
import type { ParkingLimits } from '../application/hub/parking-limits.js';
import type { HubLog } from '../application/ports/hub-log.js';
import { batchCases } from './hub-log/batch-cases.js';
import { entryCases } from './hub-log/entry-cases.js';
import type { LogUnderTest } from './hub-log/log-under-test.js';
import { parkingCases } from './hub-log/parking-cases.js';
import { parkingListCases } from './hub-log/parking-list-cases.js';
import { readingCases } from './hub-log/reading-cases.js';
import { refusalCases } from './hub-log/refusal-cases.js';
import type { ContractCase } from './remote-contract.js';

/** How a log under test is made. */
export interface HubLogOptions {
  /** Bounds on what waits (H10). */
  readonly parking?: Partial<ParkingLimits>;
}

/** One log, empty at first. */
export interface HubLogSubject {
  readonly log: HubLog;
  /** Opens the same data once more, as another process would, or after the log was closed; absent where nothing is shared. */
  readonly openAgain?: () => Promise<HubLog>;
  /** Called when the case is over, whatever came of it. The logs are closed by then. */
  readonly cleanUp?: () => Promise<void>;
}

/** The cases that every hub's log has to pass. */
export const hubLogContract = (
  createLog: (options: HubLogOptions) => Promise<HubLogSubject>,
): readonly ContractCase[] =>
  cases.map(([name, holds, options = {}]) => ({
    name,
    run: async () => {
      const subject = await createLog(options);
      const opened = [subject.log];
      const { openAgain } = subject;
      const underTest: LogUnderTest = {
        log: subject.log,
        another: async () => {
          const log = await createLog(options);
          opened.push(log.log);
          return log.log;
        },
        ...(openAgain === undefined
          ? {}
          : {
              beside: async () => {
                const log = await openAgain();
                opened.push(log);
                return log;
              },
            }),
      };
      try {
        await holds(underTest);
      } finally {
        for (const log of opened) await log.close();
        await subject.cleanUp?.();
      }
    },
  }));

const cases = [...entryCases, ...batchCases, ...parkingCases, ...parkingListCases, ...refusalCases, ...readingCases];
