/**
 * Taking a decision back. What was settled once does not come back as a conflict (R20), so after the undo the person is
 * asked at once whether another side is right, and that answer is an ordinary write.
 */
import { isReknitError, type ConflictView, type JsonObject, type Replica } from '../../index.js';
import type { Output } from '../output/output.js';
import { shortened, visible, visibleValue } from '../output/visible.js';
import { keyedSidesMax, labelCharactersMax } from './choices.js';
import type { Prompts } from './prompts.js';

/** Answers whether it was undone; what stands in the way is said. */
export const undoDecision = async (
  conflict: ConflictView,
  { replica, prompts, output }: { readonly replica: Replica; readonly prompts: Prompts; readonly output: Output },
): Promise<boolean> => {
  const { resourceType, resourceId, siblings, conflictId } = conflict;
  try {
    await replica.conflicts.undo(conflictId);
  } catch (error) {
    tellRefusal(error, output);
    return false;
  }
  output.line(
    output.colors.green(`undone: ${visible(resourceType)} ${visible(resourceId)} shows what it showed before`),
  );
  const sides = siblings.slice(0, keyedSidesMax).map(({ agentId, value }, index) => ({
    key: String(index + 1),
    label: `${visible(agentId)}: ${shortened(visibleValue(value), labelCharactersMax)}`,
  }));
  const key = await prompts.key('Is another side right?', [{ key: 'k', label: 'leave it at that' }, ...sides]);
  const side = key === undefined ? undefined : siblings[Number(key) - 1];
  if (side !== undefined) {
    try {
      await writeSide(replica, conflict, side);
      output.line(output.colors.green('written'));
    } catch (error) {
      // It is undone all the same, and the walk goes on.
      tellRefusal(error, output);
    }
  }
  return true;
};

const tellRefusal = (error: unknown, { line, colors }: Output): void => {
  if (!isReknitError(error)) throw error;
  line(colors.yellow(visible(error.message)));
};

const writeSide = async (
  replica: Replica,
  { unit, resourceType, resourceId }: ConflictView,
  { value }: ConflictView['siblings'][number],
): Promise<void> => {
  switch (unit.kind) {
    case 'field':
      await replica.update(resourceType, resourceId, { [unit.field]: value ?? null });
      return;
    case 'group':
    case 'resource':
      await replica.update(resourceType, resourceId, value as JsonObject);
      return;
    case 'existence':
      // Before a decision it lives (R19).
      if (value === 'deleted') await replica.delete(resourceType, resourceId);
      return;
    case 'dependency':
      // Nothing is undone there.
      return;
  }
};
