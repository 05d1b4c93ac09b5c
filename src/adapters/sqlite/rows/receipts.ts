/** Receipts of remotes: 16 bytes each, where they have the usual form of 22 characters. */
import type { EventName, Receipt } from '../../../domain/merge/unit-of-work.js';
import type { Base } from '../base.js';
import { bulkInsert } from '../../sqlite-file/bulk-insert.js';
import { textDictionary } from '../../sqlite-file/text-dictionary.js';

const bytesInReceipt = 16;
const start = (hash: string): number => Number.parseInt(hash.slice(0, 8), 16) || 0;

const toBytes = (receipt: string): Buffer | string => {
  const bytes = Buffer.from(receipt, 'base64url');
  return bytes.length === bytesInReceipt && bytes.toString('base64url') === receipt ? bytes : receipt;
};

const toText = (stored: Buffer | string): string =>
  typeof stored === 'string' ? stored : stored.toString('base64url');

export const writeReceipts = (receipts: readonly Receipt[], base: Base): void => {
  if (receipts.length === 0) return;
  const { connection, dots } = base;
  const remotes = textDictionary(connection, 'remote', 'remote_id');
  const rows = bulkInsert(connection, 'receipt', 'replica, seq, hash_start, remote, receipt', 'REPLACE');
  for (const { remoteId, dot, hash, receipt } of receipts) {
    const [entry, seq] = dots.partsFor(dot);
    rows.add([entry.id, seq, start(hash), remotes.idFor(remoteId), toBytes(receipt)]);
  }
  rows.finish();
};

export const readReceipts = (
  remoteId: string,
  events: readonly EventName[],
  base: Base,
): ReadonlyMap<string, string> => {
  const { connection, dots } = base;
  const remote = connection.values<number>('SELECT id FROM remote WHERE remote_id = ?').get(remoteId) ?? 0;
  const found = new Map<string, string>();
  const best = connection.values<Buffer | string>(
    'SELECT receipt FROM receipt WHERE replica = ? AND seq = ? AND hash_start = ? ORDER BY remote <> ?, remote LIMIT 1',
  );
  for (const { dot, hash } of events) {
    const parts = dots.find(dot);
    const receipt = parts === undefined ? undefined : best.get(...parts, start(hash), remote);
    if (receipt !== undefined) found.set(hash, toText(receipt));
  }
  return found;
};
