/**
 * Blocks: lines of writes within which nobody parted and nobody met. Whoever has seen one of a block's writes has
 * seen the whole block, or wrote the next of it, so versions are compared and taken back block by block; there are as
 * many as there were partings and meetings, however much was typed between two of them.
 */

export interface Block {
  /** Places in the list of writes; each has seen the one before it. */
  readonly places: readonly number[];
  /** Numbers of the blocks that the first of them had seen, as far as they are of this part. */
  readonly parents: readonly number[];
}

export interface Blocks {
  /** Parents first, and with blocks that follow each other kept together: each change from one line to another is a walk back and forth. */
  readonly blocks: readonly Block[];
  /** So many of them, the first, are of writes that are counted already. */
  readonly counted: number;
}

/**
 * The blocks of a part of the list.
 *
 * @param from the part's first place
 * @param counted the first place of which the document does not know yet
 * @param to the place after its last
 * @param lastly a place that comes after all others; nobody may have seen it
 */
export const blocksOf = (
  from: number,
  counted: number,
  to: number,
  parentsOf: (place: number) => readonly number[],
  lastly?: number,
): Blocks => {
  const size = to - from;
  const waitsFor = new Int32Array(size);
  const childCounts = new Int32Array(size);
  /** Children as linked lists: where the next link of a parent's list is, and whose link it is. */
  const firstLink = new Int32Array(size).fill(-1);
  const nextLink: number[] = [];
  const childOfLink: number[] = [];
  const open: number[] = [];
  const openLater: number[] = [];
  const openLast: number[] = [];
  const note = (place: number): void =>
    void (place === lastly ? openLast : place < counted ? open : openLater).push(place);

  for (let place = to - 1; place >= from; place -= 1) {
    let missing = 0;
    for (const parent of parentsOf(place)) {
      if (parent < from) continue;
      missing += 1;
      childCounts[parent - from] = (childCounts[parent - from] as number) + 1;
      nextLink.push(firstLink[parent - from] as number);
      firstLink[parent - from] = childOfLink.push(place) - 1;
    }
    waitsFor[place - from] = missing;
    if (missing === 0) note(place);
  }

  const blocks: Block[] = [];
  const blockOf = new Int32Array(size);
  let countedBlocks = 0;
  let places: number[] = [];
  let before = -1;
  for (;;) {
    const place = open.pop() ?? openLater.pop() ?? openLast.pop();
    if (place === undefined) break;
    const parents = parentsOf(place).filter((parent) => parent >= from);
    const goesOn =
      parents.length === 1 &&
      parents[0] === before &&
      childCounts[before - from] === 1 &&
      before < counted === place < counted;
    if (goesOn) places.push(place);
    else {
      places = [place];
      blocks.push({ places, parents: parents.map((parent) => blockOf[parent - from] as number) });
      if (place < counted) countedBlocks = blocks.length;
    }
    blockOf[place - from] = blocks.length - 1;
    before = place;
    for (let link = firstLink[place - from] as number; link >= 0; link = nextLink[link] as number) {
      const child = childOfLink[link] as number;
      waitsFor[child - from] = (waitsFor[child - from] as number) - 1;
      if (waitsFor[child - from] === 0) note(child);
    }
  }
  return { blocks, counted: countedBlocks };
};
