/** A hub's log in memory: for tests, and for a hub that its replicas may refill at any time. */
import { admit } from '../../../../application/hub/admit.js';
import { dropWaiting } from '../../../../application/hub/drop-waiting.js';
import { defaultParkingLimits, type ParkingLimits } from '../../../../application/hub/parking-limits.js';
import { answered } from '../../../../application/hub/questions.js';
import type { HubEntry, HubLog } from '../../../../application/ports/hub-log.js';
import type { Dot } from '../../../../domain/events/event.js';
import { checkArgument, checkMembers, isObject, type Members } from '../../../../domain/shared/check-argument.js';
import { ReknitError } from '../../../../domain/shared/errors.js';
import { createListeners } from '../listeners.js';
import { beginning, newTag } from '../marks.js';
import { randomText } from '../random-text.js';
import { memoryContents } from './contents.js';

/** How much may wait. */
export interface MemoryHubLogOptions {
  /** How much may wait for parents and gaps. */
  readonly parking?: Partial<ParkingLimits>;
}

/** A hub's log in memory: for tests and short lives. */
export const createMemoryHubLog = (options: MemoryHubLogOptions = {}): HubLog => {
  const isRight: boolean = isObject(options);
  checkArgument(isRight, 'createMemoryHubLog', 'options', 'an object: { parking }');
  checkMembers('createMemoryHubLog', options, { parking: true } satisfies Members<MemoryHubLogOptions>);
  checkMembers('createMemoryHubLog, parking,', options.parking, defaultParkingLimits);
  const { parking } = options;
  const limits = { ...defaultParkingLimits, ...parking };
  const [hubId, epoch] = [randomText(), randomText()];
  const contents = memoryContents();
  const read: HubEntry[] = [];
  const tags: string[] = [];
  const byDot = new Map<Dot, (HubEntry & { readonly type: 'event' })[]>();
  const listeners = createListeners();
  let isClosed = false;

  const refuseClosed = (): void => {
    if (isClosed) throw new ReknitError('log_closed', 'the log is closed: open it again');
  };
  const call = async <Value>(run: () => Value): Promise<Value> => {
    refuseClosed();
    return run();
  };

  /** As they will be read, with what tells this history from others. */
  const publish = (receivedAt: string): void => {
    if (contents.entries.length === read.length) return;
    const tag = newTag().toString('hex');
    for (const entry of contents.entries.slice(read.length)) {
      const { position, sealed } = entry;
      tags.push(tag);
      if (entry.type === 'refusal') {
        read.push({ type: 'refusal', position, refusal: entry.refusal, receivedAt });
        continue;
      }
      const before = byDot.get(sealed.dot) ?? [];
      const event = {
        type: 'event',
        position,
        sealed,
        canonical: entry.canonical,
        ...(entry.isAskedFor ? {} : { isAside: true }),
        ...(before.length === 0 ? {} : { beside: [...before] }),
        receivedAt,
      } as const;
      byDot.set(sealed.dot, [...before, event]);
      read.push(event);
    }
  };

  return {
    facts: () => call(() => ({ hubId, epoch, head: { position: read.length, hash: tags.at(-1) ?? beginning } })),
    append: (batch, receivedAt) =>
      call(() => {
        const admission = answered(admit(batch, limits), contents.knowledge);
        contents.write(admission, receivedAt);
        publish(receivedAt);
        if (admission.entries.length > 0) listeners.notify();
        return admission.verdicts;
      }),
    read: ({ after, limit, bytesMax }) =>
      call(() => {
        const entries: HubEntry[] = [];
        let bytes = 0;
        for (const entry of read.slice(after, after + limit)) {
          if (bytes >= bytesMax) break;
          entries.push(entry);
          if (entry.type === 'event') bytes += entry.canonical?.length ?? 0;
        }
        return { entries, more: after + entries.length < read.length };
      }),
    markAt: (position) =>
      call(() => {
        const hash = position === 0 ? beginning : tags[position - 1];
        return hash === undefined ? undefined : { position, hash };
      }),
    heads: (replicaIds, at = []) =>
      call(
        () => new Map(replicaIds.map((replicaId, index) => [replicaId, contents.headOf(replicaId, at[index] ?? 0)])),
      ),
    watch: (onAppend) => {
      refuseClosed();
      return listeners.add(onAppend);
    },
    counts: () => call(contents.counts),
    parked: ({ after, limit }) =>
      call(() => {
        const found = contents.parked().filter(({ place }) => place > after);
        return { items: found.slice(0, limit), more: found.length > limit };
      }),
    dropParked: (choice, receivedAt) =>
      call(() => {
        const chosen = contents
          .parked()
          .filter(({ sealed, since }) => ('dots' in choice ? choice.dots.includes(sealed.dot) : since < choice.before));
        const dropped = answered(
          dropWaiting(
            chosen.map(({ sealed }) => sealed),
            limits,
          ),
          contents.knowledge,
        );
        contents.write(dropped, receivedAt);
        publish(receivedAt);
        if (dropped.entries.length > 0) listeners.notify();
        return chosen.length;
      }),
    close: async () => {
      isClosed = true;
      listeners.clear();
    },
  };
};
