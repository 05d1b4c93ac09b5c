/** What a case of the log's contract works on, and the calls that cases share. */
import type { ParkingLimits } from '../../application/hub/parking-limits.js';
import type { HubEntry, HubLog, HubSubmission, HubVerdict } from '../../application/ports/hub-log.js';
import type { SealedEvent } from '../../domain/events/event.js';
import { check } from '../remote-calls.js';
import { same } from '../storage/store-under-test.js';

export interface LogUnderTest {
  readonly log: HubLog;
  /** An empty log of the same kind. */
  readonly another: () => Promise<HubLog>;
  /** The same data through another process's eyes, or after a restart; absent where nothing is shared. */
  readonly beside?: () => Promise<HubLog>;
}

export type LogCase = readonly [
  name: string,
  holds: (subject: LogUnderTest) => Promise<void>,
  options?: { readonly parking?: Partial<ParkingLimits> },
];

export const receivedAt = '2026-11-22T12:00:00.000Z';

export const submit = (
  log: HubLog,
  events: readonly SealedEvent[],
  more: Omit<HubSubmission, 'sealed'> = {},
): Promise<readonly HubVerdict[]> =>
  log.append(
    events.map((sealed) => ({ sealed, ...more })),
    receivedAt,
  );

export const allEntries = async (log: HubLog, limit = 1_000): Promise<readonly HubEntry[]> => {
  const entries: HubEntry[] = [];
  for (let more = true; more;) {
    const after = entries.at(-1)?.position ?? 0;
    const page = await log.read({ after, limit, bytesMax: Number.MAX_SAFE_INTEGER });
    check((page.entries[0]?.position ?? Infinity) > after, `what stands after ${after} is said to stand before it`);
    check((page.entries.at(-1)?.position ?? Infinity) > after, `a page goes back to ${after}`);
    check(page.entries.length > 0 || !page.more, 'a page is empty, and there is said to be more');
    check(page.entries.length <= limit, `a page of at most ${limit} has ${page.entries.length} entries`);
    entries.push(...page.entries);
    ({ more } = page);
  }
  return entries;
};

/** `ann:1` for an event, `ann:1 parent_refused` for a refusal. */
export const wordsOf = (entries: readonly HubEntry[]): readonly string[] =>
  entries.map((entry) => (entry.type === 'event' ? entry.sealed.dot : `${entry.refusal.dot} ${entry.refusal.code}`));

export const holdsExactly = async (log: HubLog, expected: readonly string[]): Promise<void> => {
  const entries = await allEntries(log);
  same(wordsOf(entries), expected, 'the entries');
  same(
    entries.map(({ position }) => position),
    expected.map((_, index) => index + 1),
    'the positions',
  );
};

/** `accepted 1`, `duplicate 1`, `parked`, `refused parent_refused`. */
const verdictWords = (verdicts: readonly HubVerdict[]): readonly string[] =>
  verdicts.map((verdict) => {
    switch (verdict.type) {
      case 'accepted':
      case 'duplicate':
        return `${verdict.type} ${verdict.position}`;
      case 'parked':
        return 'parked';
      case 'refused':
        return `refused ${verdict.code}`;
    }
  });

export const verdictsAre = (verdicts: readonly HubVerdict[], expected: readonly string[]): void =>
  same(verdictWords(verdicts), expected, 'the verdicts');

/** Until what was called for has happened; a log that never calls is told apart by the end of patience. */
export const eventually = async (holds: () => boolean, what: string): Promise<void> => {
  const { setTimeout } = globalThis as unknown as {
    readonly setTimeout: (run: () => void, delayMs: number) => unknown;
  };
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (holds()) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(what);
};

export const headOf = async (log: HubLog, replicaId: string): Promise<unknown> =>
  (await log.heads([replicaId])).get(replicaId);
