/** The machine as the application sees it: its hashes are everybody's, and its ids nobody else's. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeSystem } from '../../src/adapters/system/index.js';
import { nodeSha256 } from '../../src/adapters/system/node-sha256.js';
import { portableSha256 } from '../../src/domain/shared/sha256.js';
import { propertyOptions } from '../support/property-options.js';

describe('the system', () => {
  test('hashes any text like the portable function, with and without the one-call form', () => {
    const { sha256 } = nodeSystem();
    const ofOldNode = nodeSha256(null);

    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(sha256(text)).toBe(portableSha256(text));
        expect(ofOldNode(text)).toBe(portableSha256(text));
      }),
      propertyOptions(),
    );
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('gives ids of 128 bits that fit into a URL, a file name and an argument, and never one twice', () => {
    const { randomId } = nodeSystem();

    const ids = Array.from({ length: 5_000 }, randomId);

    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    expect(new Set(ids.map((id) => id.slice(0, 2))).size).toBeGreaterThan(2_000);
  });

  test('shares no randomness with another system', () => {
    const [one, other] = [nodeSystem(), nodeSystem()];

    expect(one.randomId()).not.toBe(other.randomId());
  });

  test('reads the wall clock, and says nothing, unless told otherwise', () => {
    const before = Date.now();
    const { clock } = nodeSystem();
    const fixed = nodeSystem({ clock: () => 7, randomId: () => 'id' });

    expect(clock()).toBeGreaterThanOrEqual(before);
    expect(fixed.clock()).toBe(7);
    expect(fixed.randomId()).toBe('id');
    expect(fixed.sha256('text')).toBe(portableSha256('text'));
  });
});
