/** Calls to a remote as the cases of its contract make them, each with what must hold of any answer. */
import { vectorFrom } from '../domain/causality/version-vector.js';
import type { SealedEvent } from '../domain/events/event.js';
import type { Remote, Verdict } from '../application/ports/remote.js';
import { sealed } from './contract-story.js';

/** The cut of one who holds nothing. */
export const nothing = vectorFrom([]);

export const pushAll = async (remote: Remote, events: readonly SealedEvent[]): Promise<void> => {
  const { pushMax } = remote.capabilities;
  for (let start = 0; start < events.length; start += pushMax)
    allAre(await remote.push(events.slice(start, start + pushMax)), 'accepted');
};

export const pullAll = async (remote: Remote, limit: number, from?: string): Promise<readonly SealedEvent[]> => {
  const pulled: SealedEvent[] = [];
  let cursor = from;
  for (let isMore = true; isMore;) {
    const page = await remote.pull({ cursor, cut: nothing, limit });
    check(page.events.length <= limit, `a page of at most ${limit} has ${page.events.length} events`);
    check(page.cursor !== cursor || !page.more, 'the cursor stands still, and there is said to be more');
    pulled.push(...page.events.map(sealed));
    cursor = page.cursor;
    isMore = page.more;
  }
  return pulled;
};

export const cursorAtEnd = async (remote: Remote): Promise<string> => {
  let page = await remote.pull({ cursor: undefined, cut: nothing, limit: 100 });
  while (page.more) {
    const next = await remote.pull({ cursor: page.cursor, cut: nothing, limit: 100 });
    check(next.cursor !== page.cursor || !next.more, 'the cursor stands still, and there is said to be more');
    page = next;
  }
  return page.cursor;
};

/** The same events, each once, in any order, equal to the byte in canonical form. */
export const sameEvents = (got: readonly SealedEvent[], wanted: readonly SealedEvent[]): void => {
  const describe = (events: readonly SealedEvent[]): string =>
    events
      .map(({ dot, hash }) => `${dot} (${hash.slice(0, 8)})`)
      .sort()
      .join(', ');
  check(describe(got) === describe(wanted), `expected ${describe(wanted)}, but got ${describe(got)}`);
};

export const allAre = (verdicts: readonly Verdict[], type: Verdict['type']): void => {
  for (const verdict of verdicts) check(verdict.type === type, `expected ${type}, but got ${JSON.stringify(verdict)}`);
};

/** Whether the remote has the event durably. */
export const isHeld = ({ type }: Verdict): boolean => type === 'accepted' || type === 'duplicate';

export const failureOf = async (run: () => Promise<unknown>): Promise<unknown> => {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error;
  }
};

/** Every platform has AbortController; the language does not. */
export const abortedSignal = (): AbortSignal => {
  const { AbortController } = globalThis as unknown as {
    readonly AbortController: new () => { readonly signal: AbortSignal; readonly abort: () => void };
  };
  const controller = new AbortController();
  controller.abort();
  return controller.signal;
};

export const check = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message);
};
