/** Values that would like to be something else than values: shown as what they are, and harmless. */
import { expect, test } from 'vitest';
import { diverged, openOne } from '../support/desk-site.js';
import { meet } from '../support/site.js';
import { expectNoComplaints, useBrowser } from './support/browser.js';
import { openDeskServer } from './support/desk-server.js';

const browser = useBrowser();

const script = '<script>globalThis.wasRun = true</script><img src=x onerror="globalThis.wasRun = true">';
const turned = 'admin\u202Egnp.exe\u200B';
/** As long as an event may be. */
const long = 'Reknit '.repeat(30_000);
/** Ids are as foreign as values. */
const id = `${script}/..%2F?#\u202E`;

test('scripts, turned text and the longest text are shown as text, whole, and do nothing', async () => {
  const laptop = await openOne('laptop');
  const phone = await openOne('phone', { agentId: `mallory ${script}` });
  await laptop.create('task', id, { title: 'A task', status: 'todo', secret: 'none', street: 'x', town: 'y' });
  await laptop.create('task', 'long', { title: 'short' });
  await meet(laptop, phone);
  await laptop.update('task', id, { title: 'Honest title', status: 'admin.png' });
  await laptop.update('task', 'long', { title: 'still short' });
  await phone.update('task', id, { title: script, status: turned }, { note: `${script}\u202E` });
  await phone.update('task', 'long', { title: long });
  await meet(laptop, phone);

  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByTestId('total').getByText('3 conflicts').waitFor();
  expect(await page.getByRole('region', { name: 'Inbox' }).innerText()).toContain('<script>globalThis.wasRun');
  const open = async (name: RegExp): Promise<void> => {
    await page.goto(`${desk.url}/#/inbox`);
    await page.getByRole('link', { name }).click();
    await page.getByRole('region', { name: 'Side B' }).waitFor();
  };

  await open(/^title of task \/ <script/);
  const side = page.getByRole('region', { name: 'Side B' });
  expect(await side.innerText()).toContain(script);
  expect(await side.innerText()).toContain(`mallory ${script}`);

  await open(/^status of task/);
  const value = page.getByRole('region', { name: 'Side B' }).locator('.side-value');
  expect(await value.innerText()).toContain('admin');
  expect(await value.locator('.unseen').allInnerTexts()).toEqual(['U+202E', 'U+200B']);
  expect(await value.locator('.unseen').first().getAttribute('title')).toBe('right-to-left override');
  // Not one character that turns the text is left on the page.
  expect(await page.evaluate(() => document.body.innerText)).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);

  await open(/^title of task \/ long/);
  await page
    .getByRole('region', { name: 'Side B' })
    .getByRole('button', { name: /^Show all 210,\d{3} characters/ })
    .click();
  const whole = page.getByRole('dialog');
  await whole.getByText('Reknit Reknit').first().waitFor();
  expect(await page.locator('dialog *').count()).toBeLessThan(500);
  const list = whole.getByRole('region', { name: 'Whole value' });
  await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
  await whole.locator('li[aria-posinset="140"]').waitFor();
  await page.keyboard.press('Escape');

  await page.goto(`${desk.url}/#/resources/task/${encodeURIComponent(id)}`);
  await page.getByRole('heading', { level: 1 }).getByText('<script>').waitFor();
  await page.getByRole('region', { name: 'History' }).getByRole('button').first().waitFor();
  expect(await page.evaluate(() => (globalThis as { wasRun?: boolean }).wasRun)).toBeUndefined();
  expectNoComplaints(opened);
});

test('a megabyte and members named __proto__ are harmless too, should a server ever send them', async () => {
  const { laptop } = await diverged(1);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('link', { name: 'title of task / t0' }).waitFor();
  const megabyte = JSON.stringify('Reknit\u202E '.repeat(120_000));
  await page.route('**/api/conflicts/*', async (route) => {
    const answer = await (await route.fetch()).text();
    const body = answer
      .replaceAll('{"value":"Laptop 0"}', '{"value":{"__proto__":{"isAdmin":true},"constructor":"mine","name":"a"}}')
      .replaceAll('{"value":"Phone 0"}', `{"value":${megabyte}}`);
    await route.fulfill({ body, contentType: 'application/json' });
  });
  await page.getByRole('link', { name: 'title of task / t0' }).click();
  await page.getByRole('button', { name: 'Plain values' }).click();

  const [first, second] = [page.getByRole('region', { name: 'Side A' }), page.getByRole('region', { name: 'Side B' })];
  expect(await first.locator('.member-name').allInnerTexts()).toEqual(['__proto__', 'isAdmin', 'constructor', 'name']);
  await second.getByRole('button', { name: 'Show all 960,000 characters' }).click();
  const list = page.getByRole('dialog').getByRole('region', { name: 'Whole value' });
  await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
  await page.locator('dialog li[aria-posinset="640"]').waitFor();
  expect(await page.locator('dialog li').count()).toBeLessThan(40);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Where they differ' }).click();
  expect(await page.evaluate(() => 'isAdmin' in {})).toBe(false);
  expect(await page.evaluate(() => document.body.innerText)).not.toContain('\u202E');
  expectNoComplaints(opened);
});

test('a value that cannot be is refused in words, and nothing is written', async () => {
  const { laptop } = await diverged(1);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByRole('link', { name: 'title of task / t0' }).click();
  const { events } = await laptop.status();

  await page.getByRole('button', { name: /Edit a value/ }).click();
  await page.getByRole('checkbox', { name: /as JSON/ }).check();
  const editor = page.getByRole('textbox', { name: 'Your value' });
  const settle = page.getByRole('button', { name: /^Settle / });
  await editor.fill('{"__proto__": {"isAdmin": true}}');
  const refusal = page.getByText(/is refused for safety/).first();
  // Told while one types, or at the latest when it is to be recorded.
  await page.getByTestId('result').getByText('isAdmin').or(refusal).first().waitFor();
  await settle.click({ force: true });
  await refusal.waitFor();
  await editor.fill('{"name":');
  await page.getByText(/This is no JSON/).waitFor();
  expect(await settle.getAttribute('aria-disabled')).toBe('true');
  await settle.click({ force: true });
  expect((await laptop.status()).events).toBe(events);
  await editor.fill('{"name": "both"}');
  await page.getByTestId('result').getByText('both').waitFor();
  await settle.click();
  await page.getByTestId('count-inbox').getByText('0').waitFor();
  expect((await laptop.get('task', 't0'))?.fields['title']).toEqual({ name: 'both' });
  expectNoComplaints(opened);
});
