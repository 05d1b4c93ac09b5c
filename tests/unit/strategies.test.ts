import { describe, expect, it } from 'vitest';
import type { MergeStrategy } from '../../src/domain/strategies/merge-strategy.js';
import {
  byConflict,
  byField,
  cascade,
  defineStrategy,
  deleteWins,
  detach,
  firstThatDecides,
  lastWriteWins,
  maximum,
  minimum,
  preferAgent,
  priorityBased,
  restore,
  review,
  runStrategy,
  shippedNames,
  strategyData,
  strategyFromData,
  threeWay,
  union,
  undecided,
  updateWins,
  userChoice,
} from '../../src/domain/strategies/index.js';
import { conflict, deleteUpdate, existence, orphaned, sibling } from '../support/strategy-cases.js';

const ask = (strategy: MergeStrategy, given = conflict([])) => runStrategy(strategy, given);
const noDecision = { type: 'undecided' };
const winner = (dot: string) => ({ type: 'winner', dot });

describe('last write wins', () => {
  it('goes by time, then counter, then replica in UTF-16 order, then number', () => {
    const early = '2026-02-02T10:00:00.000Z';
    const late = '2026-02-02T10:00:00.001Z';

    expect(
      ask(
        lastWriteWins(),
        conflict([sibling('a:1', 'x', { timestamp: late }), sibling('b:9', 'y', { timestamp: early, counter: 9 })]),
      ),
    ).toEqual(winner('a:1'));
    expect(
      ask(lastWriteWins(), conflict([sibling('a:1', 'x', { counter: 2 }), sibling('b:9', 'y', { counter: 1 })])),
    ).toEqual(winner('a:1'));
    expect(ask(lastWriteWins(), conflict([sibling('Z:9', 'x'), sibling('a:1', 'y')]))).toEqual(winner('a:1'));
    expect(ask(lastWriteWins(), conflict([sibling('a:9', 'x'), sibling('a:10', 'y')]))).toEqual(winner('a:10'));
  });

  it('decides existence by the last write too, and leaves dependencies alone', () => {
    expect(ask(lastWriteWins(), deleteUpdate())).toEqual(winner('phone:1'));
    expect(ask(lastWriteWins(), orphaned())).toEqual(noDecision);
  });
});

describe('priority', () => {
  it('wins over time, and the last write decides among equals', () => {
    const given = conflict([
      sibling('a:1', 'x', { priority: 3 }),
      sibling('b:1', 'y', { priority: 3 }),
      sibling('c:1', 'z', { priority: 2, timestamp: '2027-01-01T00:00:00.000Z' }),
    ]);

    expect(ask(priorityBased(), given)).toEqual(winner('b:1'));
  });
});

describe('three-way', () => {
  it('takes the side that changed the base, if all that did agree', () => {
    const base = { hasBase: true, base: 'todo' } as const;

    expect(
      ask(threeWay(), conflict([sibling('a:1', 'done'), sibling('b:1', 'todo'), sibling('c:1', 'done')], base)),
    ).toEqual(winner('c:1'));
    expect(ask(threeWay(), conflict([sibling('a:1', 'done'), sibling('b:1', 'taken')], base))).toEqual(noDecision);
  });

  it('is undecided without a base, and compares with a base that was absent', () => {
    expect(ask(threeWay(), conflict([sibling('a:1', 'done'), sibling('b:1', 'todo')]))).toEqual(noDecision);
    expect(
      ask(threeWay(), conflict([sibling('a:1', undefined), sibling('b:1', null)], { hasBase: true, base: undefined })),
    ).toEqual(winner('b:1'));
  });
});

describe('deleting and updating', () => {
  it('is decided as asked', () => {
    expect(ask(deleteWins(), deleteUpdate())).toEqual(winner('laptop:1'));
    expect(ask(updateWins(), deleteUpdate())).toEqual(winner('phone:1'));
  });

  it('does not overrule two people who resolved it differently', () => {
    const resolved = { ...deleteUpdate(), conflictType: 'concurrent_resolution' } as const;

    expect(ask(deleteWins(), resolved)).toEqual(noDecision);
    expect(ask(updateWins(), resolved)).toEqual(noDecision);
  });
});

describe('dependencies', () => {
  it('are restored, detached, cascaded or left to a person', () => {
    expect(ask(restore(), orphaned())).toEqual({ type: 'apply', action: 'restore' });
    expect(ask(detach(), orphaned())).toEqual({ type: 'apply', action: 'detach' });
    expect(ask(cascade(), orphaned())).toEqual({ type: 'apply', action: 'cascade' });
    expect(ask(review(), orphaned())).toEqual(noDecision);
  });

  it.each([
    lastWriteWins(),
    priorityBased(),
    threeWay(),
    deleteWins(),
    updateWins(),
    minimum(),
    maximum(),
    union(),
    preferAgent('mia'),
    userChoice(),
  ])('are none of the business of $name', (strategy) => {
    expect(ask(strategy, orphaned())).toEqual(noDecision);
  });
});

