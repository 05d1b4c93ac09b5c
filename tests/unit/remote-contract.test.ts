/**
 * The remote contract's cases are proved on remotes that break it, each in one way that real
 * ones did: every fault is found by a case of the sentence that it breaks, and a remote
 * without a fault passes all of them.
 */
import { describe, expect, test } from 'vitest';
import type { Remote, Verdict } from '../../src/application/ports/remote.js';
import { vectorIncludes } from '../../src/domain/causality/version-vector.js';
import type { SealedEvent } from '../../src/domain/events/event.js';
import { ReknitError } from '../../src/domain/shared/errors.js';
import { remoteContract } from '../../src/testing/remote-contract.js';
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
  | 'signal ignored';

/** The simplest remote: a list in memory, and a name. */
const createList = (name: string) => ({ name, events: [] as SealedEvent[] });

const connectTo = ({ name, events }: ReturnType<typeof createList>, fault: Fault): Remote => {
  let wasGivenUp = false;
  let offset = 0;

  const store = (sealed: SealedEvent): Verdict => {
    const isKnown = events.some(({ hash }) => hash === sealed.hash);
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
      const page = wanted.slice(0, limit);
      offset = wanted.length > limit ? (page.at(-1)?.place ?? 0) + 1 : events.length;
      return { events: page.map(({ event }) => event), cursor: `${name}@${offset}`, more: wanted.length > limit };
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
      return fault === 'verdicts reversed' ? verdicts.reverse() : verdicts;
    },
    close: () => Promise.resolve(),
  };
};

/** The sentences of which some case failed. */
const brokenBy = async (fault: Fault): Promise<readonly string[]> => {
  const create = () => {
    const [one, another] = [createList('one'), createList('another')];
    return Promise.resolve({
      connect: () => Promise.resolve(connectTo(one, fault)),
      connectElsewhere: () => Promise.resolve(connectTo(another, fault)),
    });
  };
  const broken: string[] = [];
  for (const { name, run } of remoteContract(create))
    await run().catch((error: unknown) => broken.push(`${name}: ${String(error)}`));
  return [...new Set(broken.map((failure) => failure.slice(0, 2)))];
};

const sentences: Readonly<Record<Exclude<Fault, 'none'>, string>> = {
  'children first': 'M1',
  'page boundary repeated': 'M2',
  'page boundary skipped': 'M2',
  'cursor of the connection': 'M2',
  'cut ignored': 'M2',
  'any cursor accepted': 'M3',
  'duplicates kept': 'M4',
  'verdicts reversed': 'M4',
  'unknown members dropped': 'M4',
  'last seq instead of prefix': 'M4',
  'one name for all': 'M4',
  'push stops at a waiting event': 'M5',
  'half a push kept, the rest refused': 'M6',
  'signal ignored': 'M6',
};

describe('the remote contract', () => {
  test('holds for a remote without a fault', async () => {
    expect(await brokenBy('none')).toEqual([]);
  });

  test.each(Object.entries(sentences) as [Fault, string][])('finds: %s', async (fault, sentence) => {
    expect(await brokenBy(fault)).toContain(sentence);
  });
});
