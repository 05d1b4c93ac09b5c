/** 128 random bits, for names that are never given twice. */
import { randomBytes } from 'node:crypto';

export const randomText = (): string => randomBytes(16).toString('base64url');
