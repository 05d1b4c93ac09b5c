/**
 * What the rules of admission need to know of a log, as questions that it answers.
 *
 * The rules are a generator: they yield questions, few for a batch whatever its size, and go on with
 * the answers. So one set of rules serves a log that answers at once and one behind a network, which
 * awaits each answer, and neither has to guess beforehand what will be asked. All answers to one
 * admission, and what it writes, belong into one transaction.
 */
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';

/** What admitting a batch asks the log. */
export type HubQuestion =
  /** The end of the log, what waits in all, and how far these replicas' events are held. */
  | { readonly type: 'authors'; readonly replicaIds: readonly string[] }
  /** What waits under the first dots, and what waits for one of the others, or for what waits for one, and so on. */
  | { readonly type: 'waiting'; readonly under: readonly Dot[]; readonly for: readonly Dot[] }
  /** What is held under each dot. */
  | { readonly type: 'dots'; readonly dots: readonly Dot[] }
  /** For each: the last event of the replica's on the resource with a lower number that is asked for (H8). */
  | { readonly type: 'own_past'; readonly of: readonly OwnPastQuestion[] }
  /** Whether the wanted dot is an ancestor of one of these on a resource, and which dots were looked at for that. */
  | {
      readonly type: 'ancestors';
      readonly of: readonly Dot[];
      readonly resource: ResourceKey;
      readonly wanted: Dot;
      /** Where the wanted one stands: what stands there or before it cannot have it among its ancestors. */
      readonly after: number;
      /** Dots that are known to lead nowhere. */
      readonly except: ReadonlySet<Dot>;
    };

/** The answer to each question. */
export interface HubAnswers {
  readonly authors: AuthorsAnswer;
  /** In the order in which they began to wait. */
  readonly waiting: readonly WaitingEvent[];
  /** Dots that are not held may be left out. */
  readonly dots: ReadonlyMap<Dot, HeldDot>;
  /** One for each question. */
  readonly own_past: readonly (OwnEvent | undefined)[];
  readonly ancestors: AncestorsAnswer;
}

/** Whether the wanted dot is an ancestor, and what was reached in looking. */
export interface AncestorsAnswer {
  readonly isFound: boolean;
  /** All that were reached, those asked for included, whether anything is held under them or not; any of them where it was found. */
  readonly visited: ReadonlySet<Dot>;
}

/** The answer of a log that can tell at once what is held under a dot. */
export const ancestorsBy = (
  { of, resource, wanted, after, except }: Extract<HubQuestion, { readonly type: 'ancestors' }>,
  heldUnder: (dot: Dot) => Iterable<LineageEvent>,
): AncestorsAnswer => {
  const visited = new Set<Dot>(of);
  // Grows while it is gone through.
  for (const dot of visited)
    for (const event of heldUnder(dot)) {
      if (event.resource !== resource || event.position <= after) continue;
      for (const parent of event.parents) {
        if (parent === wanted) return { isFound: true, visited };
        if (!except.has(parent)) visited.add(parent);
      }
    }
  return { isFound: false, visited };
};

/** A log's side of an admission: a function for each question. */
export type HubKnowledge = {
  readonly [Type in HubQuestion['type']]: (question: Extract<HubQuestion, { readonly type: Type }>) => HubAnswers[Type];
};

/** The end of the log, and how far these authors' events are held. */
export interface AuthorsAnswer {
  readonly headPosition: number;
  readonly parked: ParkedRoom;
  /** Replicas that are not known may be left out. */
  readonly authors: ReadonlyMap<string, AuthorFacts>;
}

/** How much waits in all. */
export interface ParkedRoom {
  readonly events: number;
  readonly bytes: number;
}

/** How far an author's events are held. */
export interface AuthorFacts {
  /** Every number up to this one is in the log, or waits. */
  readonly head: number;
  /** Numbers after that which are in the log. */
  readonly beyond: readonly number[];
  readonly waiting: readonly WaitingNumber[];
}

/** What waits, without its content. */
export interface WaitingNumber {
  readonly seq: number;
  readonly hash: string;
  readonly resource: ResourceKey;
  readonly bytes: number;
  /** It is to be refused, or is a retry: no other event has to have seen it. */
  readonly isAside: boolean;
  /** No gap holds it up. */
  readonly wasHeld: boolean;
}

/** An event that waits in a hub. */
export interface WaitingEvent {
  readonly sealed: SealedEvent;
  readonly refusal?: { readonly code: string; readonly message: string };
  readonly isRetry: boolean;
  readonly wasHeld?: boolean;
  /** What it was found to wait for. */
  readonly waits: readonly Dot[];
}

/** Everything that the log knows under one dot. */
export interface HeldDot {
  readonly accepted: readonly AcceptedContent[];
  readonly refused: readonly RefusedContent[];
  /** Hashes of what waits under the dot. */
  readonly waiting: readonly string[];
}

/** A content that the log has under a dot. */
export interface AcceptedContent {
  readonly hash: string;
  readonly position: number;
  readonly resource: ResourceKey;
}

/** A content that the log has refused under a dot. */
export interface RefusedContent {
  readonly hash: string;
  readonly position: number;
  readonly code: string;
  readonly message: string;
}

/** Which of an author's earlier events of a resource there are. */
export interface OwnPastQuestion {
  readonly replicaId: string;
  readonly resource: ResourceKey;
  readonly before: number;
}

/** An accepted event, as far as it leads to others. */
export interface LineageEvent {
  readonly position: number;
  readonly resource: ResourceKey;
  readonly parents: readonly Dot[];
}

/** An author's own earlier event of a resource. */
export interface OwnEvent {
  readonly seq: number;
  readonly dot: Dot;
  readonly position: number;
}

/** A computation that asks the log. */
export type Asking<Value> = Generator<HubQuestion, Value, unknown>;

export function* ask<Type extends HubQuestion['type']>(
  question: Extract<HubQuestion, { readonly type: Type }>,
): Asking<HubAnswers[Type]> {
  return (yield question) as HubAnswers[Type];
}

/** Runs it against a log that answers at once. */
export const answered = <Value>(asking: Asking<Value>, knowledge: HubKnowledge): Value => {
  let step = asking.next();
  while (step.done !== true) step = asking.next(answerTo(step.value, knowledge));
  return step.value;
};

const answerTo = (question: HubQuestion, knowledge: HubKnowledge): unknown => {
  switch (question.type) {
    case 'authors':
      return knowledge.authors(question);
    case 'waiting':
      return knowledge.waiting(question);
    case 'dots':
      return knowledge.dots(question);
    case 'own_past':
      return knowledge.own_past(question);
    case 'ancestors':
      return knowledge.ancestors(question);
  }
};
