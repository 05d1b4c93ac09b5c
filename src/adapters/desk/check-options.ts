/** What a desk is made of, checked once when it is made: not every embedder has a compiler. */
import { checkMembers, type Members } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { defaultDeskLimits, type DeskLimits, type DeskOptions } from './options.js';

const wrong = (member: string, what: string): never => {
  throw new ReknitError('wrong_type', `createDesk: "${member}" must be ${what}`, { member });
};

const pathForm = /^(?:\/[\w.~-]+)*$/;
const originForm = /^https?:\/\/[^/?#@\s]+$/;

const members: Members<DeskOptions> = {
  replica: true,
  basePath: true,
  signIn: true,
  watchSignIns: true,
  origins: true,
  pageFolder: true,
  connections: true,
  rules: true,
  logger: true,
  clock: true,
  limits: true,
};

export const checkDeskOptions = (options: DeskOptions): void => {
  if (typeof options !== 'object' || options === null) wrong('options', 'an object with a replica at least');
  checkMembers('createDesk', options, members);
  const { replica, basePath = '', signIn, origins = [], pageFolder, connections = [], watchSignIns } = options;
  if (typeof (replica as Partial<DeskOptions['replica']> | undefined)?.review?.outlines !== 'function')
    wrong('replica', 'what openReplica gives');
  if (typeof basePath !== 'string' || !pathForm.test(basePath)) wrong('basePath', 'empty, or a path such as /desk');
  if (signIn !== undefined && typeof signIn !== 'function') wrong('signIn', 'a function that answers who comes');
  if (watchSignIns !== undefined && typeof watchSignIns !== 'function') wrong('watchSignIns', 'a function');
  if (!Array.isArray(origins) || !origins.every((origin) => originForm.test(String(origin))))
    wrong('origins', 'a list of origins such as https://desk.example, each without a path or a slash at its end');
  if (pageFolder !== undefined && typeof pageFolder !== 'string') wrong('pageFolder', 'the path of a folder');
  if (!Array.isArray(connections)) wrong('connections', 'a list of { name, connection }');
};

export const deskLimitsOf = (given: Partial<DeskLimits> = {}): DeskLimits => {
  const limits: Record<string, number> = { ...defaultDeskLimits };
  if (typeof given !== 'object' || given === null) wrong('limits', 'an object');
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaultDeskLimits, name))
      wrong(`limits.${name}`, `left out: the limits are ${Object.keys(defaultDeskLimits).join(', ')}`);
    const least = name === 'gatherMs' ? 0 : 1;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
      wrong(`limits.${name}`, `a number from ${least} up`);
    limits[name] = value as number;
  }
  return limits as unknown as DeskLimits;
};
