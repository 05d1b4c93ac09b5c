/**
 * A process that is killed while it syncs, between what it applied and what it noted of that, at moments that are
 * spread over a sync. What was recorded before is on both sides' files, so nothing of it may be missing afterwards.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { newFile } from '../../support/workspace.js';
import { copyFolder } from '../support/folders.js';
import type { Outcome } from '../support/outcome.js';
import type { ReconnectOrder, Reconnected } from '../support/reconnect-in-child.js';
import { runOrder, type Followed } from '../support/run-order.js';
import { loadSystem, type SystemName } from '../systems/systems.js';
import type { Verdict } from './scenario.js';

export const killScenario = 'A kill between what is applied and what is noted';

export interface KilledSyncs {
  readonly system: SystemName;
  readonly kills: number;
  readonly updatesASide: number;
  readonly limitMs: number;
}

const resources = 200;

/** What is to be the same with a kill and without: who wins may not hang on it. */
const sameIn = ({ contested, reported, hidden }: Outcome): string => JSON.stringify({ contested, reported, hidden });

export const killedSyncs = async ({ system, kills, updatesASide, limitMs }: KilledSyncs): Promise<Verdict> => {
  if ((await loadSystem(system)).survives === 'nothing')
    return { type: 'not applicable', reason: 'it keeps nothing that could be opened again' };
  const prepared = newFile(system);
  mkdirSync(prepared);
  const order = { system, resources, updatesASide } as const;
  const inFolder = async (
    task: ReconnectOrder['do'],
    folder: string,
    kill?: { readonly stage: string; readonly afterMs: number },
  ): Promise<Followed<Reconnected>> =>
    runOrder<Reconnected>(
      'reconnect-in-child',
      { do: task, folder, ...order },
      { limitMs: () => limitMs, ...(kill === undefined ? {} : { kill }) },
    );
  const copied = (): string => {
    const folder = newFile('killed');
    copyFolder(prepared, folder);
    return folder;
  };
  await inFolder('prepare', prepared);
  const whole = copied();
  const undisturbed = await inFolder('reconnect', whole);
  rmSync(whole, { recursive: true });
  if (undisturbed.type !== 'answered') throw new Error(`${system}: ${JSON.stringify(undisturbed)}`);
  const { syncMs, shown, outcome } = undisturbed.answer;

  let killed = 0;
  const failures = new Map<string, number>();
  const count = (failure: string): void => void failures.set(failure, (failures.get(failure) ?? 0) + 1);
  for (let index = 0; index < kills; index += 1) {
    const folder = copied();
    const afterMs = (syncMs * (index + 0.5)) / kills;
    const cut = await inFolder('reconnect', folder, { stage: 'syncing', afterMs });
    // One that was faster than the first has nothing to recover from, and proves nothing.
    if (cut.type === 'killed') {
      killed += 1;
      const again = await inFolder('reconnect', folder);
      if (again.type !== 'answered') count('could not go on from its files');
      else if (again.answer.shown !== shown) count('show something else than without a kill');
      else if (sameIn(again.answer.outcome) !== sameIn(outcome)) count('report other conflicts than without a kill');
    }
    rmSync(folder, { recursive: true });
  }
  rmSync(prepared, { recursive: true });
  const failed = [...failures].map(([failure, times]) => `${times} of ${killed} ${failure}`);
  if (killed === 0) return { type: 'not applicable', reason: 'every sync was through before it could be killed' };
  return {
    type: 'run',
    lost: failed.length === 0 ? `no, in ${killed} kills` : failed.join('; '),
    told: 'nothing to tell',
    agreed: failures.size === 0,
  };
};
