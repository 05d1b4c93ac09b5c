/**
 * One conflict as a person sees it who is about to settle it: what was there, and each side with who wrote it, when and
 * why, its differences marked. Sides stand beside each other where the terminal is wide enough, otherwise below.
 */
import type { ConflictView } from '../../index.js';
import { differencesBetween, markedDifferences } from '../output/differences.js';
import { unitText, type ConflictSide } from '../output/event-text.js';
import type { Colors } from '../output/output.js';
import { columnsText } from '../output/table.js';
import { visible, visibleValue } from '../output/visible.js';

export interface ScreenOptions {
  readonly colors: Colors;
  /** Characters in a line. */
  readonly columns: number;
  /** Long values in full. */
  readonly isWhole: boolean;
  /** Remarks about a side, by event id. */
  readonly warningsOf: (eventId: string) => readonly string[];
}

/** Narrower columns break values into shreds. */
const sideColumnsMin = 32;

export const conflictLines = (conflict: ConflictView, options: ScreenOptions): readonly string[] => {
  const { colors, columns, isWhole } = options;
  const { resourceType, resourceId, conflictType, base, siblings } = conflict;
  const lines = [
    `${colors.bold(`${visible(resourceType)} ${visible(resourceId)}`)}  ${unitText(conflict)}  ${colors.dim(conflictType.replaceAll('_', ' '))}`,
  ];
  if (base !== undefined)
    lines.push(
      `${colors.dim('before')}  ${markedDifferences([{ kind: 'same', text: visibleValue(base) }], colors, { isWhole })}`,
    );
  const sides = siblings.map((side, index) => sideLines(side, index, conflict, options));
  const width = Math.floor((columns - gap * (sides.length - 1)) / sides.length);
  if (sides.length > 1 && width >= sideColumnsMin)
    lines.push(
      columnsText(
        sides.map((one) => one.join('\n')),
        width,
      ),
    );
  else lines.push(...sides.flat());
  return lines;
};

const gap = 2;

const sideLines = (
  side: ConflictSide,
  index: number,
  { base, local, unit }: ConflictView,
  { colors, isWhole, warningsOf }: ScreenOptions,
): readonly string[] => {
  const here = local?.eventId === side.eventId ? ' (here)' : '';
  const { agentId, replicaId, timestamp, note, value, eventId } = side;
  // Whether something exists has no letters to compare.
  const parts =
    unit.kind === 'existence' || unit.kind === 'dependency' || base === undefined
      ? [{ kind: 'same' as const, text: visibleValue(value) }]
      : differencesBetween(base, value);
  return [
    `${colors.cyan(String(index + 1))}  ${colors.bold(visible(agentId))} on ${visible(replicaId)}${here}`,
    colors.dim(timestamp),
    ...(note === undefined ? [] : [`"${visible(note)}"`]),
    ...warningsOf(eventId).map((warning) => colors.yellow(visible(warning))),
    markedDifferences(parts, colors, { isWhole }),
  ];
};
