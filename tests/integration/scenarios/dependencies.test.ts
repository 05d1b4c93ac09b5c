/** A track is deleted while somebody refers to it: what each policy makes of that, and what a person can decide. */
import { describe, expect, test } from 'vitest';
import {
  cascade,
  definePolicy,
  defineResource,
  detach,
  reference,
  register,
  restore,
  review,
  write,
  type MergeStrategy,
  type Policy,
  type Replica,
} from '../../../src/index.js';
import { collect, meet, meetAll, siteOn, storeKinds, type Site, type StoreKind } from '../../support/site.js';

const policyOf = (onDelete: MergeStrategy): Policy =>
  definePolicy({
    name: 'tracks',
    version: 1,
    resources: [
      defineResource('feature', { version: 1, fields: { title: register(), trackId: reference('track') } }),
      defineResource('track', { version: 1, fields: { name: register() } }),
    ],
    byConflict: { dependency: onDelete },
  });

/** The phone deletes the track while the laptop makes a feature of it. */
const disputed = async (
  kind: StoreKind,
  onDelete: MergeStrategy,
): Promise<{ readonly site: Site; readonly laptop: Replica; readonly phone: Replica }> => {
  const site = siteOn(kind);
  const policy = policyOf(onDelete);
  const [laptop, phone] = [await site.open('laptop', { policy }), await site.open('phone', { policy })];
  await laptop.create('track', 't', { name: 'Track' });
  await laptop.create('feature', 'f', { title: 'Feature' });
  await meet(phone, laptop);
  await laptop.update('feature', 'f', { trackId: 't' });
  await phone.delete('track', 't');
  await meetAll(laptop, phone);
  return { site, laptop, phone };
};

const shown = async (replica: Replica): Promise<unknown> => {
  const [feature, track] = [await replica.get('feature', 'f'), await replica.get('track', 't')];
  return {
    feature: feature?.deleted === true ? 'deleted' : feature?.fields['trackId'],
    track: track?.deleted === true ? 'deleted' : 'alive',
  };
};

