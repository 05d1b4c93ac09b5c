/** Giving a page of the log, from a cursor or from the beginning. */
import type { HubCore } from './core.js';
import type { Cut, HeldEntries } from './held-entries.js';
import type { LiveStart, PullRequest } from './http/schemas.js';
import type { HubFacts } from '../../application/ports/hub-log.js';
import type { SyncScope } from '../../application/ports/remote.js';
import { pageParts, type EntryText } from './page.js';
import { ownEntries, type IsOwn } from './own-entries.js';
import { cursorPosition, cursorText, markText } from './places.js';
import { viewOf, type View } from './view.js';
import type { Principal } from './principal.js';

export interface Reading {
  readonly view: View;
  readonly cut: Cut | undefined;
  readonly isOwn: IsOwn;
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

export const createPageReader = (core: HubCore, textOf: EntryText, held: HeldEntries): PageReader => {
  const { log, limits, sha256 } = core;
  return {
    begin: async (principal, request) => {
      const view = viewOf(principal, scopeOf(request.scope), sha256);
      const after =
        request.cursor === undefined ? 0 : await cursorPosition(log, await log.facts(), request.cursor, view.digest);
      return { view, cut: request.cut, isOwn: await ownEntries(log, request.replicaId, request.own), after };
    },
    read: async ({ view, cut, isOwn, after }, limit) => {
      const entriesMax = Math.min(limit, limits.pageEntriesMax);
      const { entries, more } = await log.read({ after, limit: entriesMax, bytesMax: limits.pageBytesMax });
      const position = entries.at(-1)?.position ?? after;
      const { isHeld, finish } = held.from(after, cut);
      // Each sees every entry.
      const { text, shown } = pageParts(entries, view, textOf, (entry) => isHeld(entry) || isOwn(entry));
      finish(position);
      const facts = await log.facts();
      const cursor = await cursorAt(core, facts, position, view);
      return {
        text: `${text},"cursor":"${cursor}","mark":"${markText(facts, facts.head)}","more":${String(more)}`,
        cursor,
        position,
        shown,
        more,
      };
    },
  };
};

export const cursorAt = async ({ log }: HubCore, facts: HubFacts, position: number, view: View): Promise<string> => {
  const mark = position === facts.head.position ? facts.head : await log.markAt(position);
  return cursorText(facts, mark ?? { position, hash: '' }, view.digest);
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
