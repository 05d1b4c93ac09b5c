/** Logs that break one sentence of the contract each: a contract that no wrong log fails checks nothing. */
import { createMemoryHubLog } from '../../src/adapters/hub/log/index.js';
import type { HubEntry, HubLog, HubVerdict } from '../../src/application/ports/hub-log.js';
import type { HubLogOptions, HubLogSubject } from '../../src/testing/index.js';

type Wrong = readonly [what: string, sentence: string, create: (options: HubLogOptions) => Promise<HubLogSubject>];

const wrong = (
  what: string,
  sentence: string,
  change: (log: HubLog, options: HubLogOptions) => Partial<HubLog>,
): Wrong => [
  what,
  sentence,
  async (options) => {
    const log = createMemoryHubLog(options);
    return { log: { ...log, ...change(log, options) } };
  },
];

const mapEntries =
  (log: HubLog, change: (entries: readonly HubEntry[]) => readonly HubEntry[]): HubLog['read'] =>
  async (query) => {
    const page = await log.read(query);
    return { ...page, entries: change(page.entries) };
  };

const mapVerdicts =
  (log: HubLog, change: (verdict: HubVerdict) => HubVerdict): HubLog['append'] =>
  async (batch, receivedAt) =>
    (await log.append(batch, receivedAt)).map(change);

export const wrongHubLogs: readonly Wrong[] = [
  wrong('a log that gives positions from 0', 'H1', (log) => ({
    read: mapEntries(log, (entries) => entries.map((entry) => ({ ...entry, position: entry.position - 1 }))),
  })),
  wrong('a log that takes events before their parents', 'H2', (log) => ({
    append: (batch, receivedAt) =>
      log.append(
        batch.map((submission) => ({
          ...submission,
          sealed: { ...submission.sealed, event: { ...submission.sealed.event, parents: [] } },
        })),
        receivedAt,
      ),
  })),
  wrong('a log that decides a batch as a whole', 'H3', (log) => ({
    append: async (batch, receivedAt) => {
      const sorted = [...batch].sort((a, b) => a.sealed.event.seq - b.sealed.event.seq);
      const verdicts = await log.append(sorted, receivedAt);
      return batch.map((submission) => verdicts[sorted.indexOf(submission)] as HubVerdict);
    },
  })),
  wrong('a log that calls what it holds new', 'H5', (log) => ({
    append: mapVerdicts(log, (verdict) => (verdict.type === 'duplicate' ? { ...verdict, type: 'accepted' } : verdict)),
  })),
  wrong('a log that keeps the first content of a dot', 'H6', (log) => {
    const first = new Map<string, string>();
    return {
      append: async (batch, receivedAt) => {
        for (const { sealed } of batch) if (!first.has(sealed.dot)) first.set(sealed.dot, sealed.hash);
        const kept = batch.filter(({ sealed }) => first.get(sealed.dot) === sealed.hash);
        const verdicts = await log.append(kept, receivedAt);
        return batch.map((submission) => verdicts[kept.indexOf(submission)] ?? { type: 'duplicate', position: 1 });
      },
    };
  }),
  wrong('a log that takes each event id once', 'H7', (log) => {
    const ids = new Map<string, string>();
    return {
      append: (batch, receivedAt) =>
        log.append(
          batch.map((submission) => {
            const { event, dot } = submission.sealed;
            const other = ids.get(event.eventId);
            if (other === undefined) ids.set(event.eventId, dot);
            return other === undefined || other === dot
              ? submission
              : { ...submission, refusal: { code: 'same_id', message: '' } };
          }),
          receivedAt,
        ),
    };
  }),
  wrong('a log that hides refusals', 'H9', (log) => ({
    read: mapEntries(log, (entries) => entries.filter(({ type }) => type === 'event')),
  })),
  wrong('a log that never accepts what it once refused', 'H9', (log) => ({
    append: (batch, receivedAt) =>
      log.append(
        batch.map((submission) => ({ ...submission, isRetry: false })),
        receivedAt,
      ),
  })),
  ['a log whose parking has no bounds', 'H10', async () => ({ log: createMemoryHubLog() })],
  wrong('a log that cuts a page’s entry off', 'H11', (log) => ({
    read: async (query) => {
      const page = await log.read(query);
      return page.more ? { entries: page.entries.slice(0, -1), more: true } : page;
    },
  })),
  wrong('a log whose marks are positions', 'H12', (log) => ({
    markAt: async (position) =>
      (await log.markAt(position)) === undefined ? undefined : { position, hash: String(position) },
  })),
  wrong('a log that counts what is filled beyond a gap', 'H13', (log) => {
    const highest = new Map<string, { seq: number; hash: string }>();
    return {
      append: (batch, receivedAt) => {
        for (const { sealed } of batch)
          if (sealed.event.seq > (highest.get(sealed.event.replicaId)?.seq ?? 0))
            highest.set(sealed.event.replicaId, { seq: sealed.event.seq, hash: sealed.hash });
        return log.append(batch, receivedAt);
      },
      heads: async (replicaIds) =>
        new Map(replicaIds.map((replicaId) => [replicaId, highest.get(replicaId) ?? { seq: 0, hash: undefined }])),
    };
  }),
  wrong('a log that tells nobody', 'H14', () => ({ watch: () => () => undefined })),
  wrong('a log that drops members that it does not know', 'H15', (log) => ({
    append: (batch, receivedAt) =>
      log.append(
        batch.map((submission) => {
          const { 'a later member': _, ...event } = submission.sealed.event;
          return { ...submission, sealed: { ...submission.sealed, event } };
        }),
        receivedAt,
      ),
  })),
  wrong('a log that answers after its end', 'H16', () => ({ close: async () => undefined })),
  wrong('a log that lists nothing of what waits', 'H17', () => ({
    parked: async () => ({ items: [], more: false }),
  })),
];
