/** What happens to what people wrote when things go wrong: the same scenarios with Reknit and with other systems. */
import { mkdirSync, rmSync } from 'node:fs';
import { startBench } from '../support/figures.js';
import { sizeOf } from '../support/options.js';
import { newFile } from '../support/workspace.js';
import { killedSyncs, killScenario } from './scenarios/killed.js';
import type { Verdict } from './scenarios/scenario.js';
import { scenarios, type ScenarioName } from './scenarios/scenarios.js';
import { comparedTable } from './support/compared.js';
import { runOrder, type Followed } from './support/run-order.js';
import type { ScenarioOrder } from './support/scenario-in-child.js';
import { loadSystem, systemNames, type SystemName } from './systems/systems.js';

const kills = sizeOf('kills', { full: 20, quick: 3 });
const updatesASide = sizeOf('aside', { full: 2_000, quick: 200 });
const limitMs = 60_000;

const bench = startBench({
  title: 'What becomes of what people wrote, beside other systems',
  method: `Each scenario is run with each system, set up as its documentation recommends, in a process of its own. Lost: whether something that somebody wrote can no longer be had, from what is shown, from the conflicts, or from the history that the system's interface offers. Told: whether the system reports a conflict when it is asked for them, or warns; nothing is asked of it that its interface does not have. Agreed: whether both replicas show the same in the end. "Not applicable" is what a system has no notion of. Killed syncs: a process with both replicas, ${updatesASide.toLocaleString('en-GB')} updates on each side, is killed with SIGKILL at ${kills} moments spread over its sync; both are opened again and synced, and are to show what they show without a kill.`,
});

const runScenario = async (scenario: ScenarioName, system: SystemName): Promise<Verdict> => {
  const folder = newFile(system);
  mkdirSync(folder);
  const order: ScenarioOrder = { scenario, system, folder };
  const followed = await runOrder<Verdict>('scenario-in-child', order, { limitMs: () => limitMs });
  rmSync(folder, { recursive: true, force: true });
  return verdictOf(followed);
};

const verdictOf = (followed: Followed<Verdict>): Verdict => {
  switch (followed.type) {
    case 'answered':
      return followed.answer;
    case 'failed':
      throw new Error(followed.reason);
    case 'killed':
    case 'too slow':
      return { type: 'run', lost: `not known: it did not end within ${limitMs / 1_000} s`, told: 'no', agreed: false };
  }
};

const cellsOf = (verdict: Verdict): readonly string[] =>
  verdict.type === 'run'
    ? [verdict.lost, verdict.told, verdict.agreed ? 'yes' : '**no**']
    : [`not applicable: ${verdict.reason}`, '', ''];

const systems = await Promise.all(
  systemNames.map(async (key) => {
    const { name, version } = await loadSystem(key);
    return { key, name, version };
  }),
);

const addScenario = async (title: string, run: (system: SystemName) => Promise<Verdict>): Promise<void> => {
  const rows: (readonly string[])[] = [];
  for (const { key, name, version } of systems) rows.push([`${name} ${version}`, ...cellsOf(await run(key))]);
  bench.addTable({ title, columns: ['system', 'lost', 'told', 'agreed'], rows });
};

for (const name of Object.keys(scenarios) as ScenarioName[])
  await addScenario(
    name.replace(/^./, (letter) => letter.toUpperCase()),
    (system) => runScenario(name, system),
  );
await addScenario(killScenario, (system) => killedSyncs({ system, kills, updatesASide, limitMs }));
bench.addTable(await comparedTable());
bench.finish();
