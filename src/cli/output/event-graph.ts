/**
 * A resource's events as a graph in text, the newest first, as in `git log --graph`: a dot for each event, lines down
 * to the events that its author had seen. Every lane is a line that still leads to an event further down.
 */
export interface GraphEvent {
  readonly dot: string;
  readonly parents: readonly string[];
}

export interface GraphRow<Event extends GraphEvent> {
  readonly lanes: string;
  /** Missing in rows that only lead from one lane to another. */
  readonly event?: Event;
}

type Lane = string | undefined;

/** What a connecting row does at a lane: a line ends there, begins there, or meets one that goes on. */
type Turn = 'ends' | 'begins' | 'meets';

/** @param newestFirst every event before those that its author had seen; parents that are not among them lead out at the bottom */
export function* graphRows<Event extends GraphEvent>(newestFirst: readonly Event[]): Generator<GraphRow<Event>> {
  let lanes: Lane[] = [];
  for (const event of newestFirst) {
    const own = lanes.indexOf(event.dot);
    const at = own < 0 ? freeLane(lanes) : own;
    const joining = lanes.flatMap((dot, index) => (dot === event.dot && index !== at ? [index] : []));
    if (joining.length > 0) {
      yield { lanes: connection(lanes, at, new Map(joining.map((index) => [index, 'ends']))) };
      for (const index of joining) lanes[index] = undefined;
    }
    lanes[at] = event.dot;
    lanes = trimmed(lanes);
    yield { lanes: lanes.map((dot, index) => (index === at ? '●' : dot === undefined ? ' ' : '│')).join(' '), event };

    const [first, ...others] = event.parents;
    lanes[at] = first;
    const turns = new Map<number, Turn>();
    for (const parent of others) {
      const known = lanes.indexOf(parent);
      if (known >= 0) turns.set(known, 'meets');
      else {
        const free = freeLane(lanes);
        lanes[free] = parent;
        turns.set(free, 'begins');
      }
    }
    if (turns.size > 0) yield { lanes: connection(lanes, at, turns) };
    lanes = trimmed(lanes);
  }
}

const freeLane = (lanes: readonly Lane[]): number => {
  const free = lanes.indexOf(undefined);
  return free < 0 ? lanes.length : free;
};

const trimmed = (lanes: readonly Lane[]): Lane[] => lanes.slice(0, lanes.findLastIndex((dot) => dot !== undefined) + 1);

const connection = (lanes: readonly Lane[], at: number, turns: ReadonlyMap<number, Turn>): string => {
  const left = Math.min(at, ...turns.keys());
  const right = Math.max(at, ...turns.keys());
  let text = '';
  for (let index = 0; index < Math.max(lanes.length, right + 1); index += 1) {
    const isCrossed = index > left && index < right;
    const turn = turns.get(index);
    if (index > 0) text += index > left && index <= right ? '─' : ' ';
    if (index === at) text += left < at && right > at ? '┼' : right > at ? '├' : '┤';
    else if (turn !== undefined) text += corners[turn][isCrossed ? 'both' : index < at ? 'left' : 'right'];
    else if (lanes[index] === undefined) text += isCrossed ? '─' : ' ';
    // Where a line crosses another it goes behind it; a cross is where they meet.
    else text += '│';
  }
  return text.trimEnd();
};

const corners: Readonly<Record<Turn, Readonly<Record<'left' | 'right' | 'both', string>>>> = {
  ends: { left: '╰', right: '╯', both: '┴' },
  begins: { left: '╭', right: '╮', both: '┬' },
  meets: { left: '├', right: '┤', both: '┼' },
};

/** The order of a log, except that what waited there, or is void, stands after what its author had seen. */
export const parentsFirst = <Event extends GraphEvent>(events: readonly Event[]): readonly Event[] => {
  const known = new Set(events.map(({ dot }) => dot));
  const placed = new Set<string>();
  const ordered: Event[] = [];
  let waiting = [...events];
  while (waiting.length > 0) {
    const left: Event[] = [];
    for (const event of waiting)
      if (event.parents.every((parent) => placed.has(parent) || !known.has(parent))) {
        placed.add(event.dot);
        ordered.push(event);
      } else left.push(event);
    // Parents that form a cycle never come; such events are held, and still have happened.
    if (left.length === waiting.length) return [...ordered, ...left];
    waiting = left;
  }
  return ordered;
};
