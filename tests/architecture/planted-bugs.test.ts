/**
 * The wrong changes that `npm run planted` makes are made for hours, and seldom: that each still has its place and its
 * tests is looked at here, whenever code moves.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedBugs } from '../planted/bugs.mjs';
import { anchorProblem } from '../planted/plant.mjs';
import { root } from './planted.js';

test('every planted bug has a place in the sources', () => {
  const problems = plantedBugs.flatMap((bug) => {
    const path = join(root, 'src', bug.file);
    return existsSync(path) ? (anchorProblem(bug, readFileSync(path, 'utf8')) ?? []) : [`${bug.file} is gone`];
  });

  expect(plantedBugs.length).toBeGreaterThan(0);
  expect(problems).toEqual([]);
});

test('every planted bug names tests that are there', () => {
  const gone = plantedBugs.flatMap(({ tests }) => tests).filter((path) => !existsSync(join(root, 'tests', path)));

  expect(gone).toEqual([]);
  expect(plantedBugs.filter(({ tests }) => tests.length === 0)).toEqual([]);
});
