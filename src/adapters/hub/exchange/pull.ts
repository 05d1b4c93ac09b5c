/** Giving a page of the log, from a cursor or from the beginning. */
import type { HubCore } from '../core.js';
import type { Cut, HeldEntries } from './held-entries.js';
import type { LiveStart, PullRequest } from '../http/schemas.js';
import type { HubEntry, HubFacts } from '../../../application/ports/hub-log.js';
import type { SyncScope } from '../../../application/ports/remote.js';
import { createPage, type EntryText } from './page.js';
import { nothingOwn, ownEntries, type IsOwn } from './own-entries.js';
import { cursorText, markText, placeOfCursor, positionOfMark, type CursorPlace } from './places.js';
import { viewOf, type View } from './view.js';
import type { Principal } from '../tokens/principal.js';

export interface Reading {
  readonly view: View;
  readonly cut: Cut | undefined;
  /** Nothing after this position is left out for the cut's sake. */
  readonly cutUpTo: number;
  readonly isOwn: IsOwn;
  /** Whether anything was left out, now or on an earlier page, because the reader said that it has it. */
  readonly isSpared: boolean;
  /** Where to read on. */
  readonly after: number;
}

export interface WrittenPage {
  /** The members of the page, without the braces around them. */
  readonly text: string;
  readonly cursor: string;
  readonly position: number;
  readonly shown: number;
  readonly more: boolean;
}

export interface PageReader {
  readonly begin: (principal: Principal, request: PullRequest | LiveStart) => Promise<Reading>;
  readonly read: (reading: Reading, limit: number) => Promise<WrittenPage>;
}

/** Of the log, for one page. */
const readsMax = 4;

export const createPageReader = (core: HubCore, textOf: EntryText, held: HeldEntries): PageReader => {
  const { log, limits, sha256 } = core;
  return {
    begin: async (principal, request) => {
      const view = viewOf(principal, scopeOf(request.scope), sha256);
      const { cursor, cut, cutAt, replicaId, own } = request;
      const facts = await log.facts();
      const before = cursor === undefined ? atStart : await placeOfCursor(log, facts, cursor, view.digest);
      const cutUpTo = cutAt === undefined ? Infinity : ((await positionOfMark(log, facts, cutAt)) ?? 0);
      const isOwn = await ownEntries(log, replicaId, own);
      const isSparedNow = isOwn !== nothingOwn || Object.keys(cut ?? {}).length > 0;
      return { view, cut, cutUpTo, isOwn, isSpared: before.isSpared || isSparedNow, after: before.position };
    },
    read: async ({ view, cut, cutUpTo, isOwn, isSpared, after }, limit) => {
      const entriesMax = Math.min(limit, limits.pageEntriesMax);
      const { isHeld, finish } = held.from(after, cut);
      // Each sees every entry.
      const isLeftOut = (entry: HubEntry): boolean => (isHeld(entry) && entry.position <= cutUpTo) || isOwn(entry);
      const page = createPage({ view, isSpared }, textOf, isLeftOut);
      let position = after;
      let more = true;
      // What the reader has, or may not read, takes no room on its page; but nobody is kept waiting for long because of that.
      for (let reads = 0; more && reads < readsMax; reads += 1) {
        const [limitLeft, bytesLeft] = [entriesMax - page.shown(), limits.pageBytesMax - page.chars()];
        if (limitLeft <= 0 || bytesLeft <= 0) break;
        const found = await log.read({ after: position, limit: limitLeft, bytesMax: bytesLeft });
        page.add(found.entries);
        position = found.entries.at(-1)?.position ?? position;
        ({ more } = found);
      }
      finish(position);
      const facts = await log.facts();
      const cursor = await cursorAt(core, facts, position, { view, isSpared });
      return {
        text: `${page.text()},"cursor":"${cursor}","mark":"${markText(facts, facts.head)}","more":${String(more)}`,
        cursor,
        position,
        shown: page.shown(),
        more,
      };
    },
  };
};

const atStart: CursorPlace = { position: 0, isSpared: false };

export const cursorAt = async (
  { log }: HubCore,
  facts: HubFacts,
  position: number,
  { view, isSpared }: Pick<Reading, 'view' | 'isSpared'>,
): Promise<string> => {
  const mark = position === facts.head.position ? facts.head : await log.markAt(position);
  return cursorText(facts, mark ?? { position, hash: '' }, view.digest, isSpared);
};

const scopeOf = (scope: PullRequest['scope']): SyncScope | undefined =>
  scope === undefined
    ? undefined
    : {
        ...(scope.resourceTypes === undefined ? {} : { resourceTypes: scope.resourceTypes }),
        ...(scope.resources === undefined
          ? {}
          : { resources: scope.resources.map(([resourceType, resourceId]) => ({ resourceType, resourceId })) }),
      };
