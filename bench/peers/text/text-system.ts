/**
 * A system that merges texts, as the comparison meets it: it is given the trace, makes of it what one of its replicas
 * would send to another, and then measures how long a fresh replica takes to make a text of that.
 */
import type { Trace } from '../../support/text-trace.js';

export interface TextSystem {
  readonly name: string;
  /** Of the package that was installed. */
  readonly version: string;
  /** What a replica is sent, in the system's own encoding, one part a transaction. */
  readonly prepare: (trace: Trace) => PreparedText;
}

export interface PreparedText {
  /** What all parts weigh in bytes, as they are sent. */
  readonly bytes: number;
  /** A fresh replica takes all parts in and tells its text: the time that counts. */
  readonly merge: () => unknown;
  /** The text that has to come out: systems order concurrent insertions in one place each in its own way. */
  readonly expected: string;
}

/** Walks the trace with a replica for each of its agents, which takes in what its agent had seen before it types. */
export const walkTrace = (
  { txns }: Trace,
  visit: (place: number, agent: number, unseen: readonly number[]) => void,
): void => {
  const seenBy = new Map<number, Set<number>>();
  for (const [place, { agent, parents }] of txns.entries()) {
    let seen = seenBy.get(agent);
    if (seen === undefined) seenBy.set(agent, (seen = new Set()));
    const unseen: number[] = [];
    const open = [...parents];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      unseen.push(at);
      open.push(...(txns[at]?.parents ?? []));
    }
    visit(
      place,
      agent,
      unseen.sort((a, b) => a - b),
    );
    seen.add(place);
  }
};
