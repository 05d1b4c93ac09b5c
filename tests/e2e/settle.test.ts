/** A person at the desk: a conflict turns up, is understood and settled, and is settled everywhere. */
import { expect, test } from 'vitest';
import { diverged, openOne } from '../support/desk-site.js';
import { meet } from '../support/site.js';
import { expectNoComplaints, useBrowser } from './support/browser.js';
import { openDeskServer } from './support/desk-server.js';

const browser = useBrowser();

test('two replicas diverge, a person settles what comes up without reloading, and both converge', async () => {
  const laptop = await openOne('laptop');
  const phone = await openOne('phone');
  await laptop.create('task', 'rollout', { title: 'Roll out', status: 'todo' });
  await meet(laptop, phone);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
  expect(page.url()).not.toContain('code=');

  await laptop.update('task', 'rollout', { title: 'Roll out in May', status: 'doing' });
  await phone.update('task', 'rollout', { title: 'Roll out in June', status: 'dropped' }, { note: 'May is full' });
  await meet(laptop, phone);

  // The page has heard of it by itself.
  await page.getByTestId('count-inbox').getByText('2').waitFor();
  await page.getByRole('link', { name: 'title of task / rollout' }).click();
  await page.getByRole('heading', { level: 1, name: 'title of task / rollout' }).waitFor();
  const phoneSide = page.getByRole('region', { name: 'Side B' });
  expect(await phoneSide.innerText()).toContain('May is full');
  expect(await phoneSide.locator('ins').allInnerTexts()).toEqual([' in June']);
  await page.getByRole('radio', { name: /Take B/ }).check();
  expect(await page.getByTestId('result').innerText()).toContain('Roll out in June');
  await page.getByPlaceholder('Note (optional)').fill('as sam says');
  await page.getByRole('button', { name: /^Settle/ }).click();

  // The other one is next, and gets a value that nobody wrote.
  await page.getByRole('heading', { level: 1, name: 'status of task / rollout' }).waitFor();
  await page.getByRole('button', { name: /Edit a value/ }).click();
  await page.getByRole('textbox', { name: 'Your value' }).fill('paused');
  await page.getByTestId('result').getByText('paused').waitFor();
  await page.getByRole('button', { name: /^Settle/ }).click();
  await page.getByTestId('toast').getByText('Settled: status of task / rollout').waitFor();
  await page.getByTestId('count-inbox').getByText('0').waitFor();

  // The phone was away all the time.
  expect((await phone.get('task', 'rollout'))?.conflicts).toHaveLength(2);
  await meet(laptop, phone);
  for (const replica of [laptop, phone])
    expect((await replica.get('task', 'rollout'))?.fields).toMatchObject({
      title: 'Roll out in June',
      status: 'paused',
    });
  expect(await phone.digest()).toBe(await laptop.digest());

  await page.goto(`${desk.url}/#/resources/task/rollout`);
  const history = page.getByRole('region', { name: 'History' });
  await history.getByRole('button', { name: /^Settle title laptop-user/ }).click();
  await history.getByText('as sam says').waitFor();
  expect(await history.getByTestId('as-of').innerText()).toContain('Roll out in June');
  expect(await history.getByRole('button', { name: /^Settle/ }).count()).toBe(2);
  await history.getByRole('button', { name: /^Create/ }).click();
  await history.getByTestId('as-of').getByText('todo').waitFor();
  expectNoComplaints(opened);
});

test('a decision is taken back, as a new one, and every losing value can be had again', async () => {
  const { laptop } = await diverged(1);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('link', { name: 'title of task / t0' }).click();
  await page.getByRole('radio', { name: /Take A/ }).check();
  await page.getByRole('button', { name: /^Settle/ }).click();
  await page.getByTestId('count-inbox').getByText('0').waitFor();
  expect((await laptop.get('task', 't0'))?.fields['title']).toBe('Laptop 0');
  const before = (await laptop.history('task', 't0')).length;

  await page.getByTestId('toast').getByRole('button', { name: 'Undo' }).click();
  await page.getByTestId('toast').getByText('Undone').waitFor();
  expect(await laptop.history('task', 't0')).toHaveLength(before + 1);

  await page.goto(`${desk.url}/#/resolved`);
  // What was taken needs no bringing back.
  await page.getByRole('link', { name: 'title of task / t0' }).first().waitFor();
  await page.getByRole('button', { name: 'Restore the value of phone-user' }).first().click();
  await page.getByTestId('toast').getByText('Restored').waitFor();
  expect((await laptop.get('task', 't0'))?.fields['title']).toBe('Phone 0');
  expectNoComplaints(opened);
});

