/** How the story's features merge: most fields by the last write, one by priority, one by people. */
import {
  byConflict,
  definePolicy,
  defineResource,
  lastWriteWins,
  priorityBased,
  register,
  userChoice,
  type Policy,
} from '../../index.js';

const feature = defineResource('feature', {
  version: 1,
  fields: {
    title: register<string>(),
    status: register<string>(),
    owner: register<string>(undefined, { strategy: priorityBased() }),
    // Two people who settle it differently should not have to meet a third time.
    release: register<string>(undefined, {
      strategy: byConflict({ concurrent_modification: userChoice(), concurrent_resolution: lastWriteWins() }),
    }),
  },
});

export const storyPolicy: Policy = definePolicy({ name: 'demo', version: 1, resources: [feature] });
