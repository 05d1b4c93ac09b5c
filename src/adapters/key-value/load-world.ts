/** What a merge asks about resources that its events do not touch: who refers to whom, and what was decided about that. */
import type { DependencyWorld, WorldRequest } from '../../domain/merge/dependencies.js';
import { refOfKey, resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { Draft } from './draft.js';
import { readText, startingWith } from './key-text.js';
import { keys } from './keys.js';
import { recordsOf } from './load-history.js';
import { fromStoredText } from './stored-text.js';

export const loadWorld = async (request: WorldRequest, draft: Draft): Promise<DependencyWorld> => {
  const refs = request.resources.map(refOfKey);
  await draft.fetch(refs.map(keys.resource));
  const records = new Map<ResourceKey, readonly ConflictRecord[]>();
  const referrers = new Map<ResourceKey, readonly ResourceKey[]>();
  for (const ref of refs) records.set(resourceKeyOf(ref), await recordsOf(ref, draft, 'dependency'));
  for (const key of request.referrersOf) referrers.set(key, await referrersOf(key, draft));
  return {
    resources: new Map(
      refs.map((ref) => {
        const text = draft.read(keys.resource(ref));
        return [resourceKeyOf(ref), text === undefined ? undefined : fromStoredText(text)];
      }),
    ),
    referrers,
    records,
    hasReferences: draft.head.counts.referring > 0,
  };
};

const referrersOf = async (target: ResourceKey, draft: Draft): Promise<readonly ResourceKey[]> => {
  const prefix = keys.referrersOf(refOfKey(target));
  const found: (readonly [number: number, key: ResourceKey])[] = [];
  for await (const key of draft.every(startingWith(prefix))) {
    const [resourceType, next] = readText(key, prefix.length);
    const number = draft.read<number>(key) ?? 0;
    found.push([number, resourceKeyOf({ resourceType, resourceId: readText(key, next)[0] })]);
  }
  return found.sort(([a], [b]) => a - b).map(([, key]) => key);
};
