/** Rules made from decisions: they decide in their owner's name, are seen, counted, audited, and switched off. */
import { describe, expect, onTestFinished, test } from 'vitest';
import * as api from '../../src/adapters/desk/api/index.js';
import type { NewRule, Replica } from '../../src/index.js';
import { browse, diverged, openDesk, openOne } from '../support/desk-site.js';
import { codeOf, collect, meet } from '../support/site.js';

const phoneTitles: NewRule = {
  match: { resourceType: 'task', unit: { kind: 'field', field: 'title' } },
  choose: { replicaId: 'phone' },
};

const running = (replica: Replica) => {
  const run = replica.rules.run();
  onTestFinished(() => run.close());
  return run;
};

test('a rule is tried, made, decides what is there and what comes, and is switched off by one click', async () => {
  const { laptop, phone, desk } = await diverged(3);
  const browser = await browse(desk);
  const preview = await browser.post('api/rules/preview', phoneTitles);
  api.rulePreview.parse(preview.body);
  expect(preview.body).toMatchObject({ pending: 3, resolved: 0 });
  expect(preview.body.items.map(({ to }: { to: { text: string } }) => to.text).sort()).toEqual([
    '"Phone 0"',
    '"Phone 1"',
    '"Phone 2"',
  ]);
  expect((await browser.get('api/conflicts')).body.total).toBe(3);

  const made = await browser.post('api/rules', phoneTitles);
  api.rule.parse(made.body);
  expect(made.body).toMatchObject({
    owner: 'laptop-user',
    isOn: true,
    label: 'always take the value of phone for title of task',
  });
  await expect.poll(async () => (await browser.get('api/conflicts')).body.total).toBe(0);
  await expect.poll(async () => (await browser.get('api/rules')).body.rules[0].decided).toBe(3);
  const [decided] = (await browser.get('api/conflicts?status=resolved')).body.items;
  expect(decided.decidedBy).toMatchObject({ by: 'rule', agentId: 'laptop-user', ruleId: made.body.ruleId });
  expect((await browser.get(`api/conflicts/${decided.conflictId}`)).body.ruleIds).toEqual([made.body.ruleId]);

  // What comes from now on, and only what it is about.
  await meet(laptop, phone);
  for (const [device, text] of [
    [laptop, 'laptop'],
    [phone, 'phone'],
  ] as const)
    await device.update('task', 't1', { title: `again ${text}`, status: text });
  await meet(laptop, phone);
  await expect.poll(async () => (await laptop.get('task', 't1'))?.fields['title']).toBe('again phone');
  expect((await browser.get('api/conflicts')).body.items).toMatchObject([{ unit: { field: 'status' } }]);

  // A person may decide otherwise, and the rule leaves that alone.
  const undone = await browser.post(`api/conflicts/${decided.conflictId}/undo`, {
    version: (await browser.get(`api/conflicts/${decided.conflictId}`)).body.version,
  });
  expect([200, 409]).toContain(undone.status);

  const off = await browser.post(`api/rules/${made.body.ruleId}/off`, {});
  expect(off.body.isOn).toBe(false);
  await meet(laptop, phone);
  for (const [device, text] of [
    [laptop, 'laptop'],
    [phone, 'phone'],
  ] as const)
    await device.update('task', 't2', { title: `off ${text}` });
  await meet(laptop, phone);
  await laptop.rules.run().settled();
  expect((await browser.get('api/conflicts?field=title')).body.total).toBe(1);
  expect((await browser.delete(`api/rules/${made.body.ruleId}`)).status).toBe(204);
  expect((await browser.get('api/rules')).body.rules).toEqual([]);
  expect((await browser.post(`api/rules/${made.body.ruleId}/on`, {})).body.error.code).toBe('rule_unknown');

  const acts = (await collect(laptop.audit.entries())).flatMap((entry) => entry.acts).map(({ type }) => type);
  expect(acts.filter((type) => type.startsWith('Rule'))).toEqual([
    'RuleAdded',
    'RuleDecided',
    'RuleDecided',
    'RuleSwitchedOff',
    'RuleRemoved',
  ]);
  expect((await laptop.verify()).ok).toBe(true);
});

test("rules are this replica's own: no event, no policy, no digest tells of them, and they survive it", async () => {
  const { laptop, phone } = await diverged();
  const [digest, cut, policy] = [await laptop.digest(), await laptop.cut(), (await laptop.status()).policy];

  const rule = await laptop.rules.add({ ...phoneTitles, isOn: false });

  expect([await laptop.digest(), await laptop.cut(), (await laptop.status()).policy]).toEqual([digest, cut, policy]);
  await meet(laptop, phone);
  expect(await phone.rules.list()).toEqual([]);
  expect(await laptop.as('another').rules.list()).toEqual([rule]);
});

