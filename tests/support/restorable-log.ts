/**
 * A hub's log in memory that an operator can lose, and bring back from a copy, as with a file: what
 * stands before the copy keeps its marks, and what is written after it gets marks of its own.
 */
import type { HubEntry, HubLog, HubSubmission } from '../../src/application/ports/hub-log.js';
import { createMemoryHubLog } from '../../src/adapters/hub/log/index.js';

interface Append {
  readonly batch: readonly HubSubmission[];
  readonly receivedAt: string;
}

export interface LogCopy {
  readonly hubId: string;
  readonly appends: readonly Append[];
  readonly tags: readonly string[];
}

export interface RestorableLog extends HubLog {
  readonly copy: () => LogCopy;
  readonly all: () => Promise<readonly HubEntry[]>;
  /** What tells the history up to a position from others. */
  readonly tagAt: (position: number) => string | undefined;
}

export interface LogOptions {
  /** Of a new log. */
  readonly hubId?: string;
  /** Tells this life of the hub from all others. */
  readonly life?: string;
}

let lives = 0;

/** A new hub's, or that of the copy as it was. */
export const restorableLog = async (from?: LogCopy, options: LogOptions = {}): Promise<RestorableLog> => {
  const log = createMemoryHubLog();
  const hubId = from?.hubId ?? options.hubId ?? (await log.facts()).hubId;
  const appends: Append[] = [];
  const tags: string[] = [];
  const life = options.life ?? String((lives += 1));
  const tagAt = (position: number): string => tags[position - 1] ?? '';
  const mark = (): void => {
    tags.push(`life ${life}, place ${tags.length + 1}`);
  };
  for (const { batch, receivedAt } of from?.appends ?? []) {
    appends.push({ batch, receivedAt });
    await log.append(batch, receivedAt);
  }
  tags.push(...(from?.tags ?? []));
  return {
    ...log,
    append: async (batch, receivedAt) => {
      appends.push({ batch, receivedAt });
      const verdicts = await log.append(batch, receivedAt);
      const { position } = (await log.facts()).head;
      while (tags.length < position) mark();
      return verdicts;
    },
    facts: async () => {
      const { position } = (await log.facts()).head;
      return { hubId, epoch: 'one', head: { position, hash: tagAt(position) } };
    },
    markAt: async (position) => {
      const there = await log.markAt(position);
      return there === undefined ? undefined : { position, hash: tagAt(position) };
    },
    tagAt: (position) => tags[position - 1],
    copy: () => ({ hubId, appends: [...appends], tags: [...tags] }),
    all: async () =>
      (await log.read({ after: 0, limit: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER })).entries,
  };
};
