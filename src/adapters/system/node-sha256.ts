/**
 * SHA-256 by the platform. `crypto.hash` does it in one call and in half the time of a hash
 * object, but came with Node 20.12 and 21.7 and other runtimes may lack it.
 */
import * as crypto from 'node:crypto';
import type { Sha256 } from '../../domain/shared/sha256.js';

/** The one-call form is an argument, so that a platform without it (`null`) can be tried on one that has it. */
export const nodeSha256 = (hash: typeof crypto.hash | null = crypto.hash): Sha256 =>
  typeof hash === 'function'
    ? (text) => hash('sha256', text, 'hex')
    : (text) => crypto.createHash('sha256').update(text, 'utf8').digest('hex');
