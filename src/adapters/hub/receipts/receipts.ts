/**
 * Receipts: the hub's own word, to itself, that it held an event. A hub that lost its data takes
 * an event back from anyone who shows one, so a vanished replica's work is not lost with it. The
 * key must not lie in the database: who loses one must not lose the other, and who can write to
 * one must not be able to vouch with the other.
 */
import { timingSafeEqual } from 'node:crypto';
import type { HubRefusal } from '../../../application/ports/hub-log.js';
import { parseDot } from '../../../domain/causality/dot.js';
import type { SealedEvent } from '../../../domain/events/event.js';
import { hmacSha256 } from './hmac.js';

export interface Receipts {
  readonly give: (sealed: SealedEvent) => string;
  readonly isGenuine: (sealed: SealedEvent, receipt: string) => boolean;
  /** The same for a refusal, which the receipt itself holds: who has it need not have the event. */
  readonly giveRefusal: (refusal: HubRefusal) => string;
  /** The refusal that a genuine receipt stands for; undefined for any other text. */
  readonly readRefusal: (receipt: string) => HubRefusal | undefined;
}

export const receiptKeyBytesMin = 32;
const receiptBytes = 16;
/** So that nothing else signed with this key is ever taken for a receipt. */
const purpose = 'reknit-hub-receipt-1';
const refusalPurpose = 'reknit-hub-refusal-1';

export const createReceipts = (key: Uint8Array): Receipts => {
  // Events that are sent to many readers are signed once.
  const given = new WeakMap<SealedEvent, string>();
  const hmac = hmacSha256(key, 'base64url');
  const sign = ({ dot, hash }: SealedEvent): string => firstBytes(hmac(`${purpose}\n${hash}\n${dot}`));
  const signRefusal = (content: string): string => firstBytes(hmac(`${refusalPurpose}\n${content}`));
  return {
    give: (sealed) => {
      const before = given.get(sealed);
      if (before !== undefined) return before;
      const receipt = sign(sealed);
      given.set(sealed, receipt);
      return receipt;
    },
    isGenuine: (sealed, receipt) => isSigned(receipt, sign(sealed)),
    giveRefusal: ({ dot, hash, eventId, resourceType, resourceId, code, message }) => {
      const parts = [dot, hash, eventId, resourceType, resourceId, code, message];
      const content = Buffer.from(JSON.stringify(parts)).toString('base64url');
      return `${content}.${signRefusal(content)}`;
    },
    readRefusal: (receipt) => {
      const [content = '', signature = '', ...more] = receipt.split('.');
      if (more.length > 0 || !isSigned(signature, signRefusal(content))) return undefined;
      // Written here, whenever that was: nobody else can have signed it.
      const parts = JSON.parse(Buffer.from(content, 'base64url').toString('utf8')) as string[];
      const [dot, hash, eventId, resourceType, resourceId, code, message] = parts as readonly string[] & { length: 7 };
      return parts.length === 7 && parseDot(dot) !== undefined
        ? ({ dot, hash, eventId, resourceType, resourceId, code, message } as HubRefusal)
        : undefined;
    },
  };
};

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const wholeChars = Math.floor((receiptBytes * 8) / 6);
const bitsLeft = (receiptBytes * 8) % 6;

/** The first bytes of a digest in base64, without going by way of the bytes: of the last character only the first bits count. */
const firstBytes = (digest: string): string =>
  digest.slice(0, wholeChars) + base64.charAt(base64.indexOf(digest.charAt(wholeChars)) & ~(0x3f >> bitsLeft));

const isSigned = (shown: string, signature: string): boolean => {
  const bytes = Buffer.from(shown, 'base64url');
  return bytes.length === receiptBytes && timingSafeEqual(bytes, Buffer.from(signature, 'base64url'));
};