describe.each(storeKinds)('on a %s store', (kind) => {
  test.each([
    ['pending', review()],
    ['decided', restore()],
  ] as const)('a list names the conflicts of a resource as it is shown alone, a %s one', async (_name, strategy) => {
    const { site, laptop } = await disputed(kind, strategy);
    const alone = await laptop.get('feature', 'f');
    expect(alone?.conflicts).toHaveLength(1);

    expect(await collect(laptop.list({ resourceType: 'feature' }))).toEqual([alone]);
    await site.close();
  });

  test.each([
    ['restore', restore(), { feature: 't', track: 'alive' }],
    ['detach', detach(), { feature: null, track: 'deleted' }],
    ['cascade', cascade(), { feature: 'deleted', track: 'deleted' }],
  ] as const)('%s decides by policy, alike everywhere (R26, R27)', async (name, strategy, expected) => {
    const { laptop, phone } = await disputed(kind, strategy);

    for (const replica of [laptop, phone]) {
      expect(await shown(replica)).toEqual(expected);
      expect(await replica.conflicts.list()).toMatchObject([
        {
          conflictType: 'dependency',
          status: 'resolved',
          resolutionStrategy: name,
          resolution: { type: 'apply', action: name },
        },
      ]);
      expect(await replica.verify()).toMatchObject({ ok: true });
    }
    expect(await laptop.digest()).toBe(await phone.digest());
  });

  test.each([
    ['restore', restore(), 'track', 't', undefined, { agentId: 'laptop', value: 'reference' }, ['phone']],
    ['detach', detach(), 'feature', 'f', 'trackId', undefined, ['laptop']],
    ['cascade', cascade(), 'feature', 'f', undefined, { agentId: 'phone', value: 'deleted' }, ['laptop']],
  ] as const)(
    'what %s made of it is explained by that decision',
    async (name, strategy, type, id, field, winner, lost) => {
      const { laptop, phone } = await disputed(kind, strategy);
      const [conflict] = await phone.conflicts.list();

      for (const replica of [laptop, phone]) {
        const explained = await replica.explain(type, id);
        const told = field === undefined ? explained?.existence : explained?.fields.find((one) => one.field === field);
        expect(told).toMatchObject({ status: 'decided', strategy: name, conflictId: conflict?.conflictId });
        if (winner === undefined) expect(told).not.toHaveProperty('winner');
        else expect(told?.winner).toMatchObject(winner);
        expect(told?.losers.map(({ agentId }) => agentId)).toEqual(lost);
        expect(told?.reason).toContain(name);
      }
    },
  );

  test.each([
    ['restore', { feature: 't', track: 'alive' }],
    ['detach', { feature: null, track: 'deleted' }],
    ['cascade', { feature: 'deleted', track: 'deleted' }],
    ['keep', { feature: 't', track: 'deleted' }],
  ] as const)('a person applies %s, and it stays decided (R28)', async (action, expected) => {
    const { laptop, phone } = await disputed(kind, review());
    const [conflict] = await phone.conflicts.list({ status: 'pending_review' });
    expect(conflict).toMatchObject({
      conflictType: 'dependency',
      resourceId: 'f',
      unit: { kind: 'dependency', field: 'trackId', target: { resourceType: 'track', resourceId: 't' } },
    });
    expect(await shown(phone)).toEqual({ feature: 't', track: 'deleted' });
    expect((await phone.get('feature', 'f'))?.conflicts).toEqual([conflict?.conflictId]);

    await phone.conflicts.resolve(conflict?.conflictId ?? '', { apply: action });
    await meetAll(laptop, phone);
    await meetAll(phone, laptop);

    for (const replica of [laptop, phone]) {
      expect(await shown(replica)).toEqual(expected);
      expect(await replica.conflicts.list({ status: 'pending_review' })).toEqual([]);
      expect(await replica.verify()).toMatchObject({ ok: true });
    }
    expect(await laptop.digest()).toBe(await phone.digest());
    await laptop.update('feature', 'f', { title: 'Later' }).catch(() => undefined);
    await meetAll(laptop, phone);
    expect(await phone.conflicts.list({ status: 'pending_review' })).toEqual([]);
  });

  test('who saw the other side makes no conflict, and unknown targets are none (R25, R26)', async () => {
    const site = siteOn(kind);
    const policy = policyOf(review());
    const [laptop, phone] = [await site.open('laptop', { policy }), await site.open('phone', { policy })];
    const track = await laptop.create('track', 't', {});
    const first = await laptop.create('feature', 'f', { trackId: 't' });
    expect(first.sees).toEqual([`laptop:${track.seq}`]);
    await meet(phone, laptop);
    const deleted = await phone.delete('track', 't');
    expect(deleted.sees).toEqual([`laptop:${first.seq}`]);
    await laptop.create('feature', 'g', { trackId: 'never made' });
    await meetAll(laptop, phone);

    expect(await laptop.conflicts.list()).toEqual([]);
  });

  test.each([
    ['with an id of the usual length', 'laptop-of-a-person-22ch', 2_500, 0],
    // An event cannot name them all; it can be recorded.
    ['with very long ids', 'x'.repeat(200), 1_000, 1_000 - Math.floor(131_072 / 207)],
  ])('a delete has seen what refers to it, also where that is much, %s (R25, R26)', async (_, id, count, unseen) => {
    const site = siteOn(kind);
    const policy = policyOf(review());
    const [laptop, phone] = [await site.open(id, { policy }), await site.open('phone', { policy })];
    await laptop.create('track', 't', { name: 'Track' });
    await laptop.commit(
      Array.from({ length: count }, (_value, index) => write.create('feature', `f${index}`, { trackId: 't' })),
    );
    await laptop.delete('track', 't');
    await meet(phone, laptop);

    for (const replica of [laptop, phone]) {
      const { total } = await replica.conflicts.report({ limit: 1 });
      expect(total).toBeGreaterThanOrEqual(unseen);
      expect(total).toBeLessThanOrEqual(unseen * 1.1);
    }
  });

  test('a resolution that is none for a dependency is refused (R28)', async () => {
    const { laptop } = await disputed(kind, review());
    const [conflict] = await laptop.conflicts.list();
    for (const resolution of [{ choose: 'local' }, { value: 't' }, { apply: 'explode' }])
      await expect(
        laptop.conflicts.resolve(conflict?.conflictId ?? '', resolution as { readonly choose: string }),
      ).rejects.toMatchObject({ code: 'bad_resolution' });
    expect(await laptop.conflicts.list({ status: 'pending_review' })).toHaveLength(1);
  });

  test('the past knows its dependencies too (R37)', async () => {
    const { laptop } = await disputed(kind, restore());
    const now = await laptop.cut();
    await laptop.update('feature', 'f', { trackId: null });

    const past = laptop.at(now);
    expect(await past.get('track', 't')).toMatchObject({ deleted: false });
    expect((await past.conflicts()).map(({ conflictType }) => conflictType)).toEqual(['dependency']);
    expect(await shown(laptop)).toEqual({ feature: null, track: 'deleted' });
    expect(await collect(laptop.list({ resourceType: 'track' }))).toEqual([]);
  });
});
