import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { ConflictCase, Decision, Sibling } from '../../src/domain/strategies/merge-strategy.js';
import {
  defineStrategy,
  lastWriteWins,
  undecided,
  type StrategyDefinition,
} from '../../src/domain/strategies/index.js';
import {
  ambientInputsUsed,
  conflictCases,
  jsonValues,
  strategyLaws,
  type StrategyLawOptions,
} from '../../src/testing/index.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import type { Json } from '../../src/domain/shared/json.js';
import { compareDots } from '../../src/domain/causality/dot.js';
import { propertyOptions } from '../support/property-options.js';

/** The laws that a strategy breaks, by a word of their names. */
const broken = (definition: Partial<StrategyDefinition>, options: StrategyLawOptions<Json> = {}): readonly string[] => {
  const strategy = defineStrategy({ name: 'planted', version: 1, decide: () => undecided, ...definition });
  return strategyLaws(strategy, { seed: 42, ...options })
    .filter(({ run }) => fails(run))
    .map(({ name }) => Object.entries(words).find(([, text]) => name.includes(text))?.[0] ?? name);
};

const words = {
  determinism: 'the same answer to the same conflict',
  order: 'the order of the siblings',
  totality: 'always answers',
  untouched: 'leaves its input',
  json: 'JSON carries',
  ambient: 'reads no clock',
  work: 'decides among',
  base: 'the base',
  priority: 'priorities',
};

const fails = (run: () => void): boolean => {
  try {
    run();
    return false;
  } catch {
    return true;
  }
};

/** On fields only, where any sibling may win and any value may be returned. */
const onFields = (decide: (conflict: ConflictCase, first: Sibling) => unknown) => ({
  decide: (conflict: ConflictCase): Decision => {
    const [first] = conflict.siblings;
    return conflict.unit.kind === 'field' && first !== undefined ? (decide(conflict, first) as Decision) : undecided;
  },
});

