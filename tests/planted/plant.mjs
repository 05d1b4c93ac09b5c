/**
 * Plants one bug in the sources that a test run loads: no file is touched, so a run that is killed leaves nothing
 * behind. Used by vitest.config.ts where REKNIT_PLANTED names a bug.
 */
import { fileURLToPath } from 'node:url';
import { plantedBugs } from './bugs.mjs';

const sources = fileURLToPath(new URL('../../src/', import.meta.url));

/** What is left to say where the text does not stand in the source exactly once; undefined where it does. */
export const anchorProblem = ({ file, find }, source) => {
  const times = source.split(find).length - 1;
  return times === 1 ? undefined : `${file} holds ${times === 0 ? 'no' : `${times} times`} "${find}"`;
};

/** A plugin of vite. */
export const plantedBug = (name) => {
  const bug = plantedBugs.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`no planted bug has the name "${name}"`);
  const file = `${sources}${bug.file}`;
  return {
    name: 'reknit-planted-bug',
    enforce: 'pre',
    transform: (code, id) => {
      if (id.split('?')[0] !== file) return undefined;
      const problem = anchorProblem(bug, code);
      if (problem !== undefined) throw new Error(problem);
      return { code: code.replace(bug.find, () => bug.replace), map: null };
    },
  };
};
