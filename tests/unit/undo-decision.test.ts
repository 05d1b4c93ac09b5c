/** Taking a decision back in the terminal, where the write that follows is refused. */
import colors from 'picocolors';
import { expect, test } from 'vitest';
import type { Output } from '../../src/cli/output/output.js';
import { undoDecision } from '../../src/cli/review/undo-decision.js';
import { ReknitError, type ConflictView, type Replica } from '../../src/index.js';

test('a side that cannot be written is said, and the walk goes on', async () => {
  const lines: string[] = [];
  const conflict = {
    conflictId: 'c',
    resourceType: 'task',
    resourceId: 't',
    unit: { kind: 'field', field: 'title' },
    siblings: [{ agentId: 'ada', value: 'A' }],
  } as unknown as ConflictView;
  const replica = {
    conflicts: { undo: async () => undefined },
    update: async () => {
      throw new ReknitError('bad_value', 'the title is refused\u001b[2J');
    },
  } as unknown as Replica;

  const isUndone = await undoDecision(conflict, {
    replica,
    prompts: { key: async () => '1' as never, text: async () => undefined, columns: () => 80 },
    output: { line: (text = '') => void lines.push(text), colors: colors.createColors(false) } as unknown as Output,
  });

  expect(isUndone).toBe(true);
  expect(lines.at(-1)).toBe(String.raw`the title is refused\u001b[2J`);
});