describe('a strategy that is wrong is caught by the law that it breaks', () => {
  it('is told in the message itself what is wrong, since not every runner shows causes', () => {
    const firstListed = defineStrategy({
      name: 'first_listed',
      version: 1,
      ...onFields((_, first) => ({ winner: first })),
    });
    const [, order] = strategyLaws(firstListed, { seed: 42 });

    expect(() => order?.run()).toThrow(/the answer depends on the order of the siblings: \{"dot":/);
  });

  it('one that keeps the laws breaks none', () => {
    expect(broken({ decide: lastWriteWins().decide })).toEqual([]);
  });

  it('one that takes whoever stands first', () => {
    expect(broken(onFields((_, first) => ({ winner: first })))).toEqual(['order']);
  });

  it('one that says "local wins on a tie", as a fold over pairs does', () => {
    const pairwise = onFields(({ siblings }) => ({
      winner: siblings.reduce((local, remote) => (remote.timestamp > local.timestamp ? remote : local)),
    }));

    expect(broken(pairwise)).toEqual(['order']);
  });

  it('one that counts its calls', () => {
    let calls = 0;
    const counting = onFields(() => {
      calls += 1;
      return { value: calls };
    });

    expect(broken(counting)).toContain('determinism');
  });

  it('one that remembers what it was asked before', () => {
    const seen = new Set<string>();
    const remembering = onFields(({ conflictId }) => {
      const isNew = !seen.has(conflictId);
      seen.add(conflictId);
      return isNew ? { value: 'first' } : undecided;
    });

    expect(broken(remembering)).toContain('determinism');
  });

  it('one that tosses a coin, or looks at the clock, even where it hides that', () => {
    const coin = onFields(({ siblings }) => ({ winner: siblings[Math.floor(Math.random() * siblings.length)] }));
    const clock = onFields(({ siblings }) => {
      try {
        return { value: new Date().getTime() < 0 };
      } catch {
        return { winner: [...siblings].sort((a, b) => compareDots(a.dot, b.dot))[0] };
      }
    });

    expect(broken(coin)).toContain('ambient');
    expect(broken(clock)).toEqual(['ambient']);
  });

  it('one that starts something, and one that waits for it', () => {
    expect(broken(onFields(() => (queueMicrotask(() => undefined), undecided)))).toEqual(['ambient']);
    expect(broken(onFields(() => Promise.resolve(undecided)))).toEqual(['totality']);
  });

  it('one that throws where it did not expect what it gets', () => {
    const trusting = onFields((_, { value }) => ({ value: (value as string).toUpperCase() }));

    expect(broken(trusting)).toContain('totality');
    expect(
      broken({ decide: ({ siblings }) => ({ value: Math.max(...siblings.map(({ value }) => value as number)) }) }),
    ).toContain('totality');
  });

  it('one that sorts what it is shown', () => {
    const sorting = onFields(({ siblings }) => {
      (siblings as Sibling[]).sort((a, b) =>
        a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : compareDots(a.dot, b.dot),
      );
      return { winner: siblings.at(-1) };
    });

    expect(broken(sorting)).toEqual(['totality', 'untouched']);
  });

  it('one that returns what is not JSON', () => {
    expect(broken(onFields(() => ({ value: Number.NaN })))).toEqual(['totality', 'json']);
    expect(broken(onFields(() => ({ value: -0 })))).toEqual(['totality', 'json']);
    expect(broken(onFields(() => ({ value: { at: new Date(0) } })))).toEqual(['totality', 'json']);
    expect(broken(onFields(() => ({ value: { absent: undefined } })))).toEqual(['totality', 'json']);
  });

  it('one whose winner is none of the siblings', () => {
    expect(broken(onFields((_, first) => ({ winner: { ...first, dot: 'nobody:1' } })))).toEqual(['totality']);
  });

  it('one that reads what it says it does not', () => {
    const byBase = onFields(({ hasBase }) => (hasBase ? { value: 'base' } : undecided));
    const byPriority = onFields(({ siblings }) => ({
      value: siblings.reduce((sum, { priority }) => sum + priority, 0),
    }));

    expect(broken({ ...byBase, usesBase: false })).toEqual(['base']);
    expect(broken({ ...byPriority, usesPriority: false })).toEqual(['priority']);
    expect(broken({ ...byBase, ...byPriority })).toEqual([]);
  });

  it('one that compares everyone with everyone with everyone', () => {
    const cubic = onFields(({ siblings }) => {
      let count = 0;
      for (const a of siblings)
        for (const b of siblings) for (const c of siblings) if (a.dot < b.dot && b.dot < c.dot) count += 1;
      return { value: count };
    });

    expect(broken(cubic, { decideMsMax: 5 })).toEqual(['work']);
  });
});

describe('the kit', () => {
  it('asks a typed strategy about its own values alone', () => {
    const longest = defineStrategy<string>({
      name: 'longest',
      version: 1,
      decide: ({ siblings }) => ({
        value:
          [...siblings].map(({ value = '' }) => value).sort((a, b) => b.length - a.length || (a < b ? -1 : 1))[0] ?? '',
      }),
    });

    for (const { run } of strategyLaws(longest, { ...propertyOptions(), values: fc.string() })) run();
    expect(strategyLaws(longest, { seed: 1 }).some(({ run }) => fails(run))).toBe(true);
  });

  it('names each law once, with the strategy', () => {
    const names = strategyLaws(lastWriteWins()).map(({ name }) => name);

    expect(new Set(names).size).toBe(Object.keys(words).length);
    for (const name of names) expect(name).toMatch(/^last_write_wins: /);
  });

  it('puts back what it replaced, whatever happened', () => {
    const platform = () => [
      Date,
      Date.now,
      Math.random,
      setTimeout,
      fetch,
      Reflect.get(performance, 'now') as unknown,
      Reflect.get(crypto, 'randomUUID') as unknown,
    ];
    const before = platform();

    const used = ambientInputsUsed(() => fails(() => crypto.randomUUID()));
    expect(() =>
      ambientInputsUsed(() => {
        throw new Error('boom');
      }),
    ).toThrow('boom');

    expect(used).toEqual(['crypto.randomUUID']);
    expect(ambientInputsUsed(() => new Date('2026-02-02').toISOString())).toEqual([]);
    expect(platform()).toEqual(before);
    expect(Object.hasOwn(performance, 'now')).toBe(false);
  });

  it('makes conflicts as the merge does: sorted, of different dots, in disagreement', () => {
    fc.assert(
      fc.property(conflictCases(), jsonValues(), ({ siblings, unit, conflictType, hasBase }, value) => {
        const dots = siblings.map(({ dot }) => dot);
        expect(dots).toEqual([...new Set(dots)].sort(compareDots));
        expect(
          new Set(siblings.map((sibling) => canonicalJson([sibling.value ?? null, sibling.value === undefined]))).size,
        ).toBeGreaterThan(1);
        expect(conflictType === 'dependency').toBe(unit.kind === 'dependency');
        if (unit.kind === 'dependency') expect(hasBase).toBe(false);
        expect(JSON.parse(JSON.stringify(value))).toEqual(value);
      }),
      propertyOptions(),
    );
  });
});
