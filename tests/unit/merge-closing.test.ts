/** Who closed a conflict (R20), where its answers come together: found by the convergence property. */
import { expect, test } from 'vitest';
import { engineOn } from '../support/engine.js';
import { eventOf } from '../support/histories/event-builder.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';

test('two answers that come in one batch both close the conflict, though its sides lie far back', async () => {
  const { store, deliver } = engineOn(tinyPolicy());
  const born = eventOf('a:1', 'create', { status: 'todo' });
  const one = eventOf('a:2', 'update', { status: 'doing' }, [born]);
  const other = eventOf('b:1', 'update', { status: 'done' }, [born]);
  const seesBoth = eventOf('a:3', 'update', { title: 'x' }, [one, other]);
  await deliver([born, one, other, seesBoth]);

  await deliver([
    eventOf('a:4', 'resolve', { status: 'done' }, [seesBoth]),
    eventOf('b:2', 'update', { status: 'doing' }, [seesBoth]),
  ]);

  const { items } = await store.readConflicts({ limit: 10 });
  expect(items.map(({ record: { siblings, closedBy } }) => ({ siblings, closedBy }))).toContainEqual({
    siblings: ['a:2', 'b:1'],
    closedBy: ['a:4', 'b:2'],
  });
});
