/**
 * Texts that are handed out to be handed back, and say nothing to who holds them: where a page of a list ended may be
 * at something that its reader may not see. The key is this desk's own, so they are worth nothing when it has closed.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface Seal {
  readonly close: (text: string) => string;
  /** Undefined where it was not closed by this seal. */
  readonly open: (sealed: string) => string | undefined;
}

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

export const createSeal = (): Seal => {
  const key = randomBytes(keyBytes);
  return {
    close: (text) => {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, key, nonce);
      const body = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()]);
      return Buffer.concat([nonce, sealing.getAuthTag(), body]).toString('base64url');
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < nonceBytes + tagBytes) return undefined;
      const opening = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        return Buffer.concat([opening.update(bytes.subarray(nonceBytes + tagBytes)), opening.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
};
