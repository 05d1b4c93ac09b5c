/**
 * The remote contract's cases are proved on remotes that break it, each in one way that real
 * ones did: every fault is found by the case that should find it, and a remote
 * without a fault passes all of them.
 */
import { describe, expect, test } from 'vitest';
import type { Remote, Verdict } from '../../src/application/ports/remote.js';
import { vectorIncludes } from '../../src/domain/causality/version-vector.js';
import type { SealedEvent } from '../../src/domain/events/event.js';
import { ReknitError } from '../../src/domain/shared/errors.js';
import { remoteContract } from '../../src/testing/remote-contract.js';
import { casesBrokenBy } from '../support/broken-cases.js';
import { sealedOf } from '../support/bundles.js';

type Fault =
  | 'none'
  | 'children first'
  | 'page boundary repeated'
  | 'page boundary skipped'
  | 'cursor of the connection'
  | 'cut ignored'
  | 'any cursor accepted'
  | 'duplicates kept'
  | 'verdicts reversed'
  | 'unknown members dropped'
  | 'last seq instead of prefix'
  | 'one name for all'
  | 'push stops at a waiting event'
  | 'half a push kept, the rest refused'
  | 'signal ignored'
  | 'a page longer than the limit'
  | 'more at the end'
  | 'events of one connection'
  | 'a verdict too few'
  | 'everything accepted again';

/** The simplest remote: a list in memory, and a name. */
const createList = (name: string) => ({ name, events: [] as SealedEvent[] });

const connectTo = ({ name, events: shared }: ReturnType<typeof createList>, fault: Fault): Remote => {
  const events = fault === 'events of one connection' ? [] : shared;
  let wasGivenUp = false;
  let offset = 0;

  const store = (sealed: SealedEvent): Verdict => {
    const isKnown = events.some(({ hash }) => hash === sealed.hash);
    if (isKnown && fault === 'everything accepted again') return { type: 'accepted' };
    if (isKnown && fault !== 'duplicates kept') return { type: 'duplicate' };
    const { 'a member of a later version': dropped, ...event } = sealed.event;
    const kept = fault === 'unknown members dropped' && dropped !== undefined ? sealedOf(event) : sealed;
    if (fault === 'children first') events.unshift(kept);
    else events.push(kept);
    return { type: 'accepted' };
  };

  return {
    capabilities: { canPull: true, canPush: true, pushMax: 4 },
    hello: ({ replicaId }) => {
      const seqs = events.filter(({ event }) => event.replicaId === replicaId).map(({ event }) => event.seq);
      let knownSeq = 0;
      while (seqs.includes(knownSeq + 1)) knownSeq += 1;
      if (fault === 'last seq instead of prefix') knownSeq = Math.max(0, ...seqs);
      const remoteId = fault === 'one name for all' ? 'remote' : name;
      return Promise.resolve({ remoteId, policyFingerprint: undefined, knownSeq, clockOffsetMs: undefined });
    },
    pull: async ({ cursor, cut, limit, signal }) => {
      await Promise.resolve();
      if (fault !== 'signal ignored') signal?.throwIfAborted();
      const [owner, text = '0'] = cursor?.split('@') ?? [name];
      if (owner !== name && fault !== 'any cursor accepted') throw new ReknitError('cursor_unknown', 'not mine');
      let start = fault === 'cursor of the connection' && cursor !== undefined ? offset : Number(text) || 0;
      if (cursor !== undefined && fault === 'page boundary repeated') start = Math.max(0, start - 1);
      if (cursor !== undefined && fault === 'page boundary skipped') start += 1;
      const wanted = events
        .map((sealed, place) => ({ ...sealed, place }))
        .slice(start)
        .filter(({ dot }) => cursor !== undefined || fault === 'cut ignored' || !vectorIncludes(cut, dot));
      const most = fault === 'a page longer than the limit' ? limit + 1 : limit;
      const page = wanted.slice(0, most);
      const isMore = wanted.length > most;
      offset = isMore ? (page.at(-1)?.place ?? 0) + 1 : events.length;
      return {
        events: page.map(({ event }) => event),
        cursor: `${name}@${offset}`,
        more: isMore || fault === 'more at the end',
      };
    },
    push: async (given, signal) => {
      await Promise.resolve();
      if (signal?.aborted === true && fault !== 'signal ignored') {
        if (fault === 'half a push kept, the rest refused') store(given[0] as SealedEvent);
        wasGivenUp = true;
        signal.throwIfAborted();
      }
      if (wasGivenUp && fault === 'half a push kept, the rest refused')
        return given.map(() => ({ type: 'refused', code: 'busy', message: 'the last push was not finished' }));
      if (
        fault === 'push stops at a waiting event' &&
        given.some(({ event }) => event.parents.includes('nobody:1' as never))
      )
        return given.map(() => ({ type: 'parked' }));
      const verdicts = given.map(store);
      if (fault === 'a verdict too few') return verdicts.slice(0, -1);
      return fault === 'verdicts reversed' ? verdicts.reverse() : verdicts;
    },
    close: () => Promise.resolve(),
  };
};

const brokenBy = (fault: Fault): Promise<readonly string[]> =>
  casesBrokenBy(
    remoteContract(() => {
      const [one, another] = [createList('one'), createList('another')];
      return Promise.resolve({
        connect: () => Promise.resolve(connectTo(one, fault)),
        connectElsewhere: () => Promise.resolve(connectTo(another, fault)),
      });
    }),
  );

/** Mutation, and how the case that finds it begins. */
const finders: Readonly<Record<Exclude<Fault, 'none'>, string>> = {
  'children first': 'M1 parents stand before',
  'page boundary repeated': 'M2 pages of any size',
  'page boundary skipped': 'M2 pages of any size',
  'cursor of the connection': 'M2 a cursor is good for another connection',
  'cut ignored': 'M2 a first reading leaves out',
  'any cursor accepted': 'M3 refuses a cursor',
  'duplicates kept': 'M4 gives a verdict for each event',
  'verdicts reversed': 'M4 gives a verdict for each event',
  'unknown members dropped': 'M4 keeps what it does not know',
  'last seq instead of prefix': 'M4 says how many events',
  'one name for all': 'M4 is known by one name',
  'push stops at a waiting event': 'M5 an event that waits',
  'half a push kept, the rest refused': 'M6 a call that was given up',
  'signal ignored': 'M6 a call that was given up',
  'a page longer than the limit': 'M2 pages of any size',
  'more at the end': 'M2 pages of any size',
  'events of one connection': 'M4 gives a verdict for each event',
  'a verdict too few': 'M5 an event that waits',
  'everything accepted again': 'M4 gives a verdict for each event',
};

describe('the remote contract', () => {
  test('holds for a remote without a fault', async () => {
    expect(await brokenBy('none')).toEqual([]);
  });

  test.each(Object.entries(finders) as [Fault, string][])('finds: %s', async (fault, finder) => {
    const broken = await brokenBy(fault);

    expect(
      broken.some((name) => name.startsWith(finder)),
      `found by ${broken.join('; ') || 'nothing'}`,
    ).toBe(true);
  });
});
