/**
 * A walk through the conflicts that wait for somebody: one after the other is shown, settled by a key or left for
 * later. Every decision is recorded at once, so whoever quits, or is cut off, goes on where they were.
 */
import { isReknitError, type ConflictView, type Replica, type Resolution } from '../../index.js';
import type { Output } from '../output/output.js';
import { counted } from '../output/table.js';
import { visible } from '../output/visible.js';
import { choicesFor } from './choices.js';
import { conflictLines } from './conflict-screen.js';
import type { Prompts } from './prompts.js';
import { undoDecision } from './undo-decision.js';
import { editableText, textProblem, valueOfText } from './value-text.js';

export interface WalkReport {
  readonly settled: number;
  readonly undone: number;
  /** Pending when it ended. */
  readonly left: number;
}

export interface WalkDeps {
  readonly replica: Replica;
  readonly prompts: Prompts;
  readonly output: Output;
  /** Only conflicts of this type. */
  readonly resourceType: string | undefined;
}

type Step = 'next' | 'again' | 'quit';

const pageSize = 50;

export const walkConflicts = async ({ replica, prompts, output, resourceType }: WalkDeps): Promise<WalkReport> => {
  /** Shown and left for later, or settled and known not to come back. */
  const passed = new Set<string>();
  const settled: ConflictView[] = [];
  let undone = 0;
  let note: string | undefined;
  let isWhole = false;

  const pending = async (limit: number): Promise<readonly string[]> => {
    const query = { status: 'pending_review', ...(resourceType === undefined ? {} : { resourceType }) } as const;
    let after: string | undefined;
    for (;;) {
      const { items, next } = await replica.conflicts.page({
        ...query,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      });
      const waiting = items.map(({ conflictId }) => conflictId).filter((id) => !passed.has(id));
      if (waiting.length > 0 || next === undefined) return waiting.slice(0, limit);
      after = next;
    }
  };

  /** What stands in the way of a decision is said, and whatever stands now is shown next. */
  const refused = (error: unknown): Step => {
    if (!isReknitError(error)) throw error;
    output.line(output.colors.yellow(visible(error.message)));
    return isReknitError(error, 'conflict_closed', 'conflict_superseded', 'conflict_not_found') ? 'next' : 'again';
  };

  const decide = async (conflict: ConflictView, resolution: Resolution): Promise<Step> => {
    try {
      await replica.conflicts.resolve(conflict.conflictId, resolution, note === undefined ? {} : { note });
    } catch (error) {
      return refused(error);
    }
    note = undefined;
    settled.push(conflict);
    output.line(output.colors.green('settled'));
    return 'next';
  };

  const edit = async (conflict: ConflictView, schemaProblem: (value: unknown) => string | undefined): Promise<Step> => {
    const [first] = conflict.siblings;
    const given = await prompts.text('The value', editableText((conflict.local ?? first)?.value), (text) =>
      textProblem(conflict, text, schemaProblem),
    );
    return given === undefined ? 'again' : decide(conflict, { value: valueOfText(given) });
  };

  const another = async (conflict: ConflictView): Promise<Step> => {
    const sideOf = (text: string) => (/^\d+$/.test(text) ? conflict.siblings[Number(text) - 1] : undefined);
    const given = await prompts.text('The number of the side', '', (text) =>
      sideOf(text) === undefined ? `Type a number from 1 to ${conflict.siblings.length}.` : undefined,
    );
    const side = given === undefined ? undefined : sideOf(given);
    return side === undefined ? 'again' : decide(conflict, { choose: side.eventId });
  };

  const undo = async (): Promise<Step> => {
    const last = settled.pop();
    if (last !== undefined && (await undoDecision(last, { replica, prompts, output }))) undone += 1;
    return 'again';
  };

  const ask = async (conflict: ConflictView, place: string): Promise<Step> => {
    const [considered] = await replica.review.consider([conflict.conflictId]);
    const lines = conflictLines(conflict, {
      colors: output.colors,
      columns: prompts.columns(),
      isWhole,
      warningsOf: (eventId) => (considered?.clockWarnings.get(eventId) ?? []).map(({ message }) => message),
    });
    output.line(`\n${output.colors.dim(place)}`);
    for (const line of lines) output.line(line);
    const both = considered?.both === undefined ? undefined : { value: considered.both };
    const choices = choicesFor(conflict, { both, canUndo: settled.length > 0 });
    const key = await prompts.key('What is right?', choices.options);
    if (key === undefined) return 'quit';
    const choice = choices.of(key);
    switch (choice.type) {
      case 'decide':
        return decide(conflict, choice.resolution);
      case 'another':
        return another(conflict);
      case 'edit':
        return edit(conflict, (value) => {
          const issues = replica.review.check(conflict.resourceType, conflict.unit, value as never);
          return issues.length === 0 ? undefined : issues.map(({ message }) => message).join('; ');
        });
      case 'note':
        note = (await prompts.text('Why', note ?? '', () => undefined)) ?? note;
        return 'again';
      case 'whole':
        isWhole = !isWhole;
        return 'again';
      case 'later':
        passed.add(conflict.conflictId);
        return 'next';
      case 'undo':
        return undo();
      case 'quit':
        return 'quit';
    }
  };

  for (let shown = 1, next = (await pending(1))[0]; next !== undefined; next = (await pending(1))[0]) {
    const conflict = await replica.conflicts.get(next);
    if (conflict?.status !== 'pending_review') {
      passed.add(next);
      continue;
    }
    const { conflictsPending } = await replica.status();
    const step = await ask(conflict, `conflict ${shown}, ${counted(conflictsPending, 'conflict')} pending`);
    if (step === 'quit') break;
    if (step === 'next') shown += 1;
  }
  const { conflictsPending } = await replica.status();
  return { settled: settled.length, undone, left: conflictsPending };
};