describe('minimum and maximum', () => {
  it('compare numbers by size and texts by code units', () => {
    const numbers = conflict([sibling('a:1', 9), sibling('b:1', 10), sibling('c:1', 9)]);
    const dates = conflict([sibling('a:1', '2026-02-03'), sibling('b:1', '2026-02-02')]);

    expect(ask(minimum(), numbers)).toEqual(winner('c:1'));
    expect(ask(maximum(), numbers)).toEqual(winner('b:1'));
    expect(ask(minimum(), dates)).toEqual(winner('b:1'));
    expect(ask(maximum(), dates)).toEqual(winner('a:1'));
  });

  it('are undecided where there is no order to expect', () => {
    expect(ask(minimum(), conflict([sibling('a:1', 9), sibling('b:1', '10')]))).toEqual(noDecision);
    expect(ask(maximum(), conflict([sibling('a:1', 9), sibling('b:1', undefined)]))).toEqual(noDecision);
    expect(ask(maximum(), conflict([sibling('a:1', null), sibling('b:1', 1)]))).toEqual(noDecision);
    expect(ask(minimum(), deleteUpdate())).toEqual(noDecision);
  });
});

describe('union', () => {
  it('holds every item once, in the order of the writes', () => {
    const given = conflict([
      sibling('a:1', ['new', { b: 1, a: 2 }], { timestamp: '2026-02-02T12:00:00.000Z' }),
      sibling('b:1', ['old', { a: 2, b: 1 }, 'old']),
    ]);

    expect(ask(union(), given)).toEqual({ type: 'value', value: ['old', { a: 2, b: 1 }, 'new'] });
  });

  it('is undecided where a side is no array', () => {
    expect(ask(union(), conflict([sibling('a:1', ['x']), sibling('b:1', null)]))).toEqual(noDecision);
  });
});

describe('a preferred agent', () => {
  const given = conflict([
    sibling('a:1', 1, { agentId: 'claude-1' }),
    sibling('b:1', 2, { agentId: 'claude-1' }),
    sibling('c:1', 3, { agentId: 'claude-2' }),
  ]);

  it('wins with the last thing it wrote', () => {
    expect(ask(preferAgent('claude-1'), given)).toEqual(winner('b:1'));
    expect(ask(preferAgent(['mia', 'claude-2', 'claude-1']), given)).toEqual(winner('c:1'));
  });

  it('decides nothing where it wrote nothing', () => {
    expect(ask(preferAgent('mia'), given)).toEqual(noDecision);
  });

  it('is named, and once', () => {
    expect(() => preferAgent([])).toThrow(expect.objectContaining({ code: 'invalid_policy' }));
    expect(() => preferAgent(['mia', 'mia'])).toThrow(/twice/);
    expect(() => preferAgent('')).toThrow(/agent ids/);
  });
});

describe('combinators', () => {
  const given = conflict([sibling('a:1', 1), sibling('b:1', 2)]);

  it('choose by the kind of conflict', () => {
    const strategy = byConflict({ delete_update: deleteWins(), otherwise: minimum() });

    expect(ask(strategy, deleteUpdate())).toEqual(winner('laptop:1'));
    expect(ask(strategy, given)).toEqual(winner('a:1'));
    expect(ask(byConflict({ delete_update: deleteWins() }), given)).toEqual(noDecision);
  });

  it('choose by field, group or reference, and otherwise for existence', () => {
    const strategy = byField({ status: maximum(), trackId: detach(), otherwise: updateWins() });

    expect(ask(strategy, given)).toEqual(winner('b:1'));
    expect(ask(strategy, orphaned())).toEqual({ type: 'apply', action: 'detach' });
    expect(ask(strategy, deleteUpdate())).toEqual(winner('phone:1'));
    expect(
      ask(byField({ status: maximum() }), conflict([], { unit: { kind: 'field', field: 'constructor' } })),
    ).toEqual(noDecision);
  });

  it('ask one after the other until one decides', () => {
    expect(ask(firstThatDecides(preferAgent('nobody'), threeWay(), minimum()), given)).toEqual(winner('a:1'));
    expect(ask(firstThatDecides(userChoice(), review()), given)).toEqual(noDecision);
  });

  it('pass on an answer that is none, so that its author hears of it', () => {
    const wrong = defineStrategy({ name: 'wrong', version: 1, decide: () => ({}) as never });

    expect(ask(firstThatDecides(wrong, lastWriteWins()), given)).toMatchObject({ type: 'failed' });
  });

  it('claim what their parts claim, and list them in their options', () => {
    const strategy = firstThatDecides(threeWay(), byConflict({ otherwise: priorityBased() }));

    expect(strategy).toMatchObject({ usesBase: true, usesPriority: true });
    expect(strategy.options).toEqual({
      strategies: [
        { name: 'three_way', version: 1, options: {} },
        {
          name: 'by_conflict',
          version: 1,
          options: { otherwise: { name: 'priority_based', version: 1, options: {} } },
        },
      ],
    });
  });

  it('show the base to no part that says it does not read it', () => {
    const seen: boolean[] = [];
    const blind = defineStrategy({
      name: 'blind',
      version: 1,
      usesBase: false,
      decide: ({ hasBase }) => {
        seen.push(hasBase);
        return undecided;
      },
    });

    ask(firstThatDecides(blind, threeWay()), { ...given, hasBase: true, base: 1 });

    expect(seen).toEqual([false]);
  });

  it('are refused without parts, with parts that are none, and for kinds of conflict that there are not', () => {
    expect(() => byConflict({})).toThrow(/at least one/);
    expect(() => firstThatDecides()).toThrow(/at least one/);
    expect(() => byConflict({ delete_updates: deleteWins() } as never)).toThrow(/no kind of conflict/);
    expect(() => byField({ status: 'last write wins' as never })).toThrow(
      expect.objectContaining({ code: 'invalid_policy' }),
    );
  });
});

