/** A device as the story asks it: each question goes to its process, and comes back as the answer or the error. */
import { ReknitError } from '../../../index.js';
import type { ToldError } from '../../errors.js';
import type { Child } from './children.js';
import type { Deeds } from './device-process.js';

type Ask = <Deed extends keyof Deeds>(
  deed: Deed,
  ...given: Parameters<Deeds[Deed]>
) => Promise<Awaited<ReturnType<Deeds[Deed]>>>;

export interface Device {
  readonly name: string;
  readonly agent: string;
  readonly pid: number;
  readonly ask: Ask;
}

interface Line {
  readonly ready?: number;
  readonly id?: number;
  readonly done?: unknown;
  readonly error?: ToldError;
}

/** Resolves when the process is ready to be asked. */
export const deviceIn = async (child: Child, name: string, agent: string): Promise<Device> => {
  const waiting = new Map<number, (line: Line) => void>();
  let asked = 0;
  const ready = new Promise<void>((resolve) => {
    child.onLine((said) => {
      const line = said as Line;
      if (line.ready !== undefined) resolve();
      else if (line.id !== undefined) waiting.get(line.id)?.(line);
    });
  });
  await Promise.race([ready, child.failed]);
  const ask = async (deed: string, ...given: readonly unknown[]): Promise<unknown> => {
    const id = (asked += 1);
    const answered = new Promise<Line>((resolve) => waiting.set(id, resolve));
    child.tell({ id, deed, given });
    const { done, error } = await Promise.race([answered, child.failed]);
    waiting.delete(id);
    if (error !== undefined) throw new ReknitError(error.code, error.message, error.facts);
    return done;
  };
  // What comes over the line is what the deed answered, as far as JSON tells.
  return { name, agent, pid: child.pid, ask: ask as Ask };
};
