/**
 * The writes of a list or a text, added up. What nothing is concurrent to is applied as it stands,
 * straight to the document; only what lies between two critical versions is replayed by the walker.
 *
 * On top of a state the document before the concurrent part is not known, only what it has become.
 * That is enough to place what is new, but for rare cases that have to see all that ever stood
 * there: then the answer is that it takes the whole history.
 *
 * Two notes say when that may be: `odd`, some write did not fit once, so what was written since
 * cannot be replayed without the rest; and `pairs`, it has held characters of two code units, so it
 * matters what stood where something was deleted.
 */
import { compareDots } from '../../causality/dot.js';
import type { Json } from '../../shared/json.js';
import { clearingOf, misfitNote, withNotes } from '../clearing.js';
import type { Accumulated, Accumulator, FieldHistory } from '../field-kind.js';
import { holdsPairs, isPair, type Content, type ContentKind, type SequenceDocument } from './content.js';
import { fitLength, joinSplices, readSequenceWrite, splitsPair, type SequenceWrite, type Splice } from './splices.js';
import { firstBase } from './spans.js';
import { blocksOf } from './blocks.js';
import { createRun } from './run.js';
import { criticalVersions } from './versions.js';
import { createWalker, unknownLength, type Walker } from './walker.js';

/** How a list or a text adds up its writes. */
export const sequenceAccumulator = (kind: ContentKind): Accumulator => ({
  initial: { value: kind.empty },
  accumulate: (state, history) => accumulate(kind, state, history),
  rebase: (history) => rebase(kind, history),
});

const accumulate = (kind: ContentKind, state: Accumulated, history: FieldHistory): Accumulated | undefined => {
  const replayed = history.isLinear ? applyInTurn(kind, state, history) : replay(kind, state, history);
  if (replayed === undefined) return undefined;
  const { document, misfits, plain, pairs } = replayed;
  const { notes } = state;
  return withNotes(document.content(), {
    ...misfitNote(notes, misfits, clearingOf(history, plain)),
    ...(notes?.['odd'] === true || misfits.length > 0 ? { odd: true } : {}),
    ...(pairs ? { pairs: true } : {}),
  });
};

const rebase = (kind: ContentKind, history: FieldHistory): Json => {
  const last = history.writes.length - 1;
  const { value = null, event } = history.writes[last] ?? { event: { operation: 'update' } };
  if (readSequenceWrite(value, event.operation, kind).type !== 'splice') return value;
  const said: Splice[] = [];
  replay(kind, { value: kind.empty }, history, (splice) => said.push(splice));
  return { $splice: joinSplices(said) };
};

interface Replayed {
  readonly document: SequenceDocument;
  /** Places of writes that did not fit, and of plain values. */
  readonly misfits: readonly number[];
  readonly plain: readonly number[];
  readonly pairs: boolean;
}

/** Each author saw the document as it was. */
const applyInTurn = (kind: ContentKind, { value, notes }: Accumulated, { writes }: FieldHistory): Replayed => {
  const document = kind.documentOf(value as Content);
  const misfits: number[] = [];
  const plain: number[] = [];
  let pairs = notes?.['pairs'] === true;
  let place = 0;
  for (const write of writes) {
    const read = readSequenceWrite(write.value, write.event.operation, kind);
    pairs ||= readHoldsPairs(read);
    if (read.type === 'replace') plain.push(place);
    if (!applyDirectly(document, read, write.event.operation === 'create', kind, pairs)) misfits.push(place);
    place += 1;
  }
  return { document, misfits, plain, pairs };
};

/** Applies a write whose author saw the document as it is; false where it does not fit. */
const applyDirectly = (
  document: SequenceDocument,
  read: SequenceWrite,
  isCreate: boolean,
  kind: ContentKind,
  pairs: boolean,
  onSplice?: (splice: Splice) => void,
): boolean => {
  if (isCreate || read.type === 'replace') document.splice(0, document.length(), contentOf(read, kind));
  if (read.type !== 'splice') return read.type === 'replace' || read.misfit === undefined;
  if (!fitLength(read.splices, document.length()) || (pairs && splitsPairOf(read.splices, document))) return false;
  for (const splice of read.splices) {
    document.splice(...splice);
    onSplice?.(splice);
  }
  return true;
};

