/** Random texts that open something, and what is kept of them: a hash, so that nothing that is kept opens anything. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const secretBytes = 32;

export const newSecret = (): string => randomBytes(secretBytes).toString('base64url');

export const hashOf = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex');

export const isSameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(a), 'hex'), Buffer.from(hashOf(b), 'hex'));
