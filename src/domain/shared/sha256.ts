/**
 * SHA-256 of a text's UTF-8 bytes, in lower-case hex. Synchronous, since folding is; the
 * default runs anywhere, and a platform with a faster one passes its own as `Sha256`.
 */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Hashes a text; the platform may bring a faster one. */
export type Sha256 = (text: string) => string;

/** Runs anywhere. */
export const portableSha256: Sha256 = (text) => bytesToHex(nobleSha256(utf8ToBytes(text)));
