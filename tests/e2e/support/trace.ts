/** What a browser's own trace says of a stretch of work: how long its frames and its tasks took. */
import type { Page } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Of these, spent on the processor. */
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
}

export interface Pace {
  readonly frames: number;
  readonly medianFrameMs: number;
  /** By what it spent on the processor: what else a machine does meanwhile is not the page's doing. */
  readonly longestTaskMs: number;
  /** By the clock. */
  readonly longestTaskWallMs: number;
}

/** Traces the page's own process while `work` runs. */
export const paceOf = async (page: Page, work: () => Promise<void>): Promise<Pace> => {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: [
        'toplevel',
        'devtools.timeline',
        'disabled-by-default-devtools.timeline.frame',
        '__metadata',
      ],
    },
  });
  await work();
  await session.send('Tracing.end');
  await complete;
  return paceIn(events);
};

const paceIn = (events: readonly TraceEvent[]): Pace => {
  // The page's process is the one whose main thread drew the most.
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const paints = (pid: number): number => events.filter((event) => event.pid === pid && event.name === 'Layout').length;
  const main = mains.toSorted((a, b) => paints(b.pid) - paints(a.pid))[0];
  if (main === undefined) throw new Error('the trace names no main thread');

  const drawn = events
    .filter(({ name, pid }) => name === 'DrawFrame' && pid === main.pid)
    .map(({ ts }) => ts)
    .sort((a, b) => a - b);
  const frames = drawn.slice(1).map((ts, index) => (ts - (drawn[index] ?? ts)) / 1_000);
  const tasks = events
    .filter(({ ph, pid, tid, name }) => ph === 'X' && pid === main.pid && tid === main.tid && name.endsWith('RunTask'))
    .map(({ dur = 0, tdur = dur }) => ({ ms: tdur / 1_000, wallMs: dur / 1_000 }));
  if (frames.length === 0 || tasks.length === 0) throw new Error('the trace holds no frames or no tasks');
  return {
    frames: frames.length,
    medianFrameMs: frames.toSorted((a, b) => a - b)[Math.floor(frames.length / 2)] ?? NaN,
    longestTaskMs: Math.max(...tasks.map(({ ms }) => ms)),
    longestTaskWallMs: Math.max(...tasks.map(({ wallMs }) => wallMs)),
  };
};