describe('a strategy of one’s own', () => {
  const decide = () => undecided;

  it('has a name of its own, a version and options that are JSON', () => {
    expect(defineStrategy({ name: 'mine', version: 2, options: { weight: 3 }, decide })).toMatchObject({
      name: 'mine',
      version: 2,
      options: { weight: 3 },
      usesBase: true,
      usesPriority: true,
    });
    expect(() => defineStrategy({ name: 'last_write_wins', version: 1, decide })).toThrow(/shipped/);
    expect(() => defineStrategy({ name: '', version: 1, decide })).toThrow(/name/);
    expect(() => defineStrategy({ name: 'mine', version: 0, decide })).toThrow(/whole number/);
    expect(() => defineStrategy({ name: 'mine', version: 1, options: { weight: Number.NaN }, decide })).toThrow(/JSON/);
    expect(() => defineStrategy({ name: 'mine', version: 1, decide: (async () => undecided) as never })).toThrow(
      /synchronous/,
    );
  });

  it('keeps the options that its fingerprint covers', () => {
    const options = { limits: [1, 2] };

    const strategy = defineStrategy({ name: 'mine', version: 1, options, decide });
    options.limits.push(3);

    expect(strategy.options).toEqual({ limits: [1, 2] });
    expect(Object.isFrozen(strategy.options['limits'])).toBe(true);
  });

  it('cannot pass for a shipped one', () => {
    const tweaked = { ...lastWriteWins(), decide };

    expect(() => firstThatDecides(tweaked)).toThrow(/a name of its own/);
  });
});

describe('a strategy as data', () => {
  const every: readonly MergeStrategy[] = [
    lastWriteWins(), priorityBased(), userChoice(), threeWay(), deleteWins(), updateWins(), restore(), detach(), cascade(), review(),
    minimum(), maximum(), union(), preferAgent(['mia', 'claude-1']),
    byConflict({ delete_update: deleteWins(), otherwise: firstThatDecides(threeWay(), userChoice()) }),
    byField({ status: maximum(), otherwise: priorityBased() }),
    firstThatDecides(preferAgent('mia'), byField({ status: union() })),
  ]; // prettier-ignore

  it('covers all that are shipped', () => {
    expect(every.map(({ name }) => name)).toEqual([...shippedNames]);
  });

  it.each(every)('comes back the same: $name', (strategy) => {
    const data = JSON.parse(JSON.stringify(strategyData(strategy))) as ReturnType<typeof strategyData>;

    const rebuilt = strategyFromData(data);

    expect(strategyData(rebuilt)).toEqual(data);
    expect(rebuilt).toMatchObject({ usesBase: strategy.usesBase, usesPriority: strategy.usesPriority });
    for (const given of [conflict([sibling('a:1', 1), sibling('b:1', 2)]), deleteUpdate(), orphaned()])
      expect(ask(rebuilt, given)).toEqual(ask(strategy, given));
  });

  it('is refused where it cannot be rebuilt as it was', () => {
    expect(() => strategyFromData({ name: 'mine', version: 1, options: {} })).toThrow(
      expect.objectContaining({ code: 'policy_missing' }),
    );
    expect(() => strategyFromData({ name: 'union', version: 2, options: {} })).toThrow(/version 1/);
    expect(() => strategyFromData({ name: 'union', version: 1, options: { by: 'id' } })).toThrow(/no option "by"/);
    expect(() => strategyFromData({ name: 'prefer_agent', version: 1, options: {} })).toThrow(/"agents", a list/);
    expect(() => strategyFromData(null as never)).toThrow(expect.objectContaining({ code: 'invalid_policy' }));
  });

  it('is refused where it is nested without end', () => {
    let data = strategyData(userChoice());
    for (let depth = 0; depth < 5_000; depth += 1)
      data = { name: 'first_that_decides', version: 1, options: { strategies: [data] } };

    expect(() => strategyFromData(data)).toThrow(/nested deeper/);
  });
});

it('three-way decides existence as any unit, where there is a base', () => {
  const given = { ...deleteUpdate(), hasBase: true, base: 'alive', unit: existence } as const;

  expect(ask(threeWay(), given)).toEqual(winner('laptop:1'));
});
