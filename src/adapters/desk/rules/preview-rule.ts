/** What a rule would decide among the conflicts that this person sees, and where it would have decided otherwise. */
import type { ConflictOutline, NewRule, RuledConflict } from '../../../application/index.js';
import type { RulePreview } from '../api/index.js';
import { asideOf, type DeskCore } from '../core.js';
import { entryOf } from '../inbox/entry.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { previewOf } from '../shown/value.js';

/** Conflicts that a preview asks the rule about, pending and resolved each, the newest first. */
const askedMax = 2_000;
const shownMax = 100;
const chunkSize = 500;

export const previewRule = async (core: DeskCore, rule: NewRule, person: DeskPerson): Promise<RulePreview> => {
  const { index, replica, search } = core;
  await index.ready();
  const found: RuledConflict[] = [];
  for (const status of ['pending', 'resolved'] as const) {
    const ids = index
      .entries()
      .filter(
        ({ summary, types }) =>
          summary.status === status && summary.resourceType === rule.match.resourceType && maySee(person, { types }),
      )
      .slice(0, askedMax)
      .map(({ summary }) => summary.conflictId);
    for (let start = 0; start < ids.length; start += chunkSize) {
      const outlines: readonly ConflictOutline[] = await replica.review.find(ids.slice(start, start + chunkSize));
      found.push(...(await replica.rules.preview(rule, outlines)));
    }
  }
  const aside = await asideOf(core);
  return {
    pending: found.filter(({ outline }) => outline.status === 'pending_review').length,
    resolved: found.filter(({ outline }) => outline.status === 'resolved').length,
    otherwise: found.filter(({ isOtherwise }) => isOtherwise).length,
    items: found.slice(0, shownMax).map(({ outline, to, isOtherwise }) => ({
      conflict: search.summaryOf(entryOf(outline, replica.replicaId), person, aside),
      isOtherwise,
      ...(to === undefined ? {} : { to: previewOf(to) }),
    })),
  };
};
