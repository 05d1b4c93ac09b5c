/** The desk's words for what the engine names in its own: kinds of conflicts, strategies, units, outcomes. */
import type {
  BulkChoice,
  ConflictType,
  DecidedBy,
  Json,
  Resolution,
  Unit,
  ValuePreview,
} from '../../src/adapters/desk/api/index.js';
import { spelledOut } from '../values/unseen.js';

export const kindWords: Readonly<Record<ConflictType, { readonly name: string; readonly means: string }>> = {
  concurrent_modification: {
    name: 'changed twice',
    means: 'It was changed in several places that had not seen each other.',
  },
  delete_update: { name: 'deleted and changed', means: 'One side deleted it, another went on changing it.' },
  create_create: { name: 'created twice', means: 'It was created in several places, with different content.' },
  dependency: { name: 'refers to a deleted one', means: 'It refers to something that was deleted elsewhere.' },
  concurrent_resolution: {
    name: 'settled twice',
    means: 'Several people settled it, each in another way and without seeing the other.',
  },
};

export const kindName = (kind: string): string => kindWords[kind as ConflictType]?.name ?? kind;

const strategyWords: Readonly<Record<string, string>> = {
  last_write_wins: 'the last write',
  priority_based: 'the highest priority',
  three_way: 'the one that changed (three-way)',
  minimum: 'the smallest',
  maximum: 'the largest',
  union: 'all of them (union)',
  prefer_agent: 'the preferred agent',
  delete_wins: 'the delete',
  update_wins: 'the update',
  user_choice: 'a person',
  review: 'a person',
  by_conflict: 'by kind of conflict',
  by_field: 'by field',
  first_that_decides: 'the first that decides',
  restore: 'bring the deleted one back',
  detach: 'empty the reference',
  cascade: 'delete this one too',
};

/** What a strategy goes by, for "Last write wins: …" in a sentence of ours. */
export const strategyName = (name: string): string => strategyWords[name] ?? spelledOut(name.replaceAll('_', ' '));

/** Shipped strategies that can decide many conflicts at once without further options. */
export const bulkStrategies = [
  'last_write_wins',
  'priority_based',
  'three_way',
  'update_wins',
  'delete_wins',
  'minimum',
  'maximum',
  'union',
] as const;

export const unitName = (unit: Unit): string => {
  switch (unit.kind) {
    case 'field':
      return spelledOut(unit.field);
    case 'group':
      return spelledOut(unit.group);
    case 'resource':
      return 'everything';
    case 'existence':
      return 'existence';
    case 'dependency':
      return `reference ${spelledOut(unit.field)}`;
  }
};

/** What a side of a dispute about existence, or about a reference, did. */
export const sideWords = (kind: 'existence' | 'dependency', value: Json | ValuePreview | undefined): string => {
  const isDeletion = value === 'deleted' || (isRecordOf(value) && value['text'] === '"deleted"');
  if (kind === 'existence') return isDeletion ? 'deleted it' : 'kept it, and went on';
  return isDeletion ? 'deleted the target' : 'refers to it';
};

const isRecordOf = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

export const actionWords: Readonly<Record<string, { readonly name: string; readonly means: string }>> = {
  restore: { name: 'Bring it back', means: 'The deleted resource lives again.' },
  detach: { name: 'Empty the reference', means: 'The reference is set to null.' },
  cascade: { name: 'Delete this one too', means: 'The resource that refers to it is deleted.' },
  keep: { name: 'Leave it', means: 'The reference goes on naming a deleted resource.' },
};

export const decidedWords = (decided: DecidedBy): string => {
  const who = decided.agentId === undefined ? '' : spelledOut(decided.agentId);
  switch (decided.by) {
    case 'person':
      return `by ${who === '' ? 'a person' : who}`;
    case 'rule':
      return `by a rule${who === '' ? '' : ` of ${who}`}`;
    case 'strategy':
      return `by policy: ${strategyName(decided.name ?? '')}`;
    case 'write':
      return `by a later write${who === '' ? '' : ` of ${who}`}`;
    case 'deletion':
      return 'the resource is deleted';
  }
};

export const choiceWords = (choice: BulkChoice | Resolution): string => {
  if ('agentId' in choice) return `what ${spelledOut(choice.agentId)} wrote`;
  if ('replicaId' in choice) return `the side of ${spelledOut(choice.replicaId)}`;
  if ('strategy' in choice) return strategyName(choice.strategy);
  if ('both' in choice) return 'both';
  if ('apply' in choice) return actionWords[choice.apply]?.name ?? choice.apply;
  if ('choose' in choice) return choice.choose === 'local' ? 'the side of this replica' : 'the last of the others';
  return 'a value';
};

/** `1 conflict`, `3 conflicts`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;
