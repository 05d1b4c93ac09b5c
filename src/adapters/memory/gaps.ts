/** How far each replica's numbers go here, and which of them are explained and not stored (S13). */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import { countIn, type VersionVector } from '../../domain/causality/version-vector.js';
import type { Dot, ReplicaId } from '../../domain/events/event.js';
import type { DotRange } from '../../domain/merge/unit-of-work.js';
import { holds, type Contents } from './contents.js';
import { joinRanges } from './explained.js';

export const readGaps = (contents: Contents, replicaId: string): readonly DotRange[] => {
  const gaps: DotRange[] = [];
  const prefix = contents.prefixes.get(replicaId as ReplicaId) ?? 0;
  for (let seq = 1; seq <= prefix; seq += 1)
    if (!holds(contents, dotOf(replicaId as ReplicaId, seq))) gaps.push({ replicaId, from: seq, to: seq });
  return joinRanges(gaps);
};

export const readReplicas = (contents: Contents): VersionVector => {
  const highest = Object.create(null) as Record<string, number>;
  const note = (dot: Dot): void => {
    const parts = parseDot(dot);
    if (parts !== undefined) highest[parts.replicaId] = Math.max(countIn(highest, parts.replicaId), parts.seq);
  };
  for (const dots of [contents.log, contents.parked, contents.voids]) for (const dot of dots.keys()) note(dot);
  return highest;
};
