/**
 * What becomes of one event, as far as can be said now. The answer depends on what is decided about
 * its author's earlier events and its parents, never on the order in which they came: where it could
 * still change, the event waits.
 */
import { dotOf } from '../../domain/causality/dot.js';
import type { Dot } from '../../domain/events/event.js';
import { gapBefore, waitingBefore, type Author } from './authors.js';
import type { Candidate } from './candidate.js';
import { hasSeenOwnPast, seesOwnPastAtOnce, type AddedLineage } from './own-past.js';
import type { Asking } from './questions.js';
import { hasOthers, standingOf, type Slots } from './slots.js';

export type Judgement =
  | { readonly type: 'accept' }
  | { readonly type: 'refuse'; readonly code: string; readonly message: string }
  | { readonly type: 'wait'; readonly waits: readonly Dot[] };

const accept: Judgement = { type: 'accept' };

const refusals = {
  parent_refused: 'builds on an event that was refused: record the change again on what is current',
  own_past_unseen: 'does not build on an earlier event of its author on the same resource',
} as const;

const refuse = (code: keyof typeof refusals, dot: Dot): Judgement => ({
  type: 'refuse',
  code,
  message: `${dot} ${refusals[code]}`,
});

/** Undefined where all depends on what its author had seen, and only the log can tell that. */
export const judge = (
  { sealed: { event, dot }, resource, refusal, wasHeld }: Candidate,
  author: Author,
  slots: Slots,
  added: AddedLineage,
): Judgement | undefined => {
  // An own event that is not known could be one of this resource.
  if (event.seq > author.head + 1 && !wasHeld)
    return { type: 'wait', waits: [dotOf(event.replicaId, gapBefore(author, event.seq))] };
  if (refusal !== undefined) return { type: 'refuse', ...refusal };

  let waits: Dot[] | undefined;
  for (const parent of event.parents) {
    const standing = standingOf(slots.find(parent), resource);
    // Nothing that may still come can change that.
    if (standing === 'refused') return refuse('parent_refused', dot);
    // One of another resource only is none; where its dot has another content, that may still come, and be one (R5).
    if (standing !== 'accepted') (waits ??= []).push(parent);
  }
  const ownDotOf = (seq: number): Dot => dotOf(event.replicaId, seq);
  const own = waitingBefore(author, event.seq, resource, (seq) => !hasOthers(slots.find(ownDotOf(seq))));
  if (own !== undefined && waits?.includes(ownDotOf(own)) !== true) (waits ??= []).push(ownDotOf(own));
  if (waits !== undefined) return { type: 'wait', waits };
  const { seq, parents } = event;
  return seesOwnPastAtOnce({ author, seq, resource, parents }, added) ? accept : undefined;
};

/** For an event with which nothing else is wrong. */
export function* judgeByLog(
  { sealed: { event, dot }, resource }: Candidate,
  author: Author,
  added: AddedLineage,
): Asking<Judgement> {
  const { seq, parents } = event;
  const hasSeen = yield* hasSeenOwnPast({ author, seq, resource, parents }, added);
  return hasSeen ? accept : refuse('own_past_unseen', dot);
}
