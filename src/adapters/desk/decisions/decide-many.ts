/** One choice about many conflicts: each is decided as it was looked at, and one that cannot be stops no other. */
import type { Decision } from '../../../application/index.js';
import { isReknitError } from '../../../domain/shared/errors.js';
import type { BulkAnswer, BulkChoice } from '../api/index.js';
import { requireResolve, typesOf, type DeskCore } from '../core.js';
import type { DeskPerson } from '../options.js';
import { changedCodes } from '../problems.js';
import { permittedFor, visibleConflict } from './permitted.js';

type Verdict = BulkAnswer['items'][number];

/** @param items conflicts, each with the version that was looked at */
export const decideMany = async (
  { replica }: DeskCore,
  items: readonly { readonly conflictId: string; readonly version: string }[],
  choice: BulkChoice,
  note: string | undefined,
  person: DeskPerson,
): Promise<BulkAnswer> => {
  const considered = new Map(
    (await replica.review.consider(items.map(({ conflictId }) => conflictId))).map((one) => [
      one.record.conflictId,
      one,
    ]),
  );
  const verdicts = new Map<number, Verdict>();
  const decisions: (Decision & { readonly index: number })[] = [];
  for (const [at, { conflictId, version }] of items.entries())
    try {
      const one = visibleConflict(considered.get(conflictId), conflictId, person);
      requireResolve(typesOf(one.record), person);
      if (one.version === version)
        decisions.push({
          index: at,
          conflictId,
          resolution: permittedFor(choice, one, person),
          options: { ifVersion: version, ...(note === undefined ? {} : { note }) },
        });
      else verdicts.set(at, { conflictId, verdict: 'stale', version: one.version });
    } catch (error) {
      verdicts.set(at, refusedVerdict(conflictId, error));
    }
  for (const [at, answer] of (await replica.as(person.agentId).conflicts.resolveAll(decisions)).entries()) {
    const decision = decisions[at];
    if (decision === undefined) continue;
    const { conflictId } = decision;
    verdicts.set(
      decision.index,
      'answer' in answer
        ? { conflictId, verdict: 'done', eventId: answer.answer.eventId }
        : refusedVerdict(conflictId, answer.error),
    );
  }
  const count = (verdict: string): number => [...verdicts.values()].filter((one) => one.verdict === verdict).length;
  return {
    items: items.flatMap((_, at) => verdicts.get(at) ?? []),
    done: count('done'),
    stale: count('stale'),
    refused: count('refused'),
  };
};

const refusedVerdict = (conflictId: string, error: unknown): Verdict => {
  if (!isReknitError(error)) throw error;
  if (changedCodes.includes(error.code)) return { conflictId, verdict: 'stale' };
  return { conflictId, verdict: 'refused', code: error.code, message: error.message };
};
