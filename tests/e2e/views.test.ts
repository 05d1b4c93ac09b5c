/**
 * Every view, light and dark, from a phone's width to a large screen: no violation of axe-core's rules for WCAG 2.2 AA,
 * nothing wider than the screen, and a picture of it in `.screenshots`, to be looked at.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { diverged } from '../support/desk-site.js';
import { meet } from '../support/site.js';
import { expectNoComplaints, useBrowser, type DeskPage } from './support/browser.js';
import { openDeskServer } from './support/desk-server.js';

const browser = useBrowser();
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = fileURLToPath(new URL('../../.screenshots/', import.meta.url));
mkdirSync(pictures, { recursive: true });

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

const violationsOf = async (page: Page): Promise<readonly string[]> => {
  // Past the policy, which lets no code in but the page's own: what runs here is the tester's.
  const tester = await page.context().newCDPSession(page);
  await tester.send('Runtime.evaluate', { expression: axeSource });
  const found = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: { run: (root: unknown, options: unknown) => Promise<AxeResults> } };
    return axe.run(document, { runOnly: { type: 'tag', values: tags } });
  }, rules);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 300)}\n${failureSummary ?? ''}`),
  );
};

interface View {
  readonly name: string;
  readonly hash: string;
  readonly ready: (page: Page) => Promise<void>;
}

/** Tasks with every kind of conflict, pending, settled and put aside, a rule, and something to sync. */
const site = async () => {
  const { laptop, phone } = await diverged(6);
  await laptop.create('track', 'music', { name: 'Music' });
  await laptop.create('task', 'listen', { title: 'Listen', street: 'Main street 1', town: 'Bern', trackId: 'music' });
  await meet(laptop, phone);
  await laptop.update('task', 'listen', { title: 'Listen to the whole record', street: 'Main street 12' });
  await phone.update('task', 'listen', { title: 'Listen to the first side', town: 'Basel' });
  await laptop.delete('track', 'music');
  await phone.update('task', 't5', { trackId: 'music' });
  await laptop.delete('task', 't4');
  await phone.update('task', 't4', { status: 'done' });
  await meet(laptop, phone);
  const pending = await laptop.conflicts.list({ status: 'pending_review' });
  const idOf = (resourceId: string): string => {
    const found = pending.find((one) => one.resourceId === resourceId);
    if (found === undefined) throw new Error(`no conflict about ${resourceId}`);
    return found.conflictId;
  };
  await laptop.conflicts.resolve(idOf('t0'), { choose: 'local' }, { note: 'agreed on the phone' });
  await laptop.conflicts.resolve(idOf('t1'), { value: 'Neither' });
  return { laptop, phone, idOf };
};

const byHeading =
  (name: string | RegExp) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('heading', { name }).first().waitFor();
  };

const viewsOf = (idOf: (resourceId: string) => string): readonly View[] => [
  {
    name: 'inbox',
    hash: '#/inbox',
    ready: async (page) =>
      page
        .getByRole('link', { name: /of task/ })
        .first()
        .waitFor(),
  },
  { name: 'nothing', hash: '#/inbox?q=nowhere', ready: byHeading('Nothing matches') },
  {
    name: 'conflict',
    hash: `#/conflicts/${idOf('listen')}`,
    ready: async (page) => {
      await page.getByRole('region', { name: 'Side A' }).waitFor();
      await page.keyboard.press('1');
    },
  },
  {
    name: 'editing',
    hash: `#/conflicts/${idOf('t2')}`,
    ready: async (page) => {
      await page.getByRole('button', { name: /Edit a value/ }).click();
      await page.getByRole('textbox', { name: 'Your value' }).waitFor();
    },
  },
  { name: 'existence', hash: `#/conflicts/${idOf('t4')}`, ready: byHeading('The sides') },
  { name: 'settled', hash: `#/conflicts/${idOf('t0')}`, ready: byHeading(/^Settled by/) },
  {
    name: 'resolved',
    hash: '#/resolved',
    ready: async (page) =>
      page
        .getByRole('link', { name: /of task/ })
        .first()
        .waitFor(),
  },
  {
    name: 'resources',
    hash: '#/resources',
    ready: async (page) => page.getByRole('link', { name: /listen/ }).waitFor(),
  },
  {
    name: 'resource',
    hash: '#/resources/task/t0',
    ready: async (page) => {
      await page.getByRole('button', { name: /^Settle/ }).click();
      await page.getByTestId('as-of').waitFor();
    },
  },
  {
    name: 'overview',
    hash: '#/overview',
    ready: async (page) => {
      await page.locator('.plot canvas').waitFor();
      await page.getByRole('button', { name: 'Verify this file' }).click();
      await page.getByTestId('verified').waitFor();
    },
  },
  { name: 'rules', hash: '#/rules', ready: async (page) => page.getByRole('switch').first().waitFor() },
  {
    name: 'bulk',
    hash: '#/inbox',
    ready: async (page) => {
      await page.getByRole('checkbox').first().check();
      await page.getByRole('button', { name: /^Select all/ }).click();
      await page.getByRole('button', { name: 'Decide together…' }).click();
      await page.getByLabel('Settle each with').selectOption({ label: 'The last write' });
      await page.getByText(/will be settled/).waitFor();
    },
  },
  {
    name: 'keys',
    hash: '#/overview',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Keys' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
];

/** A rule that decides nothing here, for its view; a page is made of it by the interface alone. */
const addRule = async ({ page }: DeskPage): Promise<void> => {
  const status = await page.evaluate(async () => {
    const session = (await (await fetch('./api/session')).json()) as { csrfToken: string };
    const made = await fetch('./api/rules', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf-token': session.csrfToken },
      body: JSON.stringify({
        match: { resourceType: 'track', unit: { kind: 'field', field: 'name' } },
        choose: { replicaId: 'phone' },
      }),
    });
    return made.status;
  });
  expect(status).toBeLessThan(300);
};

