/** The audit trail tells on whoever changes it: every entry, every member, every order (I43, guarantee 6). */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  auditOrigin,
  isChainProblem,
  openReplica,
  replicaRemote,
  verifyEntry,
  type AuditEntry,
  type AuditHead,
} from '../../src/index.js';
import { appendEntry } from '../../src/domain/audit/audit-chain.js';
import { fastSha256 } from '../support/engine.js';

let trail: readonly AuditEntry[];
let head: AuditHead;

beforeAll(async () => {
  const laptop = await openReplica({ agentId: 'ada', replicaId: 'laptop' });
  const phone = await openReplica({ agentId: 'bob', replicaId: 'phone' });
  const meet = () => laptop.connect(replicaRemote(phone)).now();
  await laptop.create('feature', 'f1', { status: 'todo' });
  await meet();
  await laptop.update('feature', 'f1', { status: 'doing' });
  await phone.update('feature', 'f1', { status: 'done' });
  await meet();
  const entries: AuditEntry[] = [];
  for await (const entry of laptop.audit.entries()) entries.push(entry);
  trail = entries;
  head = await laptop.audit.head();
});

/** Whether checking finds something, against a head that was kept elsewhere. */
const isFound = (entries: readonly AuditEntry[]): boolean => {
  let reached: AuditHead = auditOrigin;
  for (const entry of entries) {
    const step = verifyEntry(reached, entry, fastSha256);
    if (isChainProblem(step)) return true;
    reached = step;
  }
  return reached.count !== head.count || reached.hash !== head.hash;
};

const changed = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return value === '' ? 'x' : `${value.startsWith('0') ? '1' : '0'}${value.slice(1)}`;
  return Array.isArray(value) ? [...(value as readonly unknown[]), { type: 'EventsReleased', count: 1 }] : null;
};

describe('the audit trail', () => {
  test('is whole as it was written, and tells what happened', () => {
    expect(isFound(trail)).toBe(false);
    expect(trail.flatMap(({ acts }) => acts.map(({ type }) => type))).toEqual(
      expect.arrayContaining([
        'ReplicaCreated',
        'PolicyAdopted',
        'EventsRecorded',
        'EventsOffered',
        'EventsSynced',
        'EventsReceived',
        'ConflictDecided',
      ]),
    );
  });

  test('tells of any member of any entry that was changed (I43)', () => {
    const missed = trail.flatMap((entry, index) =>
      Object.keys(entry)
        .filter(
          (member) => !isFound(trail.with(index, { ...entry, [member]: changed(entry[member as keyof AuditEntry]) })),
        )
        .map((member) => `${member} of ${index}`),
    );

    expect(missed).toEqual([]);
  });

  test('tells of an entry that was written anew with a hash that fits it (I43)', () => {
    trail.forEach((entry, index) => {
      const before = index === 0 ? auditOrigin : { count: index, hash: trail[index - 1]?.hash ?? '' };
      const forged = appendEntry(before, '2031-01-01T00:00:00.000Z', entry.policy, entry.acts, fastSha256);

      expect(forged.number).toBe(entry.number);
      expect(isFound(trail.with(index, forged))).toBe(true);
    });
  });

  test('says what is wrong with it: a gap, a link that does not hold, words that are not those of its hash', () => {
    const [first, second, third] = trail as [AuditEntry, AuditEntry, AuditEntry];
    const afterFirst = { count: 1, hash: first.hash };
    const forged = appendEntry(auditOrigin, '2031-01-01T00:00:00.000Z', first.policy, first.acts, fastSha256);

    expect(verifyEntry(afterFirst, third, fastSha256)).toEqual({ type: 'Gap', number: 3, expected: 2 });
    expect(verifyEntry({ count: 1, hash: forged.hash }, second, fastSha256)).toEqual({ type: 'BrokenLink', number: 2 });
    expect(verifyEntry(afterFirst, { ...second, policy: 'another' }, fastSha256)).toEqual({
      type: 'ChangedEntry',
      number: 2,
    });
    expect(verifyEntry(afterFirst, second, fastSha256)).toEqual({ count: 2, hash: second.hash });
  });

  test('tells of an entry that was dropped, doubled or moved, and of an end that is missing (I43)', () => {
    trail.forEach((entry, index) => {
      expect(isFound(trail.toSpliced(index, 1))).toBe(true);
      expect(isFound(trail.toSpliced(index, 0, entry))).toBe(true);
      expect(isFound(trail.slice(0, index))).toBe(true);
      if (index > 0)
        expect(
          isFound([...trail.slice(0, index - 1), entry, ...trail.slice(index - 1, index), ...trail.slice(index + 1)]),
        ).toBe(true);
    });
  });
});
