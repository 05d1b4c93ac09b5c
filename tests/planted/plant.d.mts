import type { Plugin } from 'vitest/config';
import type { PlantedBug } from './bugs.d.mts';

/** A plugin that plants the bug of that name. */
export declare const plantedBug: (name: string) => Plugin;

/** What is left to say where the text does not stand in the source exactly once; undefined where it does. */
export declare const anchorProblem: (bug: PlantedBug, source: string) => string | undefined;
