/** One scenario with one system, in a process of its own: what hangs or falls over there is the answer, and ends nothing else. */
import { stageOf } from '../scenarios/scenario.js';
import { scenarios, type ScenarioName } from '../scenarios/scenarios.js';
import { loadSystem, type SystemName } from '../systems/systems.js';
import { followOrder } from './order.js';

export interface ScenarioOrder {
  readonly scenario: ScenarioName;
  readonly system: SystemName;
  readonly folder: string;
}

await followOrder(async (order) => {
  const { scenario, system, folder } = order as ScenarioOrder;
  return scenarios[scenario](stageOf(await loadSystem(system), folder));
});