/** Contrast follows the colours, layout the width: three of the six tell axe all that the others would. */
const screens = [
  { name: 'phone', viewport: { width: 360, height: 780 }, colorScheme: 'light', isChecked: true },
  { name: 'phone', viewport: { width: 360, height: 780 }, colorScheme: 'dark', isChecked: false },
  { name: 'laptop', viewport: { width: 1280, height: 800 }, colorScheme: 'light', isChecked: true },
  { name: 'laptop', viewport: { width: 1280, height: 800 }, colorScheme: 'dark', isChecked: true },
  { name: 'large', viewport: { width: 1920, height: 1080 }, colorScheme: 'light', isChecked: false },
  { name: 'large', viewport: { width: 1920, height: 1080 }, colorScheme: 'dark', isChecked: false },
] as const;

test.each(screens.map((screen) => [`${screen.name}, ${screen.colorScheme}`, screen] as const))(
  'every view on a %s screen is without a violation',
  async (_, { name, viewport, colorScheme, isChecked }) => {
    const { laptop, idOf } = await site();
    const desk = await openDeskServer({ replica: laptop });
    const opened = await browser.open(desk.newLink(), { viewport, colorScheme });
    const { page } = opened;
    await page.getByRole('heading', { level: 1 }).waitFor();
    await addRule(opened);
    const violations: string[] = [];
    for (const view of viewsOf(idOf)) {
      // Another address, so that it is another page, and nothing is left of the view before.
      await page.goto(`${desk.url}/?${view.name}${view.hash}`);
      await view.ready(page);
      await page.screenshot({ path: join(pictures, `${view.name}-${name}-${colorScheme}.png`) });
      if (isChecked) for (const violation of await violationsOf(page)) violations.push(`${view.name}: ${violation}`);
      const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
      if (isTooWide) violations.push(`${view.name}: wider than the screen`);
    }

    expect(violations).toEqual([]);
    expectNoComplaints(opened);
  },
);

test('who has no session is asked for one, on an accessible page', async () => {
  const { laptop } = await diverged(1);
  const desk = await openDeskServer({
    replica: laptop,
    signIn: (token) =>
      token === 'a secret of the hub'
        ? { id: 'ada', agentId: 'ada', may: () => true, readsAll: true, mayOperate: false }
        : undefined,
  });
  const opened = await browser.open(desk.url);
  const { page } = opened;
  await page.getByLabel('Token', { exact: true }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.screenshot({ path: join(pictures, 'sign-in-laptop-light.png') });

  await page.getByLabel('Token', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Token', { exact: true }).fill('a secret of the hub');
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByTestId('total').getByText('1 conflict').waitFor();
  expect(await page.getByText('ada on laptop').count()).toBe(1);
  expectNoComplaints(opened);
});

test('who signs out by the keyboard is signed out everywhere, and finds the way back', async () => {
  const { laptop } = await diverged(1);
  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByTestId('total').getByText('1 conflict').waitFor();
  const other = await page.context().newPage();
  await other.goto(desk.url);
  await other.getByTestId('total').getByText('1 conflict').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).focus();
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'Conflict desk' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  expect(await violationsOf(page)).toEqual([]);
  await other.getByRole('heading', { name: 'Conflict desk' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Conflict desk' }).waitFor();
  expect(await page.evaluate(async () => (await fetch('./api/conflicts')).status)).toBe(401);
  expectNoComplaints(opened);
});
