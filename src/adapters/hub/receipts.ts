/**
 * Receipts: the hub's own word, to itself, that it held an event. A hub that lost its data takes
 * an event back from anyone who shows one, so a vanished replica's work is not lost with it. The
 * key must not lie in the database: who loses one must not lose the other, and who can write to
 * one must not be able to vouch with the other.
 */
import { timingSafeEqual } from 'node:crypto';
import { invariant } from '../../domain/shared/invariant.js';
import type { SealedEvent } from '../../domain/events/event.js';
import { hmacSha256 } from './hmac.js';

export interface Receipts {
  readonly give: (sealed: SealedEvent) => string;
  readonly isGenuine: (sealed: SealedEvent, receipt: string) => boolean;
}

const keyBytesMin = 32;
const receiptBytes = 16;
/** So that nothing else signed with this key is ever taken for a receipt. */
const purpose = 'reknit-hub-receipt-1';

export const createReceipts = (key: Uint8Array): Receipts => {
  invariant(key.length >= keyBytesMin, `the key of the receipts has ${key.length} bytes, and needs ${keyBytesMin}`);
  // Events that are sent to many readers are signed once.
  const given = new WeakMap<SealedEvent, string>();
  const hmac = hmacSha256(key);
  const sign = ({ dot, hash }: SealedEvent): Buffer =>
    Buffer.from(hmac(`${purpose}\n${hash}\n${dot}`), 'hex').subarray(0, receiptBytes);
  return {
    give: (sealed) => {
      const before = given.get(sealed);
      if (before !== undefined) return before;
      const receipt = sign(sealed).toString('base64url');
      given.set(sealed, receipt);
      return receipt;
    },
    isGenuine: (sealed, receipt) => {
      const shown = Buffer.from(receipt, 'base64url');
      return shown.length === receiptBytes && timingSafeEqual(shown, sign(sealed));
    },
  };
};
