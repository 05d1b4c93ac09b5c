/** What the application asks of the machine it runs on; each is a function, so that a test can be the machine. */
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { Connectivity } from './connectivity.js';
import type { Chance, Timers } from './timers.js';

/** Milliseconds since 1970 by the wall clock; it may jump and run backwards. */
export type WallClock = () => number;

/** 128 random bits as text, for ids. */
export type RandomId = () => string;

/** Where a replica tells what an operator should know. */
export interface Logger {
  readonly debug: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
  readonly info: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
  readonly error: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
}

const ignore = (): void => undefined;

/** Tells nobody. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The machine, as far as a replica depends on it. */
export interface System {
  readonly clock: WallClock;
  readonly randomId: RandomId;
  /** The ids come from elsewhere than randomness, so each is looked up before it is used. */
  readonly idsMayRepeat?: boolean;
  readonly sha256: Sha256;
  readonly logger: Logger;
  /** Without timers nothing is exchanged but when asked. */
  readonly timers?: Timers;
  readonly chance?: Chance;
  readonly connectivity?: Connectivity;
  /** What a person calls this process, among those that use one file. */
  readonly processName?: string;
}
