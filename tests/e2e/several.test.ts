/** Several conflicts at once: seen before it is done, done once, and the rule that may come of it. */
import { expect, test } from 'vitest';
import { diverged } from '../support/desk-site.js';
import { meet } from '../support/site.js';
import { expectNoComplaints, useBrowser } from './support/browser.js';
import { openDeskServer } from './support/desk-server.js';

const browser = useBrowser();

test('one choice for several shows first what it changes, and changes what was shown', async () => {
  const { laptop, phone } = await diverged(12);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByTestId('total').getByText('12 conflicts').waitFor();
  await page.getByRole('checkbox', { name: 'Select title of task / t3' }).check();
  await page.getByRole('button', { name: 'Select all 12' }).click();
  await page.getByText('12 selected').waitFor();
  await page.getByRole('button', { name: 'Decide together…' }).click();

  const dialog = page.getByRole('dialog', { name: 'Decide 12 conflicts together' });
  await dialog.getByLabel('Settle each with').selectOption({ label: 'What laptop-user wrote' });
  await dialog.getByText('12 will be settled').waitFor();
  const preview = await dialog.getByRole('region', { name: 'What will change' }).innerText();
  expect(preview).toMatch(/title of task \/ t\d+/);
  expect(preview).toContain('Laptop ');
  const events = async (): Promise<number> => (await laptop.status()).events;
  const before = await events();
  await dialog.getByLabel('Note, for whoever asks why').fill('laptops know');
  expect(await events()).toBe(before);
  await dialog.getByRole('button', { name: 'Settle 12' }).click();

  await page.getByTestId('toast').getByText('12 conflicts settled').waitFor();
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
  expect(await events()).toBe(before + 12);
  await meet(laptop, phone);
  for (let n = 0; n < 12; n += 1) expect((await phone.get('task', `t${n}`))?.fields['title']).toBe(`Laptop ${n}`);
  expectNoComplaints(opened);
});

test('a decision becomes a rule, shown with what it would decide, and switched off with one click', async () => {
  const { laptop, phone } = await diverged(3);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('link', { name: 'title of task / t0' }).click();
  await page.getByRole('radio', { name: /Take B/ }).check();
  await page.getByRole('button', { name: 'Always decide so…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Always decide so' });
  await dialog.getByText('3 pending conflicts').waitFor();
  expect(await dialog.getByRole('link', { name: /title of task/ }).count()).toBe(3);
  await dialog.getByRole('button', { name: 'Make this rule' }).click();

  await page.getByTestId('count-inbox').getByText('0').waitFor();
  for (let n = 0; n < 3; n += 1) expect((await laptop.get('task', `t${n}`))?.fields['title']).toBe(`Phone ${n}`);
  await page.goto(`${desk.url}/#/rules`);
  const rule = page.getByRole('switch');
  expect(await rule.getAttribute('aria-checked')).toBe('true');
  await rule.click();
  await page.locator('[role=switch][aria-checked=false]').waitFor();

  await laptop.update('task', 't1', { title: 'Laptop again' });
  await phone.update('task', 't1', { title: 'Phone again' });
  await meet(laptop, phone);
  await page.getByTestId('count-inbox').getByText('1').waitFor();
  expectNoComplaints(opened);
});

test('what is kept for later leaves the inbox, and comes back when it is taken up', async () => {
  const { laptop } = await diverged(2);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('checkbox', { name: 'Select title of task / t0' }).check();
  await page.getByRole('button', { name: 'Keep for later' }).click();
  await page.getByTestId('total').getByText('1 conflict waiting').waitFor();
  await page.getByRole('link', { name: 'Put aside (1)' }).click();
  await page.getByTestId('total').getByText('1 conflict put aside').waitFor();
  await page.getByRole('checkbox', { name: 'Select title of task / t0' }).check();
  await page.getByRole('button', { name: 'Take up again' }).click();
  await page.getByRole('link', { name: 'Back to the inbox' }).click();
  await page.getByTestId('total').getByText('2 conflicts waiting').waitFor();
  expectNoComplaints(opened);
});

test('the whole way goes without a mouse', async () => {
  const { laptop } = await diverged(3);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByTestId('total').getByText('3 conflicts').waitFor();
  await page
    .getByRole('link', { name: /^title of task/ })
    .first()
    .waitFor();

  await page.keyboard.press('j');
  const first = await page.evaluate(() => document.activeElement?.textContent);
  expect(first).toMatch(/^title of task/);
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(first);
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: /Take B/ }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  await page.keyboard.press('2');
  await page.getByTestId('result').getByText(/Phone/).waitFor();
  const settled = page.url();
  await page.keyboard.press('Enter');
  await page.getByTestId('count-inbox').getByText('2').waitFor();
  // The count may be told before the answer that leads on to the next conflict.
  await page.waitForURL((url) => url.href !== settled);
  await page.getByRole('radio', { name: /Take B/, checked: false }).waitFor();

  await page.keyboard.press('e');
  await page.getByRole('textbox', { name: 'Your value' }).waitFor();
  // Letters go where one types, and do nothing else.
  await page.keyboard.press('Control+a');
  await page.keyboard.type('bug');
  await page.getByTestId('result').getByText('bug').waitFor();
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: /^Settle / }).press('Enter');
  await page.getByTestId('count-inbox').getByText('1').waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.getByRole('heading', { level: 1, name: 'Resolved' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
  expect((await laptop.conflicts.list({ status: 'resolved' })).length).toBe(2);
  expectNoComplaints(opened);
});

test('search and filters narrow the list, and say how much each would leave', async () => {
  const { laptop, phone } = await diverged(5);
  await laptop.create('track', 'x', { name: 'Laptop track' });
  await phone.create('track', 'x', { name: 'Phone track' });
  await meet(laptop, phone);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByTestId('total').getByText('6 conflicts').waitFor();

  await page.getByLabel('Type').selectOption({ label: 'track (1)' });
  await page.getByTestId('total').getByText('1 conflict ').waitFor();
  expect(page.url()).toContain('type=track');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.keyboard.press('/');
  await page.keyboard.type('phone 3');
  await page.getByTestId('total').getByText('1 conflict ').waitFor();
  await page.getByRole('link', { name: 'title of task / t3' }).waitFor();
  await page.getByRole('searchbox').fill('nowhere at all');
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  expectNoComplaints(opened);
});
