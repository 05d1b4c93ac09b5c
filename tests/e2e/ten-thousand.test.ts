/** Ten thousand conflicts that wait: the inbox scrolls through them, jumps among them, and stays quick. */
import { expect, test } from 'vitest';
import { write } from '../../src/index.js';
import { openOne } from '../support/desk-site.js';
import { meet } from '../support/site.js';
import { expectNoComplaints, useBrowser } from './support/browser.js';
import { openDeskServer } from './support/desk-server.js';
import { paceOf } from './support/trace.js';

const browser = useBrowser();

const count = 10_000;
const chunk = 1_000;
const medianFrameMsMax = 33;
const taskMsMax = 200;

const inChunks = async (work: (from: number, to: number) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < count; from += chunk) await work(from, from + chunk);
};

const range = <Item>(from: number, to: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: to - from }, (_, index) => make(from + index));

test('10,000 pending conflicts scroll at a steady pace, and no task holds the page up', async () => {
  const laptop = await openOne('laptop');
  const phone = await openOne('phone');
  await inChunks((from, to) =>
    laptop.commit(range(from, to, (n) => write.create('task', `task-${n}`, { title: `Task ${n}`, status: 'todo' }))),
  );
  await meet(laptop, phone);
  for (const [replica, who] of [
    [laptop, 'Laptop'],
    [phone, 'Phone'],
  ] as const)
    await inChunks((from, to) =>
      replica.commit(range(from, to, (n) => write.update('task', `task-${n}`, { title: `${who} says ${n}` }))),
    );
  await meet(laptop, phone);

  const desk = await openDeskServer({ replica: laptop });
  const opened = await browser.open(desk.newLink());
  const { page } = opened;
  await page.getByTestId('total').getByText('10,000 conflicts').waitFor({ timeout: 60_000 });
  await page
    .getByRole('link', { name: /of task/ })
    .first()
    .waitFor();
  const list = page.getByRole('region', { name: 'Inbox' });
  const session = await page.context().newCDPSession(page);
  const { x, y } = (await list.boundingBox()) ?? { x: 0, y: 0 };

  const pace = await paceOf(page, async () => {
    // As a finger does: down for a while, then back.
    for (const yDistance of [-12_000, 4_000])
      await session.send('Input.synthesizeScrollGesture', { x: x + 300, y: y + 200, yDistance, speed: 3_000 });
    // And as who drags the bar: into the middle, to the end.
    for (const part of [0.5, 1]) {
      await list.evaluate((element, to) => element.scrollTo({ top: element.scrollHeight * to }), part);
      await page.locator(`li[aria-posinset="${part === 1 ? count : count / 2}"] a`).waitFor();
    }
  });

  console.log(`scrolled: ${JSON.stringify(pace)}`);
  expect(pace.medianFrameMs).toBeLessThan(medianFrameMsMax);
  expect(pace.longestTaskMs).toBeLessThan(taskMsMax);
  expect(pace.frames).toBeGreaterThan(60);
  expect(await page.locator('.list-scroller li').count()).toBeLessThan(60);

  await page.getByRole('searchbox').fill('"phone says 7777"');
  await page.getByRole('searchbox').fill('says 7777');
  await page.getByTestId('total').getByText('1 conflict ').waitFor();
  expectNoComplaints(opened);
}, 180_000);
