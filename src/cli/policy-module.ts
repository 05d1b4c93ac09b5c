/**
 * The policy that a call names: a module of the user's, whose code may be anything, or a JSON
 * file with a policy's data, which only names strategies that are shipped.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { policyFromData, ReknitError, type JsonObject, type Policy } from '../index.js';

export const loadPolicy = async (path: string): Promise<Policy> => {
  const file = resolve(path);
  if (!existsSync(file))
    throw new ReknitError('policy_not_found', `there is no policy ${path}: name a module or a JSON file`, { path });
  if (file.endsWith('.json')) return policyFromData(jsonFrom(file, path));
  const loaded = (await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw new ReknitError(
      'policy_broken',
      `the policy ${path} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { path },
      { cause },
    );
  })) as Readonly<Record<string, unknown>>;
  const policy = [loaded['default'], loaded['policy']].find(isPolicy);
  if (policy === undefined)
    throw new ReknitError(
      'policy_broken',
      `${path} exports no policy: export what definePolicy returns as "policy", or as the default`,
      { path },
    );
  return policy;
};

const jsonFrom = (file: string, path: string): JsonObject => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
  } catch (cause) {
    throw new ReknitError('policy_broken', `the policy ${path} could not be read as JSON`, { path }, { cause });
  }
};

const isPolicy = (value: unknown): value is Policy =>
  typeof value === 'object' &&
  value !== null &&
  'rulesFor' in value &&
  'fingerprint' in value &&
  typeof value.rulesFor === 'function';
