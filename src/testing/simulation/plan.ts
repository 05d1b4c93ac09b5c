/**
 * A simulated history as data: the shape of the world, and the steps that are taken in it. A plan is drawn from a
 * seed and nothing else; it is carried out without any further chance, so that a step can be left out of it and the
 * others still mean what they meant: that is how a failing plan is made small. Numbers that name something (a
 * replica, a resource, a message on its way) are taken modulo what there is.
 */

/** What can go wrong, each class by itself; about half of them are switched off in a seed. */
export const faultClasses = [
  'losses',
  'repeats',
  'reordering',
  'partitions',
  'cutOffs',
  'crashes',
  'backups',
  'copies',
  'hubs',
  'clocks',
  'policies',
  'forgeries',
] as const;
/** A kind of fault; each seed draws which of them happen, and how often. */
export type FaultClass = (typeof faultClasses)[number];

/** What a seed has drawn before anything happens: who there is, by which policies and clocks, and what goes wrong. */
export interface Shape {
  readonly replicas: number;
  readonly hubs: number;
  /** For each replica, by which of the policies it merges. */
  readonly policies: readonly number[];
  /** Resources of each type. */
  readonly resources: number;
  /** How far each replica's clock is off when the history begins. */
  readonly skewsMs: readonly number[];
  /** Checks are made after every so many steps. */
  readonly checkEvery: number;
  /** Events in one message of a hub. */
  readonly batchMax: number;
  readonly faults: readonly FaultClass[];
}

interface Who {
  /** The replica. */
  readonly who: number;
}

interface Which extends Who {
  readonly type: number;
  readonly id: number;
  /** What is written is drawn from it, by what the writer sees. */
  readonly value: number;
}

/** One thing that happens in a simulated history. */
export type Step =
  /** Creates what is not there, and changes what is. */
  | (Which & { readonly do: 'write' | 'edit' | 'remove' | 'group' })
  /** Opens a form, and later saves what was decided from it. */
  | (Which & { readonly do: 'look' | 'save' })
  | (Who & { readonly do: 'resolve' | 'undo'; readonly which: number; readonly value: number })
  | (Who & { readonly do: 'again'; readonly which: number; readonly value: number })
  /** Begins a round whose messages go over the network one by one. */
  | (Who & { readonly do: 'sync'; readonly with: number })
  /** A whole round on a good network. */
  | (Who & { readonly do: 'exchange'; readonly with: number })
  /** Stays in step by itself from now on, as time passes. */
  | (Who & { readonly do: 'connect'; readonly with: number })
  | { readonly do: 'deliver'; readonly which: number; readonly harm?: Harm }
  | { readonly do: 'bundle'; readonly who: number; readonly to: number; readonly value: number; readonly cut?: number }
  | { readonly do: 'part'; readonly who: number; readonly isOneWay: boolean }
  | { readonly do: 'join' }
  | { readonly do: 'wait'; readonly ms: number }
  | (Who & { readonly do: 'clock'; readonly ms: number })
  /** The process dies at its so-many-th call of the store from now on, before it or after it. */
  | (Who & { readonly do: 'crash'; readonly calls: number; readonly isAfter: boolean })
  | (Who & { readonly do: 'restart' })
  | (Who & { readonly do: 'keep' | 'bring back' | 'copy' })
  | { readonly do: 'keep hub' | 'wipe hub' | 'bring back hub' | 'restart hub'; readonly which: number }
  | (Who & { readonly do: 'adopt'; readonly policy: number })
  | (Who & { readonly do: 'forge'; readonly kind: number; readonly value: number });

/** What befalls a message: it is lost, arrives and comes again later, or is cut off at this part of its length. */
export type Harm =
  | { readonly type: 'lost' }
  | { readonly type: 'repeated' }
  | { readonly type: 'cut'; readonly at: number };

/** A simulated history as data: run again, it does the same, and steps can be left out of it. */
export interface Plan {
  readonly seed: number;
  readonly shape: Shape;
  readonly steps: readonly Step[];
}
