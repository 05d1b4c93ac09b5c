/** What a simulation is made of: the parts under test, which are the caller's, and how far it goes. */
import type { HubEntry } from '../../application/ports/hub-log.js';
import type { Remote } from '../../application/ports/remote.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { Policy } from '../../domain/strategies/policy.js';
import type { Checker } from './checker.js';
import type { StoreMaker } from './disk.js';
import type { Wire } from './network.js';
import type { FaultClass } from './plan.js';

/** Where a simulated hub stands. */
export interface HubSite {
  readonly seed: number;
  readonly name: string;
  readonly nowMs: () => number;
  /** Texts that nobody else has, the same in every run of a seed. */
  readonly newId: () => string;
  readonly batchMax: number;
  /** The hub is to be what this copy was; a new one without it. */
  readonly copy?: unknown;
}

/** A hub, or whatever replicas meet at. */
export interface SimulatedHub {
  /**
   * Leads one replica to it. Every question goes over the wire, as bytes or text: `overWire` does
   * that for a remote that has no protocol of its own.
   */
  readonly remote: (wire: Wire) => Remote;
  /** All that its log holds, in order; without it nobody checks what it says that it holds. */
  readonly entries?: () => Promise<readonly HubEntry[]>;
  /** How many events of this replica it holds, without a gap, in its log or waiting. */
  readonly headOf?: (replicaId: string) => Promise<number>;
  /** How many entries somebody has read who has this cursor; undefined for a cursor of another life. */
  readonly positionOf?: (cursor: string) => number | undefined;
  /** What it holds now, to be brought back from later; without it no hub is lost and none brought back. */
  readonly copy?: () => unknown;
  readonly close: () => Promise<void>;
}

/** Makes a hub over a log; asked again after the hub was wiped or brought back. */
export type HubMaker = (site: HubSite) => SimulatedHub | Promise<SimulatedHub>;

/** What is simulated: the policies, and the adapters under test. */
export interface SimulationOptions {
  /** One, or several that replicas differ in where the seed says so. */
  readonly policy: Policy | readonly Policy[];
  /** Makes an empty store: `() => createMemoryStore()`. */
  readonly store: StoreMaker;
  /** Without it replicas meet each other alone. */
  readonly hub?: HubMaker;
  /** Types that are written; those that the policy declares, and one that it does not. */
  readonly resourceTypes?: readonly string[];
  /** Classes of faults that are not to happen. */
  readonly without?: readonly FaultClass[];
  /** Steps of a history: most have about the first number, one in a hundred has the second; 60 and 2,000. */
  readonly steps?: { readonly median: number; readonly long: number };
  /** Beside those that come with the simulation. */
  readonly checkers?: readonly Checker[];
  /** The platform's is faster. */
  readonly sha256?: Sha256;
  /** Lets whatever is ready go on, by one turn of the event loop. */
  readonly turn?: () => Promise<void>;
}
