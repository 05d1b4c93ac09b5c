/** Hashes are 64 digits of lower-case hex and take half the room as bytes; any other text stays as it is. */
import type { ContentHash } from '../../domain/events/event.js';

const bytesInHash = 32;

export const hashToBytes = (hash: string): Buffer | string => {
  if (hash.length !== 2 * bytesInHash) return hash;
  const bytes = Buffer.from(hash, 'hex');
  return bytes.length === bytesInHash ? bytes : hash;
};

export const bytesToHash = (bytes: Buffer | string): ContentHash =>
  (typeof bytes === 'string' ? bytes : bytes.toString('hex')) as ContentHash;
