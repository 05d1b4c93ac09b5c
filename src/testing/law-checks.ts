/** What a law asks of an answer: whether two agree, whether a value is JSON, how long it took. */
import { canonicalJson, sameJson } from '../domain/shared/canonical-json.js';
import type { StrategyOutcome } from '../domain/strategies/run-strategy.js';

/** Two answers agree; two failures do too, since why it failed is another law's question. */
export const same = (a: StrategyOutcome | undefined, b: StrategyOutcome | undefined, problem: string): void => {
  if (a?.type === 'failed' && b?.type === 'failed') return;
  if (!sameJson(a, b)) throw new Error(`${problem}: ${canonicalJson(a)}, then ${canonicalJson(b)}`);
};

/** Another law says whether it throws. */
export const attempt = (run: () => unknown): unknown => {
  try {
    return run();
  } catch {
    return undefined;
  }
};

export const survivesJson = (value: unknown): boolean => {
  try {
    return identical(value, JSON.parse(JSON.stringify(value)) as unknown);
  } catch {
    return false;
  }
};

/** Stricter than equality by canonical form, which would not tell -0 from 0 or a member of `undefined` from none. */
const identical = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b) || Object.keys(a).length !== Object.keys(b).length) return false;
  return Object.keys(a).every((key) =>
    identical((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
};

/** The fastest of some tries, so that a pause of the machine is not taken for work; it stops at the first that is fast enough. */
export const fastestMs = (tries: number, enoughMs: number, run: () => unknown): number => {
  let fastest = Number.POSITIVE_INFINITY;
  for (let count = 0; count < tries && fastest > enoughMs; count += 1) {
    const startedMs = Date.now();
    run();
    fastest = Math.min(fastest, Date.now() - startedMs);
  }
  return fastest;
};
