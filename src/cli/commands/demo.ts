/** `reknit demo`: shows what merging is, with a story, with a hub and processes around it, or with a bundle of real events. */
import type { Command } from 'commander';
import { examples, type Run } from '../command.js';
import { usageError } from '../errors.js';
import { runBundleDemo } from '../demo/bundle-demo.js';
import { runHubStory } from '../demo/hub/hub-story.js';
import { runStory } from '../demo/story.js';
import { naturalNumber } from '../parse-options.js';
import type { Session } from '../session.js';

interface Options {
  readonly replicas: number;
  readonly seed: number;
  readonly keep?: boolean;
  readonly hub?: boolean;
}

export const addDemo = (program: Command, run: Run): void => {
  program
    .command('demo')
    .description(
      'show how offline work merges; with a hub, how devices stay in step; with a bundle, that all arrive at the same',
    )
    .argument('[bundle]', 'real events, to be dealt out and delivered in random orders')
    .option('--hub', 'the second act: a hub and three devices as processes, and a line that is cut')
    .option('--replicas <count>', 'for a bundle: how many', naturalNumber, 3)
    .option('--seed <number>', 'for a bundle: another random order', naturalNumber, 1)
    .option('--keep', 'keep the files, to look into them')
    .addHelpText(
      'after',
      examples('reknit demo', 'reknit demo --hub', 'reknit demo bundle.ndjson.gz --replicas 3 --seed 7'),
    )
    .action(
      run(
        async (
          session: Session,
          bundle: string | undefined,
          { replicas, seed, keep = false, hub = false }: Options,
        ) => {
          if (hub && bundle !== undefined) throw usageError('--hub tells a story of its own: leave out the bundle');
          if (hub) return runHubStory(session, keep);
          if (bundle === undefined) return runStory(session, keep);
          if (replicas < 2 || replicas > 20) throw usageError('--replicas must be from 2 to 20');
          return runBundleDemo(session, { bundle, replicas, seed, keep });
        },
      ),
    );
};