test('a tab that looks at a conflict which somebody else settles shows that at once, and says so', async () => {
  const { laptop } = await diverged(1);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('link', { name: 'title of task / t0' }).click();
  await page.getByRole('radio', { name: /Take B/ }).check();

  const [pending] = await laptop.conflicts.list({ status: 'pending_review' });
  await laptop.conflicts.resolve(pending?.conflictId ?? '', { choose: 'local' });

  await page.getByTestId('changed').waitFor();
  await page.getByRole('heading', { name: /^Settled by laptop-user/ }).waitFor();
  expect(await page.getByRole('button', { name: /^Settle / }).count()).toBe(0);
  expectNoComplaints(opened);
});

test('a tab that has slept decides nothing about what is otherwise by now, and is shown that', async () => {
  const { laptop, phone } = await diverged(1);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink(), { isDeaf: true });
  const { page } = opened;
  await page.getByText('The line to the desk is broken').waitFor();
  await page.getByRole('link', { name: 'title of task / t0' }).click();
  await page.getByRole('radio', { name: /Take B/ }).check();

  const [pending] = await laptop.conflicts.list({ status: 'pending_review' });
  await laptop.conflicts.resolve(pending?.conflictId ?? '', { choose: 'local' });
  const decisions = (await laptop.history('task', 't0')).length;
  await page.getByRole('button', { name: /^Settle / }).click();

  await page.getByTestId('changed').waitFor();
  await page.getByRole('heading', { name: /^Settled by laptop-user/ }).waitFor();
  expect(await laptop.history('task', 't0')).toHaveLength(decisions);
  await meet(laptop, phone);
  expect((await phone.get('task', 't0'))?.fields['title']).toBe('Laptop 0');
  expectNoComplaints(opened);
});

test('who goes on before the answer is there stays where they went', async () => {
  const { laptop } = await diverged(3);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  let answer: () => void = () => undefined;
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/resolve', async (route) => {
    await mayAnswer;
    await route.continue();
  });
  await page.getByRole('link', { name: 'title of task / t1' }).click();
  await page.getByRole('radiogroup').waitFor();
  const address = page.url();
  await page.keyboard.press('1');
  await page.keyboard.press('Enter');
  await page.keyboard.press('n');
  await expect.poll(() => page.url()).not.toBe(address);
  await page.getByRole('heading', { level: 1, name: /title of task \/ t[02]/ }).waitFor();
  const next = page.url();

  answer();
  await page.getByTestId('toast').getByText('Settled: title of task / t1.').waitFor();
  await page.getByRole('radiogroup').waitFor({ timeout: 10_000 });
  expect(page.url()).toBe(next);
  expect(await page.getByTestId('changed').count()).toBe(0);
  expectNoComplaints(opened);
});

test('a long value is edited from the whole of it, when one asks for it', async () => {
  const { laptop, phone } = await diverged(0);
  await laptop.create('task', 'long', { title: 'short' });
  await meet(laptop, phone);
  await laptop.update('task', 'long', { title: `begin ${'x'.repeat(70_000)} end` });
  await phone.update('task', 'long', { title: 'a short one' });
  await meet(laptop, phone);
  const [side] = (await laptop.conflicts.list())[0]?.siblings.filter(({ value }) => value !== 'a short one') ?? [];
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('link', { name: 'title of task / long' }).click();
  await page.getByRole('radio', { name: side?.replicaId === 'laptop' ? /Take A/ : /Take B/ }).check();

  await page.getByRole('button', { name: /^Edit/ }).first().click();
  const area = page.getByLabel('Your value');
  expect(await area.inputValue()).toBe('');
  await page.getByRole('button', { name: /^Edit all 70,0\d\d characters$/ }).click();
  await expect.poll(async () => (await area.inputValue()).length).toBe(70_010);
  await area.press('Control+End');
  await area.pressSequentially('!');
  await page.getByRole('button', { name: /^Settle/ }).click();

  await expect
    .poll(async () => (await laptop.get('task', 'long'))?.fields['title'])
    .toBe(`begin ${'x'.repeat(70_000)} end!`);
  expectNoComplaints(opened);
});
