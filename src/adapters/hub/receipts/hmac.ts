/**
 * SHA-256 and HMAC-SHA-256 (RFC 2104) of texts. A hub signs every event that it takes and every
 * one that it gives; an HMAC object of the platform takes three times as long to make as what it is made for.
 */
import * as crypto from 'node:crypto';

const blockBytes = 64;
const digestBytes = 32;

/** How a digest is written: digits, base64 for URLs, or a character a byte, which is what is quickest to write and to read. */
type DigestForm = 'hex' | 'base64url' | 'binary';

/** In one call, where the runtime has that. */
const digestOf: (data: string | Uint8Array, form: DigestForm) => string =
  typeof crypto.hash === 'function'
    ? (data, form) => crypto.hash('sha256', data, form)
    : (data, form) => crypto.createHash('sha256').update(data).digest(form);

export const sha256Hex = (text: string): string => digestOf(text, 'hex');

export const hmacSha256 = (key: Uint8Array, form: DigestForm = 'hex'): ((text: string) => string) => {
  const block = Buffer.alloc(blockBytes);
  block.set(key.length > blockBytes ? Buffer.from(digestOf(key, 'binary'), 'binary') : key);
  let inner = Buffer.alloc(blockBytes + 512);
  const outer = Buffer.alloc(blockBytes + digestBytes);
  for (const [index, byte] of block.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return (text) => {
    const bytesMax = blockBytes + text.length * 3;
    if (inner.length < bytesMax) inner = Buffer.concat([inner], bytesMax);
    const written = inner.write(text, blockBytes, 'utf8');
    outer.write(digestOf(inner.subarray(0, blockBytes + written), 'binary'), blockBytes, 'binary');
    return digestOf(outer, form);
  };
};
