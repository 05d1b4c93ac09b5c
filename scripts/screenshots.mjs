/**
 * Makes the README's pictures of the conflict desk from the demo's data: a conflict as it stands when the devices have
 * met, and a resource's history when the story is over. Needs Chromium; its fonts are the machine's.
 *
 *     npm run screenshots
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { chromium } from 'playwright-core';
import { createDesk } from '../dist/adapters/desk/index.js';
import { storyPolicy } from '../dist/cli/demo/story-policy.js';
import { openReplica } from '../dist/index.js';
import { node, root } from './run.mjs';

const executablePath = process.env['REKNIT_CHROMIUM'] ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) {
  console.error(`no Chromium at ${executablePath}: install one, or name it in REKNIT_CHROMIUM`);
  process.exit(2);
}
const images = join(root, 'docs', 'images');
mkdirSync(images, { recursive: true });

const { stdout } = node([join(root, 'dist/cli/main.js'), 'demo', '--keep', '--json'], { output: 'caught' });
const { folder } = JSON.parse(stdout);
const own = mkdtempSync(join(tmpdir(), 'reknit-screenshots-'));
const whenMet = Date.parse('2026-02-02T11:02:00.000Z');
const atTheEnd = Date.parse('2026-02-02T12:00:00.000Z');

/** The demo's events, without what people have decided since the devices met. */
const open = async (name, nowMs, wanted) => {
  const source = await openReplica({ file: join(folder, 'laptop.db'), agentId: 'ada', policy: storyPolicy });
  const events = [];
  for await (const event of source.export()) if (wanted(event)) events.push(event);
  await source.close();
  const replica = await openReplica({
    file: join(own, `${name}.db`),
    replicaId: 'desk',
    agentId: 'ada',
    policy: storyPolicy,
    clock: () => nowMs,
  });
  await replica.import(events);
  return replica;
};

const picture = async (browser, replica, nowMs, name, hash, ready) => {
  const desk = createDesk({ replica, rules: false });
  const answer = getRequestListener(desk.fetch);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  await context.clock.setFixedTime(new Date(nowMs));
  const page = await context.newPage();
  await page.goto(`${url}${desk.newLink()}`);
  await page.goto(`${url}/${hash}`);
  await ready(page);
  await page.screenshot({ path: join(images, `${name}.png`), animations: 'disabled' });
  await context.close();
  await desk.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await replica.close();
  console.log(`docs/images/${name}.png`);
};

const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
});
try {
  const met = await open('met', whenMet, ({ operation }) => operation !== 'resolve');
  const pending = await met.conflicts.list({ status: 'pending_review' });
  const { conflictId } = pending.find(({ resourceId }) => resourceId === 'search');
  await picture(browser, met, whenMet, 'desk-conflict', `#/conflicts/${conflictId}`, async (page) => {
    await page.getByRole('radio', { name: /Take A/ }).check();
  });
  const over = await open('over', atTheEnd, () => true);
  await picture(browser, over, atTheEnd, 'desk-history', '#/resources/feature/search', async (page) => {
    await page.getByRole('button', { name: /^Settle release ada/ }).click();
    await page.getByTestId('as-of').waitFor();
    await page.getByRole('heading', { name: 'History' }).evaluate((heading) => heading.scrollIntoView());
  });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
  rmSync(own, { recursive: true, force: true });
}
