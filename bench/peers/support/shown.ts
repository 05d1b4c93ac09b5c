/** All that a replica shows, as one text that is the same for the same content. */
import type { PeerReplica } from './peer-system.js';

export const shownBy = async (replica: PeerReplica): Promise<string> =>
  JSON.stringify([
    sorted(await replica.read()),
    (await replica.children()).map(({ id, isParentThere }) => `${id} ${isParentThere}`).sort(),
  ]);

/** Without the order in which a system happens to hold its fields. */
export const sorted = (value: object): readonly unknown[] =>
  Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]): unknown => [key, typeof one === 'object' && one !== null ? sorted(one as object) : one]);
