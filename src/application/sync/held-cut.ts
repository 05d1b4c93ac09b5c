/**
 * What a remote need not send again. The cut goes on over numbers that are only explained here
 * (S13): refused somewhere, or left out by a scope or for want of rights. Whoever reads anew may
 * be given them now, so this one ends before the first of them.
 */
import { vectorFrom, type VersionVector } from '../../domain/causality/version-vector.js';
import type { EventStore } from '../ports/event-store.js';

export const heldCut = async (store: EventStore): Promise<VersionVector> => {
  const held: [replicaId: string, seq: number][] = [];
  for (const [replicaId, seq] of Object.entries(await store.readCut())) {
    const [gap] = await store.readGaps(replicaId);
    held.push([replicaId, gap === undefined ? seq : gap.from - 1]);
  }
  return vectorFrom(held.filter(([, seq]) => seq > 0));
};
