/** The hub's own HMAC is the one of the standard. */
import { createHmac, createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256, sha256Hex } from '../../src/adapters/hub/receipts/hmac.js';

test('an HMAC is what the platform makes of the same key and text, whatever their lengths', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 200 });
  const text = fc.string({ unit: 'binary', maxLength: 2_000 });

  fc.assert(
    fc.property(key, fc.array(text, { minLength: 1, maxLength: 4 }), (secret, texts) => {
      const hmac = hmacSha256(secret);
      for (const one of texts) expect(hmac(one)).toBe(createHmac('sha256', secret).update(one, 'utf8').digest('hex'));
    }),
  );
});

test('a hash is what the platform makes of the same text', () => {
  expect(sha256Hex('Grüße')).toBe(createHash('sha256').update('Grüße', 'utf8').digest('hex'));
});
