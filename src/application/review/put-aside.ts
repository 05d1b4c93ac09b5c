/**
 * Conflicts that somebody put aside, for a while or for good. That is said to nobody else: it is this replica's own
 * list, and the conflict stays pending everywhere. One whose time has come is in the inbox again by itself.
 */
import { timestampToMs } from '../../domain/clock/timestamp.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { LocalNotes } from '../local-notes.js';
import type { System } from '../ports/system.js';

/** Conflicts that a person has put aside, at this replica alone. */
export interface PutAside {
  /** By conflict id: until when, or for good (undefined). */
  readonly list: () => Promise<ReadonlyMap<string, string | undefined>>;
  /** @param until an ISO time; `false` takes them up again. Answers how many are other than before. */
  readonly set: (conflictIds: readonly string[], until: string | undefined | false) => Promise<number>;
}

/** The list is one text; who puts more aside than this wants a rule. */
const asideMax = 10_000;
const note = 'later';

export const createPutAside = (notes: LocalNotes, system: Pick<System, 'clock'>): PutAside => {
  const current = (text: string | undefined): Map<string, string | undefined> => {
    const entries = text === undefined ? [] : (JSON.parse(text) as readonly (readonly [string, string | null])[]);
    const nowMs = system.clock();
    return new Map(
      entries.flatMap(([id, until]) =>
        until !== null && (timestampToMs(until) ?? 0) <= nowMs ? [] : [[id, until ?? undefined] as const],
      ),
    );
  };
  return {
    list: async () => current(await notes.read(note)),
    set: async (conflictIds, until) =>
      notes.change(note, (text) => {
        const aside = current(text);
        let changed = 0;
        for (const id of conflictIds) {
          const isSame = until === false ? !aside.has(id) : aside.has(id) && aside.get(id) === until;
          if (isSame) continue;
          changed += 1;
          if (until === false) aside.delete(id);
          else aside.set(id, until);
        }
        if (aside.size > asideMax)
          throw new ReknitError('too_many_put_aside', `more than ${asideMax} conflicts are put aside: make a rule`, {
            asideMax,
          });
        return {
          text: changed === 0 ? undefined : JSON.stringify([...aside].map(([id, time]) => [id, time ?? null])),
          answer: changed,
        };
      }),
  };
};
