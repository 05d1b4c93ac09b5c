/**
 * Pages in larger pieces. A remote keeps its pages small, so that one reader holds up no other; a merge costs less an
 * event the more of a resource's events it sees at once. So pages are gathered up to what one commit takes, and the
 * next is asked for while the last piece is merged: the remote and this side work at the same time.
 *
 * What came before something failed is handed on first: it was read, and need not be read again.
 */
import { roughBytesOf, type BatchSize } from '../batch-size.js';
import type { PullPage, SkippedDots } from '../ports/remote.js';

/** Pages that wait in memory, besides what bounds the batch that they make. */
export const joinedPagesMax = 100;

export async function* joinedPages(
  pull: (cursor: string | undefined) => Promise<PullPage>,
  start: string | undefined,
  size: BatchSize,
): AsyncGenerator<PullPage, void, undefined> {
  let coming = pull(start);
  let cursor = start;
  for (;;) {
    const first = await coming;
    if (!goesOn(first, cursor)) return yield first;
    ({ cursor } = first);
    const parts = [first];
    const limits = size.limits();
    let events = first.events.length;
    let bytes = roughBytesOfAll(first);
    let failure: { readonly error: unknown } | undefined;
    let last: PullPage | undefined;
    while (events < limits.events && bytes < limits.bytes && parts.length < joinedPagesMax) {
      try {
        const page = await pull(cursor);
        if (!goesOn(page, cursor)) {
          last = page;
          break;
        }
        parts.push(page);
        ({ cursor } = page);
        events += page.events.length;
        bytes += roughBytesOfAll(page);
      } catch (error) {
        failure = { error };
        break;
      }
    }
    if (last !== undefined && isSound(last)) {
      yield joinPages([...parts, last]);
      return;
    }
    const isOver = last !== undefined || failure !== undefined;
    if (!isOver) {
      coming = pull(cursor);
      // Whoever stops here does not wait for it.
      coming.catch(() => undefined);
    }
    yield joinPages(parts);
    if (failure !== undefined) throw failure.error;
    if (last !== undefined) return yield last;
  }
}

/** Whether there is another page after it. What is no page, or leads nowhere, is the caller's to judge. */
const goesOn = (page: PullPage | undefined, cursor: string | undefined): page is PullPage =>
  isSound(page) && page.more && page.cursor !== cursor;

const roughBytesOfAll = ({ events }: PullPage): number =>
  events.reduce<number>((sum, event) => sum + roughBytesOf(event), 0);

const isSound = (page: PullPage | undefined): page is PullPage =>
  Array.isArray(page?.events) && typeof page.cursor === 'string' && typeof page.more === 'boolean';

/** Several pages that follow one another, as the one that they would be. */
export const joinPages = (pages: readonly PullPage[]): PullPage => {
  const [first] = pages;
  const last = pages.at(-1);
  if (first === undefined || last === undefined || pages.length === 1) return first as PullPage;
  const mark = last.mark;
  return {
    events: pages.flatMap(({ events }) => events),
    receipts: pages.flatMap(({ events, receipts }) => receipts ?? events.map(() => undefined)),
    refusals: pages.flatMap(({ refusals = [] }) => refusals),
    skipped: joinSkipped(pages.flatMap(({ skipped }) => (skipped === undefined ? [] : [skipped]))),
    cursor: last.cursor,
    ...(mark === undefined ? {} : { mark }),
    more: last.more,
  };
};

const joinSkipped = (all: readonly SkippedDots[]): SkippedDots => {
  const joined = new Map<string, readonly (readonly [from: number, to: number])[]>();
  for (const skipped of all)
    for (const [replicaId, ranges] of Object.entries(skipped))
      joined.set(replicaId, [...(joined.get(replicaId) ?? []), ...ranges]);
  return Object.fromEntries(joined);
};
