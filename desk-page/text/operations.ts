/** What an event does, in a word and by a sign. */
import type { HistoryEvent } from '../../src/adapters/desk/api/index.js';

export const operationWords: Readonly<
  Record<HistoryEvent['operation'], { readonly name: string; readonly sign: string }>
> = {
  create: { name: 'Create', sign: '+' },
  update: { name: 'Change', sign: '~' },
  delete: { name: 'Delete', sign: '−' },
  resolve: { name: 'Settle', sign: '✓' },
};

const statusWords: Readonly<Record<string, string>> = {
  local_only: 'only here yet',
  synced: 'known elsewhere too',
  conflict: 'a side of a pending conflict',
  resolved: 'a side of a settled conflict',
  parked: 'waits for what it builds on',
  void: 'void: two contents under one number',
  refused: 'refused by the hub',
};

export const statusName = (status: string): string => statusWords[status] ?? status;
