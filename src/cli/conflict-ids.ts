/** Conflict ids are long; their beginning will do where it names one conflict alone. */
import { ReknitError, type Replica } from '../index.js';

const partOfId = /^[0-9a-f]{6,63}$/;

/** The whole id of a conflict; any other text, such as the id of an event, as it is. */
export const wholeConflictId = async (replica: Replica, text: string): Promise<string> => {
  if (!partOfId.test(text)) return text;
  // Ids stand in order, so those with this beginning follow it.
  const { items } = await replica.conflicts.page({ after: text, limit: 2 });
  const matching = items.map(({ conflictId }) => conflictId).filter((id) => id.startsWith(text));
  if (matching.length > 1)
    throw new ReknitError('ambiguous_conflict', `several conflicts begin with ${text}: give more of the id`, {
      conflictIds: matching,
    });
  return matching[0] ?? text;
};
