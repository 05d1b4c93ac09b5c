/** A deterministic simulation of whole replicas, for one's own policy and adapters. */
export type { Budget, Checker, HubUnderCheck, PlaceUnderCheck, WorldUnderCheck } from './checker.js';
export { describePlan } from './describe-plan.js';
export type { StoreMaker } from './disk.js';
export type { Holdings } from './holdings.js';
export type { Body, Wire } from './network.js';
export type { HubMaker, HubSite, SimulatedHub, SimulationOptions } from './options.js';
export { overWire } from './over-wire.js';
export { faultClasses, type FaultClass, type Plan, type Shape, type Step } from './plan.js';
export type { Outcome } from './run-plan.js';
export {
  planOf,
  replay,
  simulate,
  type SimulateOptions,
  type SimulationFailure,
  type SimulationReport,
} from './simulate.js';
