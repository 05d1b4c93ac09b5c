/** What the store says of itself: whose it is, how much it holds, how far it goes. */
import { vectorFrom, type VersionVector } from '../../domain/causality/version-vector.js';
import type { AuditEntry } from '../../domain/audit/audit-chain.js';
import type { Refusal } from '../../domain/merge/unit-of-work.js';
import type { Page, StoreCounts, StoreFacts } from '../../application/ports/event-store.js';
import type { Draft } from './draft.js';
import { readNumber, readText, startingWith } from './key-text.js';
import { keys, type Reach } from './keys.js';
import { entriesAt } from './placed-events.js';

export const readFacts = async (draft: Draft): Promise<StoreFacts> => {
  await draft.fetch([keys.policy]);
  const { head } = draft;
  const policy = draft.read(keys.policy);
  return {
    replica: head.replica,
    policy: policy === undefined ? undefined : { ...policy, rederiveFrom: policy.rederiveFrom },
    audit: head.audit,
    isCopy: false,
    logHead: head.position,
    syncedSeq: head.syncedSeq,
    scope: head.scope,
  };
};

export const readAudit = async (
  { after, limit }: { readonly after: number; readonly limit: number },
  draft: Draft,
): Promise<Page<AuditEntry>> => {
  const found = await draft.scan({ ...startingWith('a'), from: keys.audit(after + 1), limit: limit + 1 });
  const items = found.slice(0, limit).flatMap((key) => draft.read<AuditEntry>(key) ?? []);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: last.number } : { items };
};

const reaches = async (draft: Draft): Promise<readonly (readonly [replicaId: string, reach: Reach])[]> => {
  const found: (readonly [string, Reach])[] = [];
  for await (const key of draft.every(startingWith('r'))) {
    const reach = draft.read<Reach>(key);
    if (reach !== undefined) found.push([readText(key, 1)[0], reach]);
  }
  return found;
};

export const readCut = async (draft: Draft): Promise<VersionVector> =>
  vectorFrom((await reaches(draft)).filter(([, { prefix }]) => prefix > 0).map(([id, { prefix }]) => [id, prefix]));

export const readReplicas = async (draft: Draft): Promise<VersionVector> =>
  vectorFrom((await reaches(draft)).filter(([, { highest }]) => highest > 0).map(([id, { highest }]) => [id, highest]));

export const countAll = async (draft: Draft): Promise<StoreCounts> => {
  const { counts } = draft.head;
  return {
    events: counts.events,
    resources: counts.resources,
    localOnly: counts.localOnly,
    parked: counts.parked - counts.refused,
    ...(await countRefusals(draft)),
    voids: counts.voids,
    conflictsPending: counts.conflictsPending,
    conflictsResolved: counts.conflictsResolved,
  };
};

/** Refusals are few, and what became of their events is not known where they are written. */
const countRefusals = async (draft: Draft): Promise<Pick<StoreCounts, 'rejected' | 'refusedForeign'>> => {
  let [rejected, refusedForeign] = [0, 0];
  const { before } = startingWith('R');
  for (let from = 'R'; draft.head.refusals > 0;) {
    const page = await draft.scan({ from, before, limit: inOneGo });
    const refusals = page.flatMap((key) => draft.read<Refusal>(key) ?? []);
    const entries = await entriesAt(
      refusals.map(({ dot }) => dot),
      draft,
    );
    const own = refusals.flatMap((refusal) =>
      (entries.get(refusal.dot) ?? []).filter(([, hash]) => hash === refusal.hash).map((entry) => ({ refusal, entry })),
    );
    const standingOf = ([position, , , resourceType, resourceId]: (typeof own)[number]['entry']) =>
      keys.standing({ resourceType, resourceId }, position);
    await draft.fetch(own.map(({ entry }) => standingOf(entry)));
    for (const { refusal, entry } of own) {
      const standing = draft.read(standingOf(entry));
      if (standing?.[0] === 'parked' && standing[2] === 'refused' && refusal.status !== 'shelved') rejected += 1;
      if (standing?.[0] === 'applied' && standing[6] === 0 && refusal.status !== 'accepted') refusedForeign += 1;
    }
    draft.forget();
    const last = page.at(-1);
    if (last === undefined || page.length < inOneGo) break;
    from = keys.refusal(readNumber(last, 1) + 1);
  }
  return { rejected, refusedForeign };
};

const inOneGo = 256;
