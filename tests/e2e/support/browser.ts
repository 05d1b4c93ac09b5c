/**
 * A real browser, without a window: Debian's Chromium, or what `REKNIT_CHROMIUM` names. What a page complains about
 * (an error, a blocked piece of code or style, a request to elsewhere) is kept, for a test to find that there is none.
 */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

const executablePath = process.env['REKNIT_CHROMIUM'] ?? '/usr/bin/chromium';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface DeskPage {
  readonly page: Page;
  /** Everything that went wrong in the page so far. */
  readonly complaints: readonly string[];
}

export interface OpenPageOptions extends BrowserContextOptions {
  /** It is told of no change by itself, like a tab that has slept. */
  readonly isDeaf?: boolean;
}

/** One browser for the tests of a file; each page has a profile of its own. */
export const useBrowser = (): { readonly open: (url: string, options?: OpenPageOptions) => Promise<DeskPage> } => {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!existsSync(executablePath))
      throw new Error(
        `no Chromium at ${executablePath}: install Debian's package "chromium", or name one in REKNIT_CHROMIUM`,
      );
    browser = await chromium.launch({ executablePath, args: flags });
  }, 60_000);
  afterAll(() => browser?.close());

  return {
    open: async (url, { isDeaf = false, ...options } = {}) => {
      if (browser === undefined) throw new Error('the browser is not there yet');
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        reducedMotion: 'reduce',
        ...options,
      });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      const complaints: string[] = [];
      const origin = new URL(url).origin;
      page.on('pageerror', (error) => complaints.push(`error: ${error.stack ?? error.message}`));
      page.on('console', (message) => {
        // A refusal by the server is told by the page; the browser notes it besides.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          complaints.push(`console: ${message.text()}`);
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(`${origin}/`)) complaints.push(`request to elsewhere: ${request.url()}`);
      });
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      if (isDeaf) await context.route('**/api/live', (route) => route.abort());
      await page.goto(url);
      return { page, complaints };
    },
  };
};

export const expectNoComplaints = ({ complaints }: DeskPage): void => expect(complaints).toEqual([]);
