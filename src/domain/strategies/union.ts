/**
 * All items of all sides' arrays, each once, compared by canonical JSON: in the order of the
 * writes (R2), and within one write in its author's order. It never takes an item away; for a
 * collection from which items are removed, declare the field as a set instead.
 */
import { compareWrites } from '../causality/last-write.js';
import { canonicalJson } from '../shared/canonical-json.js';
import type { GeneralStrategy } from './any-strategy.js';
import { undecided, type Decision } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** All sides' items, each once. */
export const union = (): GeneralStrategy =>
  shipped({
    name: 'union',
    decide: <Value>({ siblings }: Parameters<GeneralStrategy['decide']>[0]): Decision<Value> => {
      const items = new Map<string, unknown>();
      for (const { value } of [...siblings].sort(compareWrites)) {
        if (!Array.isArray(value)) return undecided;
        for (const item of value as readonly unknown[]) {
          const form = canonicalJson(item);
          if (!items.has(form)) items.set(form, item);
        }
      }
      // The arrays were of the field's type, and so is an array of their items.
      return { value: [...items.values()] as Value };
    },
  });
