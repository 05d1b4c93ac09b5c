/**
 * 128 random bits as 22 characters of base64url, which fit into a URL, a file name and an
 * argument. The bits are fetched for many ids at a time: one call for each would cost more
 * than hashing the event that the id is for.
 *
 * An id that begins with a hyphen would be read as an option on a command line, so those
 * are passed over; that costs a fiftieth of one bit.
 */
import { randomBytes } from 'node:crypto';
import type { RandomId } from '../../application/ports/system.js';

const idBytes = 16;
const idsPerPool = 256;

export const createRandomId = (): RandomId => {
  let pool = Buffer.alloc(0);
  let used = 0;
  const next = (): string => {
    if (used === pool.length) {
      pool = randomBytes(idBytes * idsPerPool);
      used = 0;
    }
    used += idBytes;
    return pool.toString('base64url', used - idBytes, used);
  };
  return () => {
    let id = next();
    while (id.startsWith('-')) id = next();
    return id;
  };
};
