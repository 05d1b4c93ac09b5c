/**
 * What can befall a call to something outside, and which call it befalls: a list that a test
 * draws, or chance from a seed. Both say the same again when asked again, so that a failing run
 * can be repeated.
 */
import { checkArgument, isObject } from '../../domain/shared/check-argument.js';
import { pause } from '../pause.js';

/** Their names. */
export const faults = ['none', 'lost', 'answer lost', 'cut off', 'twice', 'late'] as const;

/**
 * `lost`: it never arrives. `answer lost`: it is done, and its caller never hears of it. `cut off`:
 * the connection breaks in the middle, after a part of what was sent. `twice`: it arrives
 * twice, and the second answer is the one that is heard. `late`: it takes its time, and others
 * overtake it.
 */
export type Fault = (typeof faults)[number];

/** What befalls the next call. */
export type FaultSchedule = () => Fault;

/** One after the other, from the front of the list, which is emptied; when it is used up, all is well. */
export const scriptedFaults =
  (script: Fault[]): FaultSchedule =>
  () =>
    script.shift() ?? 'none';

/** How often what befalls a call, from a seed. */
export interface SeededFaults {
  readonly seed: number;
  /** How often something befalls a call, from 0 to 1. */
  readonly rate: number;
  /** What may befall it; everything without it. */
  readonly of?: readonly Fault[];
  /** After so many calls all is well, so that what is tried again ends; never without it. */
  readonly callsMax?: number;
}

/** The same faults for the same seed and the same calls. */
export const seededFaults = (options: SeededFaults): FaultSchedule => {
  const isSeeded = isObject(options) && Number.isFinite(options.seed) && Number.isFinite(options.rate);
  checkArgument(isSeeded, 'seededFaults', 'options', 'an object of a seed and a rate at least, both numbers');
  const { seed, rate, of = faults.slice(1), callsMax = Infinity } = options;
  let state = seed | 0;
  /** From 0 up to 1, without it (mulberry32). */
  const chance = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  let calls = 0;
  return () => {
    calls += 1;
    return calls > callsMax || chance() >= rate ? 'none' : (of[Math.floor(chance() * of.length)] ?? 'none');
  };
};

/** How faults are carried out. */
export interface FaultyOptions {
  /** How a call is delayed; a few turns of the platform's timers without it. */
  readonly delay?: () => Promise<void>;
}

/** Others overtake meanwhile. */
export const fewTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await pause(0);
};
