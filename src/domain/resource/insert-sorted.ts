/** Siblings are many where many write at once, so a new one finds its place by halving. */
export const insertSorted = <Item>(items: Item[], item: Item, compare: (a: Item, b: Item) => number): void => {
  let from = 0;
  let to = items.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(items[middle] as Item, item) < 0) from = middle + 1;
    else to = middle;
  }
  items.splice(from, 0, item);
};
