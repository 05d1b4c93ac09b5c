/** The audit trail, read by number. */
import { invariant } from '../../../domain/shared/invariant.js';
import type { AuditEntry } from '../../../domain/audit/audit-chain.js';
import type { Page } from '../../../application/ports/event-store.js';
import { actsFromStored } from '../rows/audit-acts.js';
import type { Base } from '../base.js';
import { hashText } from '../../sqlite-file/hash-bytes.js';
import { pageOf } from './pages.js';

type AuditRow = readonly [
  n: number,
  time: string,
  policy: number,
  acts: unknown,
  previousHash: string | null,
  hash: string,
];

export const readAudit = (
  { after, limit }: { readonly after: number; readonly limit: number },
  { connection, policies }: Base,
): Page<AuditEntry> => {
  const rows = connection
    .rows<AuditRow>(
      `SELECT n, time, policy, acts, ${hashText('previous_hash')}, ${hashText('hash')} FROM audit WHERE n > ? ORDER BY n LIMIT ?`,
    )
    .all(after, limit + 1);
  const [first] = rows;
  let before =
    first === undefined
      ? undefined
      : connection
          .values<string>(`SELECT ${hashText('hash')} FROM audit WHERE n < ? ORDER BY n DESC LIMIT 1`)
          .get(first[0]);
  const entries = rows.map(([number, time, policy, acts, previousHash, hash]): AuditEntry => {
    // A flipped bit in a row's header can leave columns without a value: such a row cannot be read.
    invariant(
      [time, hash].every((text) => typeof text === 'string'),
      `entry ${number} of the audit trail is torn`,
    );
    const linked = previousHash ?? before ?? '';
    before = hash;
    return {
      number,
      time,
      policy: policies.textOf(policy),
      acts: actsFromStored(acts),
      previousHash: linked,
      hash,
    };
  });
  return pageOf(entries, limit, ({ number }) => number);
};
