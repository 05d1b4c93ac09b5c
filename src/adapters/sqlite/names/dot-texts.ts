/**
 * Dots as the file writes them: with the replica's small integer, `3:17`, several with spaces
 * between. The parent of most events is one earlier event of the same replica, so that is
 * written as its number alone.
 */
import type { Dot } from '../../../domain/events/event.js';
import type { ReplicaEntry, Replicas } from './replicas.js';

export interface DotTexts {
  /** Undefined where the file does not have the dot's replica. */
  readonly find: (dot: Dot) => readonly [replica: number, seq: number] | undefined;
  readonly partsFor: (dot: Dot) => readonly [entry: ReplicaEntry, seq: number];
  readonly write: (dots: readonly Dot[]) => string | null;
  readonly read: (text: string | null) => readonly Dot[];
  readonly writeParents: (parents: readonly Dot[], own: ReplicaEntry) => string | number | null;
  readonly readParents: (parents: string | number | null, own: ReplicaEntry) => readonly Dot[];
}

const noDots: readonly Dot[] = [];

export const dotTextsOf = (replicas: Replicas): DotTexts => {
  const write = (dots: readonly Dot[]): string | null => (dots.length === 0 ? null : dots.map(writeOne).join(' '));
  const writeOne = (dot: Dot): string => {
    const colon = dot.lastIndexOf(':');
    return `${replicas.entryFor(dot.slice(0, colon)).id}${dot.slice(colon)}`;
  };
  const read = (text: string | null): readonly Dot[] =>
    text === null || text === '' ? noDots : text.split(' ').map(readOne);
  const readOne = (text: string): Dot => {
    const colon = text.indexOf(':');
    return `${replicas.entryOf(Number(text.slice(0, colon))).replicaId}${text.slice(colon)}` as Dot;
  };
  return {
    find: (dot) => {
      const colon = dot.lastIndexOf(':');
      const entry = replicas.find(dot.slice(0, colon));
      return entry === undefined ? undefined : [entry.id, Number(dot.slice(colon + 1))];
    },
    partsFor: (dot) => {
      const colon = dot.lastIndexOf(':');
      return [replicas.entryFor(dot.slice(0, colon)), Number(dot.slice(colon + 1))];
    },
    write,
    read,
    writeParents: (parents, own) => {
      const [only] = parents;
      if (only === undefined) return null;
      if (parents.length > 1) return write(parents);
      const { replicaId } = own;
      const isOwn = only.startsWith(replicaId) && only.lastIndexOf(':') === replicaId.length;
      return isOwn ? Number(only.slice(replicaId.length + 1)) : writeOne(only);
    },
    readParents: (parents, own) =>
      typeof parents === 'number' ? [`${own.replicaId}:${parents}` as Dot] : read(parents),
  };
};
