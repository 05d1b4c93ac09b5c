/** Hashes take half the room as bytes; a text that is no lower-case hex stays as it is. */
import type { ContentHash } from '../../domain/events/event.js';

const hex = /^(?:[0-9a-f]{2})+$/;

export const hashToBytes = (hash: string): Buffer | string => (hex.test(hash) ? Buffer.from(hash, 'hex') : hash);

export const bytesToHash = (bytes: Buffer | string): ContentHash =>
  (typeof bytes === 'string' ? bytes : bytes.toString('hex')) as ContentHash;
