/** The conflicts that a rule would have decided, and where somebody decided otherwise. Nothing is written. */
import { checkRule, matchesRule } from '../../domain/automation/rule.js';
import { decideByRule } from '../../domain/automation/rule-decision.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import type { Json } from '../../domain/shared/json.js';
import type { Policy } from '../../domain/strategies/policy.js';
import type { ResolutionView } from '../reading/conflict-view.js';
import type { ConflictOutline } from '../review/conflict-outline.js';
import type { ConflictReview } from '../review/review.js';
import type { NewRule } from './rule-book.js';

/** A pending conflict that a rule would decide. */
export interface RuledConflict {
  readonly outline: ConflictOutline;
  /** What the rule would make of it. */
  readonly to?: Json;
  /** It is resolved, and to something else. */
  readonly isOtherwise: boolean;
}

const chunkSize = 200;

/** @param outlines those to be asked about; what does not match is passed over */
export const previewRule = async (
  rule: Pick<NewRule, 'match' | 'choose'>,
  outlines: readonly ConflictOutline[],
  { review, policy }: { readonly review: Pick<ConflictReview, 'consider'>; readonly policy: Policy },
): Promise<readonly RuledConflict[]> => {
  checkRule(rule.match, rule.choose, undefined);
  const matched = outlines.filter((outline) => matchesRule(rule.match, outline));
  const found: RuledConflict[] = [];
  for (let start = 0; start < matched.length; start += chunkSize) {
    const chunk = matched.slice(start, start + chunkSize);
    const considered = new Map(
      (await review.consider(chunk.map(({ conflictId }) => conflictId))).map((one) => [one.record.conflictId, one]),
    );
    for (const outline of chunk) {
      const one = considered.get(outline.conflictId);
      const decision =
        one === undefined ? undefined : decideByRule(rule, one.case, policy.rulesFor(outline.resourceType));
      if (one === undefined || decision === undefined) continue;
      const to =
        'value' in decision
          ? decision.value
          : one.view.siblings.find(({ eventId }) => eventId === decision.choose)?.value;
      const isOtherwise = outline.status === 'resolved' && !sameJson(to, resultOf(one.view.resolution));
      found.push({ outline, isOtherwise, ...(to === undefined ? {} : { to }) });
    }
  }
  return found;
};

/** What a resolved conflict was resolved to; undefined where that is absent, or no value. */
export const resultOf = (resolution: ResolutionView | undefined): Json | undefined => {
  switch (resolution?.type) {
    case 'winner':
    case 'value':
      return resolution.value;
    case 'closed':
      return resolution.values[0] ?? undefined;
    case 'apply':
    case 'moot':
    case undefined:
      return undefined;
  }
};