test('a note is no mark of a rule, whatever it says', async () => {
  const { laptop, phone, desk } = await diverged();
  const browser = await browse(desk);
  const [open] = (await browser.get('api/conflicts')).body.items;

  const sent = await browser.post(`api/conflicts/${open.conflictId}/resolve`, {
    version: (await browser.get(`api/conflicts/${open.conflictId}`)).body.version,
    resolution: { choose: 'local' },
    note: 'as agreed (rule:abc)',
  });

  expect(sent.status).toBe(200);
  await meet(laptop, phone);
  for (const site of [laptop, phone]) {
    const there = site === laptop ? browser : await browse(openDesk(site));
    const [decided] = (await there.get('api/conflicts?status=resolved')).body.items;
    expect(decided.decidedBy).toMatchObject({ by: 'person', note: 'as agreed (rule:abc)' });
    expect(decided.decidedBy).not.toHaveProperty('ruleId');
  }
});

test('two owners whose rules disagree leave it to a person, once (I32)', async () => {
  const { laptop, phone } = await diverged();
  await laptop.rules.add(phoneTitles);
  await phone.rules.add({ ...phoneTitles, choose: { replicaId: 'laptop' } });
  const runs = [running(laptop), running(phone)];
  for (const run of runs) await run.settled();

  for (let round = 0; round < 5; round += 1) {
    await meet(laptop, phone);
    for (const run of runs) await run.settled();
  }

  const [conflict, ...others] = await laptop.conflicts.list({ status: 'pending_review' });
  expect(others).toEqual([]);
  expect(conflict).toMatchObject({ conflictType: 'concurrent_resolution' });
  expect(conflict?.siblings.every(({ ruleId }) => ruleId !== undefined)).toBe(true);
  expect(await laptop.digest()).toBe(await phone.digest());
  // One create, two updates, two resolutions: nobody answered the other's rule.
  expect((await laptop.status()).events).toBe(5);
});

test('what is switched off while the rules look decides nothing more', async () => {
  const { laptop } = await diverged(2, { rules: false });
  const { ruleId } = await laptop.rules.add(phoneTitles);

  const run = laptop.rules.run({
    mayAct: async ({ isOn }) => {
      // Between being asked about and deciding, its owner clicks.
      await laptop.rules.switch(ruleId, false);
      return isOn;
    },
  });
  await run.settled();
  await run.close();

  expect(await laptop.conflicts.list({ status: 'pending_review' })).toHaveLength(2);
  expect(await laptop.rules.list()).toMatchObject([{ isOn: false, decided: 0 }]);
});

test('the first rule that decides is the one, and one that says nothing leaves it to the next', async () => {
  const { laptop } = await diverged(2);
  const silent = await laptop.rules.add({ match: { resourceType: 'task' }, choose: { agentId: 'nobody' } });
  const first = await laptop.rules.add({
    match: { resourceType: 'task', resourceId: 't0' },
    choose: { strategy: 'minimum' },
  });
  const second = await laptop.rules.add({ match: { resourceType: 'task' }, choose: { agentId: 'phone-user' } });

  await running(laptop).settled();

  expect((await laptop.get('task', 't0'))?.fields['title']).toBe('Laptop 0');
  expect((await laptop.get('task', 't1'))?.fields['title']).toBe('Phone 1');
  const decided = new Map((await laptop.rules.list()).map((rule) => [rule.ruleId, rule.decided]));
  expect([silent, first, second].map(({ ruleId }) => decided.get(ruleId))).toEqual([0, 1, 1]);
});

describe('what is no rule', () => {
  const bad: readonly object[] = [
    { match: {}, choose: { both: true } },
    { match: { resourceType: '' }, choose: { both: true } },
    { match: { resourceType: 'task', conflictType: 'concurrent_resolution' }, choose: { both: true } },
    { match: { resourceType: 'task', conflictType: 'dependency' }, choose: { both: true } },
    { match: { resourceType: 'task', unit: { kind: 'dependency' } }, choose: { both: true } },
    { match: { resourceType: 'task', other: 1 }, choose: { both: true } },
    { match: { resourceType: 'task' }, choose: {} },
    { match: { resourceType: 'task' }, choose: { both: false } },
    { match: { resourceType: 'task' }, choose: { agentId: 'a', both: true } },
    { match: { resourceType: 'task' }, choose: { strategy: 'user_choice' } },
    { match: { resourceType: 'task' }, choose: { strategy: '__proto__' } },
    { match: { resourceType: 'task' }, choose: { both: true }, label: 'x'.repeat(201) },
  ];

  test('is refused before anything is written', async () => {
    const laptop = await openOne('laptop');
    const head = await laptop.audit.head();
    for (const rule of bad)
      expect([rule, await codeOf(() => laptop.rules.add(rule as never))]).toEqual([rule, 'bad_rule']);
    expect(await codeOf(() => laptop.rules.switch('none', true))).toBe('rule_unknown');
    expect(await codeOf(() => laptop.rules.remove('none'))).toBe('rule_unknown');
    expect(await laptop.audit.head()).toEqual(head);
  });

  test('has a bound', async () => {
    const laptop = await openOne('laptop');
    for (let n = 0; n < 200; n += 1) await laptop.rules.add(phoneTitles);
    expect(await codeOf(() => laptop.rules.add(phoneTitles))).toBe('too_many_rules');
  });
});
