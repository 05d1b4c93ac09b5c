/** Previewing and making one choice for any number of conflicts: in parts that the server takes, with progress. */
import type { BulkAnswer, BulkChoice, PreviewItem } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';

/** Conflicts of one request; the server's own limit. */
const partSize = 500;

export interface BulkPreview {
  readonly items: readonly PreviewItem[];
  readonly willSettle: number;
  readonly willChange: number;
  readonly refusedCount: number;
}

const parts = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / partSize) }, (_, index) =>
    items.slice(index * partSize, (index + 1) * partSize),
  );

/** Stops, without an answer, when it is told that nobody waits any more. */
export const previewAll = async (
  conflictIds: readonly string[],
  choice: BulkChoice,
  onProgress: (done: BulkPreview) => void,
  signal: AbortSignal,
): Promise<void> => {
  let whole: BulkPreview = { items: [], willSettle: 0, willChange: 0, refusedCount: 0 };
  for (const part of parts(conflictIds)) {
    const answer = await desk.preview({ conflictIds: [...part], choice });
    if (signal.aborted) return;
    whole = {
      items: [...whole.items, ...answer.items],
      willSettle: whole.willSettle + answer.willSettle,
      willChange: whole.willChange + answer.willChange,
      refusedCount: whole.refusedCount + answer.refusedCount,
    };
    onProgress(whole);
  }
};

export type BulkResult = Pick<BulkAnswer, 'done' | 'stale' | 'refused'> & { readonly items: BulkAnswer['items'] };

export const decideAll = async (
  items: readonly PreviewItem[],
  choice: BulkChoice,
  note: string,
  onProgress: (done: BulkResult) => void,
): Promise<BulkResult> => {
  let whole: BulkResult = { done: 0, stale: 0, refused: 0, items: [] };
  for (const part of parts(items)) {
    const answer = await desk.bulk({
      items: part.map(({ conflictId, version }) => ({ conflictId, version })),
      choice,
      ...(note === '' ? {} : { note }),
    });
    whole = {
      done: whole.done + answer.done,
      stale: whole.stale + answer.stale,
      refused: whole.refused + answer.refused,
      items: [...whole.items, ...answer.items],
    };
    onProgress(whole);
  }
  return whole;
};
