/** What the second story is played on: a hub and three devices, each a process with a file, and a line that can be cut. */
import { join } from 'node:path';
import { ReknitError } from '../../../index.js';
import type { Session } from '../../session.js';
import { narrator, type Narrator } from '../narrator.js';
import { layCable, type Cable } from './cable.js';
import { createChildren } from './children.js';
import { deviceIn, type Device } from './device.js';

export interface HubStage extends Narrator {
  readonly hub: { readonly url: string; readonly pid: number };
  readonly laptop: Device;
  readonly phone: Device;
  /** Behind the line that can be cut. */
  readonly tablet: Device;
  readonly everyone: readonly Device[];
  readonly line: Cable;
  /** Waits until it holds, and answers how long that took; a demo that waits too long does not hold what it says. */
  readonly until: (what: string, holds: () => Promise<boolean>) => Promise<number>;
  readonly close: () => Promise<void>;
}

const patienceMs = 10_000;
const lookMs = 20;

export const openHubStage = async ({ output, signal }: Session, folder: string): Promise<HubStage> => {
  const children = createChildren();
  let line: Cable | undefined;
  const close = async (): Promise<void> => {
    await children.endAll();
    await line?.close();
  };
  try {
    const hub = children.start('hub-process', [
      'hub',
      '--db',
      join(folder, 'hub.db'),
      '--port',
      '0',
      '--open-on-loopback',
      '--log-level',
      'error',
      '--json',
    ]);
    const said = new Promise<{ readonly url: string }>((resolve) => {
      hub.onLine((first) => resolve(first as { readonly url: string }));
    });
    const { url } = await Promise.race([said, hub.failed]);
    line = await layCable(url);
    const start = (name: string, agent: string, hubUrl: string): Promise<Device> =>
      deviceIn(children.start('device-process', [join(folder, `${name}.db`), name, agent, hubUrl]), name, agent);
    const [laptop, phone, tablet] = await Promise.all([
      start('laptop', 'ada', url),
      start('phone', 'sam', url),
      start('tablet', 'kim', line.url),
    ]);
    return {
      ...narrator(output),
      hub: { url, pid: hub.pid },
      laptop,
      phone,
      tablet,
      everyone: [laptop, phone, tablet],
      line,
      until: async (what, holds) => {
        const startedMs = performance.now();
        while (!(await holds())) {
          signal.throwIfAborted();
          if (performance.now() - startedMs > patienceMs)
            throw new ReknitError('demo_failed', `the demo waited in vain: ${what}`, { what });
          await new Promise((resolve) => void setTimeout(resolve, lookMs));
        }
        return Math.round(performance.now() - startedMs);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
