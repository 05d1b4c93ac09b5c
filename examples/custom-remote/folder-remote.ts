/**
 * A remote that is a folder which several machines reach: a log of numbered files, each with a
 * batch of events that was written whole. Whoever appends takes the next number by linking a
 * finished file to it, which fails if somebody was faster: so the log has one order, no file is
 * ever seen half-written, and a reader's cursor (a file, and how many of its events) skips nothing.
 *
 * A connection remembers the hash of each event that it has seen there, so that no event is kept twice.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ReknitError, type Remote } from 'reknit';

type Line = readonly [hash: string, event: { readonly replicaId: string; readonly seq: number }];

const isCode = (error: unknown, code: string): boolean => (error as { readonly code?: string }).code === code;

/** Puts a finished file under a name that is free; false where it is taken. */
const place = async (folder: string, name: string, text: string): Promise<boolean> => {
  const draft = join(folder, `.${randomUUID()}`);
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
    await link(draft, join(folder, name));
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

export const folderRemote = async ({ folder }: { readonly folder: string }): Promise<Remote> => {
  await mkdir(folder, { recursive: true });
  await place(folder, 'name', randomUUID());
  const name = await readFile(join(folder, 'name'), 'utf8');
  const known = new Map<string, Set<number>>();
  const hashes = new Set<string>();
  let filesRead = 0;

  /** The batch of this number; undefined while there is none. */
  const batch = async (number: number): Promise<readonly Line[] | undefined> => {
    try {
      const text = await readFile(join(folder, `${number}.ndjson`), 'utf8');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  };
  /** Reads on to the end, and so learns what is there. */
  const catchUp = async (): Promise<void> => {
    for (let lines = await batch(filesRead + 1); lines !== undefined; lines = await batch(filesRead + 1)) {
      for (const [hash, { replicaId, seq }] of lines) {
        hashes.add(hash);
        known.set(replicaId, (known.get(replicaId) ?? new Set()).add(seq));
      }
      filesRead += 1;
    }
  };
  const placeOf = (cursor: string): readonly [file: number, events: number] => {
    const [of, file, events] = cursor.split(' ');
    if (of === name && events !== undefined) return [Number(file), Number(events)];
    throw new ReknitError('cursor_unknown', 'this cursor belongs to another folder: read from the beginning');
  };

  return {
    capabilities: { canPull: true, canPush: true, pushMax: 500 },
    hello: async ({ replicaId }) => {
      await catchUp();
      let knownSeq = 0;
      while (known.get(replicaId)?.has(knownSeq + 1) === true) knownSeq += 1;
      return { remoteId: `folder:${name}`, policyFingerprint: undefined, knownSeq, clockOffsetMs: undefined };
    },
    pull: async ({ cursor, cut, limit, signal }) => {
      let [file, start] = cursor === undefined ? [1, 0] : placeOf(cursor);
      const events: Line[1][] = [];
      for (let lines = await batch(file); lines !== undefined; lines = await batch(file)) {
        signal?.throwIfAborted();
        for (; start < lines.length; start += 1) {
          const event = lines[start]?.[1];
          const isHeld = event === undefined || (cursor === undefined && event.seq <= (cut[event.replicaId] ?? 0));
          if (isHeld) continue;
          if (events.length === limit) return { events, cursor: `${name} ${file} ${start}`, more: true };
          events.push(event);
        }
        [file, start] = [file + 1, 0];
      }
      signal?.throwIfAborted();
      return { events, cursor: `${name} ${file} ${start}`, more: false };
    },
    push: async (events, signal) => {
      for (;;) {
        signal?.throwIfAborted();
        await catchUp();
        const fresh = events.filter(({ hash }) => !hashes.has(hash));
        const text = fresh.map(({ hash, event }) => `${JSON.stringify([hash, event])}\n`).join('');
        // Who was not the fastest looks at what the others wrote, and takes the number after that.
        if (fresh.length > 0 && !(await place(folder, `${filesRead + 1}.ndjson`, text))) continue;
        await syncFolder(folder);
        return events.map((event) => ({ type: fresh.includes(event) ? 'accepted' : 'duplicate' }) as const);
      }
    },
    close: () => Promise.resolve(),
  };
};