/** @param onLast is told what the last write does to the document */
const replay = (
  kind: ContentKind,
  { value, notes }: Accumulated,
  history: FieldHistory,
  onLast?: (splice: Splice) => void,
): Replayed | undefined => {
  const { writes, counted, parentsOf } = history;
  const reads = writes.map((write) => readSequenceWrite(write.value, write.event.operation, kind));
  const isReplacing = (place: number): boolean =>
    reads[place]?.type === 'replace' || writes[place]?.event.operation === 'create';
  if (counted > 0) {
    // How long it was before, and what the author of such a write saw, nobody can tell any more.
    if (notes?.['odd'] === true) return undefined;
    for (let place = 0; place < counted; place += 1) if (isReplacing(place)) return undefined;
  }
  const pairs = notes?.['pairs'] === true || reads.some(readHoldsPairs);
  const document = kind.documentOf(value as Content);
  const misfits: number[] = [];
  const critical = criticalVersions(history);
  const last = writes.length - 1;
  /** Replays the writes from `floor` on, before `end`, of which those before `counted` are in the document. */
  const replayPart = (floor: number, end: number): boolean => {
    const isCounted = floor < counted;
    // What the last write does can be told of what all the others have made of the document.
    const lastly = onLast === undefined ? undefined : last;
    const { blocks, counted: countedBlocks } = blocksOf(floor, counted, end, parentsOf, lastly);
    const walker = createWalker({
      baseLength: isCounted ? unknownLength : document.length(),
      blocks,
      isBefore: (one, other) => compareDots(dotOf(history, one), dotOf(history, other)) < 0,
    });
    const splitsAt = pairs ? pairCheck(walker, document, reads, isCounted) : undefined;
    for (const [number, { places }] of blocks.entries()) {
      if (number === countedBlocks && isCounted) walker.endsAt(document.length());
      const isNew = number >= countedBlocks;
      let length = walker.lookAt(number);
      const run = createRun((edit, onSplice) => walker.apply(edit, isNew ? document : undefined, onSplice));
      for (const place of places) {
        const read = reads[place] as SequenceWrite;
        let splices: readonly Splice[] = read.type === 'splice' ? read.splices : [];
        if (isNew) {
          if (isReplacing(place)) splices = [[0, length, contentOf(read, kind)]];
          else if (read.type === 'splice') {
            run.flushIf(splitsAt !== undefined);
            const splits = fitLength(splices, length) ? (splitsAt?.(splices) ?? false) : true;
            if (splits === 'unknown') return false;
            if (splits) {
              misfits.push(place);
              splices = [];
            }
          }
          if (read.type === 'nothing' && read.misfit !== undefined) misfits.push(place);
        }
        for (const splice of splices) length += splice[2].length - splice[1];
        run.add(place, splices, place === last ? onLast : undefined);
      }
      run.flushIf(true);
    }
    if (isCounted && countedBlocks === blocks.length) walker.endsAt(document.length());
    return true;
  };

  let floor = critical.lastIndexOf(true, counted - 1) + 1;
  if (counted === 0) floor = 0;
  while (floor < writes.length) {
    const end = critical.indexOf(true, floor);
    // The write of a critical version has seen all before it.
    const until = end === -1 ? writes.length : end;
    if (until > floor && !replayPart(floor, until)) return undefined;
    if (end !== -1) {
      const isCreate = writes[end]?.event.operation === 'create';
      const onSplice = end === last ? onLast : undefined;
      if (!applyDirectly(document, reads[end] as SequenceWrite, isCreate, kind, pairs, onSplice)) misfits.push(end);
    }
    floor = until + 1;
  }
  const plain = reads.flatMap(({ type }, place) => (type === 'replace' ? [place] : []));
  return { document, misfits: misfits.sort((a, b) => a - b), plain, pairs };
};

const dotOf = ({ writes }: FieldHistory, place: number): FieldHistory['writes'][number]['dot'] =>
  (writes[place] as FieldHistory['writes'][number]).dot;

const contentOf = (read: SequenceWrite, { empty }: ContentKind): Content =>
  read.type === 'replace' ? read.content : empty;

const readHoldsPairs = (read: SequenceWrite): boolean =>
  read.type === 'replace'
    ? holdsPairs(read.content)
    : read.type === 'splice' && read.splices.some(([, , inserted]) => holdsPairs(inserted));

/** What an author saw of a text that holds characters of two code units. */
type PairCheck = (splices: readonly Splice[]) => boolean | 'unknown';

/**
 * Whether splices would part such a character, at the version that the walker looks at. Of what the
 * part found in the document and has deleted since, the text may not be known any more.
 */
const pairCheck = (
  walker: Walker,
  document: SequenceDocument,
  reads: readonly SequenceWrite[],
  isCounted: boolean,
): PairCheck => {
  const base = isCounted ? undefined : (document.content() as string);
  const unitOf = (item: number): string | undefined => {
    if (item < firstBase) {
      const { place, offset } = walker.originOf(item);
      return insertedBy(reads[place])[offset];
    }
    if (base !== undefined) return base[item - firstBase];
    const at = walker.positionOf(item);
    return at === undefined ? undefined : (document.slice(at, at + 1) as string);
  };
  const splitsAtPosition = (index: number): boolean | 'unknown' => {
    const [before, after] = [walker.itemAt(index - 1), walker.itemAt(index)];
    if (before === undefined || after === undefined) return false;
    const units = [unitOf(before) ?? high, unitOf(after) ?? low] as const;
    if (!isPair(...units)) return false;
    return unitOf(before) === undefined || unitOf(after) === undefined ? 'unknown' : true;
  };
  return (splices) => {
    const [first, ...others] = splices;
    if (first === undefined) return false;
    if (others.length === 0) {
      const [index, deleteCount] = first;
      const answers = [splitsAtPosition(index), splitsAtPosition(index + deleteCount)];
      return answers.includes('unknown') ? 'unknown' : answers.includes(true);
    }
    // Later ones name positions in what the earlier ones made of it.
    const units: (string | undefined)[] = [];
    walker.eachVisible(({ first: item, length }) => {
      for (let offset = 0; offset < length; offset += 1) units.push(unitOf(item + offset));
    });
    return units.includes(undefined) ? 'unknown' : splitsPair(splices, units.join(''));
  };
};

const high = '\ud800';
const low = '\udc00';

const insertedBy = (read: SequenceWrite | undefined): string => {
  if (read?.type === 'replace') return read.content as string;
  return read?.type === 'splice' ? read.splices.map(([, , inserted]) => inserted as string).join('') : '';
};

/** The same where the author saw the document as it is. */
const splitsPairOf = (splices: readonly Splice[], document: SequenceDocument): boolean => {
  const [first, ...others] = splices;
  if (first === undefined) return false;
  if (others.length > 0) return splitsPair(splices, document.content());
  const [index, deleteCount] = first;
  return [index, index + deleteCount].some((at) => {
    const units = document.slice(Math.max(0, at - 1), at + 1);
    return at > 0 && isPair(units[0], units[1]);
  });
};
