import type { Plugin } from 'vitest/config';

/** A plugin that plants the bug of that name. */
export declare const plantedBug: (name: string) => Plugin;
