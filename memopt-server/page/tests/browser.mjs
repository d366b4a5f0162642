// A headless Chromium, and a page that notes what goes wrong on it.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// `.ci/page.sh` puts the tools into the folder of builds.
const tools =
  process.env.MEMOPT_TOOLS ?? fileURLToPath(new URL('../../../target/tools', import.meta.url));
const require = createRequire(`${tools}/`);

/** How long something may take at most that takes a moment: a machine may have much to do. */
export const PATIENCE = 60_000;

export const tool = (name) => require(name);

/** Where the program is: Debian's, or what `CHROMIUM` names. */
export function chromium() {
  return [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path && existsSync(path));
}

export async function launch() {
  const { chromium: driver } = tool('playwright-core');
  return driver.launch({
    executablePath: chromium(),
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
  });
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {object} options of the browser's context
 */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1600, height: 1000 },
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (
      message.type() === 'error' &&
      !/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE/.test(message.text())
    )
      faults.push(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    globalThis.cspViolations = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      globalThis.cspViolations.push(
        `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
      ),
    );
  });
  return { page, faults, close: () => context.close() };
}

/** Goes to a view and waits until nothing is loading. */
export async function visit(page, address, hash) {
  if (page.url().startsWith(address))
    await page.evaluate((to) => {
      // The one that is there is not mistaken for the one that comes.
      if (location.hash !== to)
        document.querySelector('main .view')?.setAttribute('data-is-old', '');
      location.hash = to;
    }, hash);
  else await page.goto(`${address}${hash}`);
  await page.waitForFunction(
    () =>
      document.querySelector('main .view:not([data-is-old])') &&
      !document.querySelector('main .skeleton, main memopt-chart[data-loading]:not([hidden])'),
  );
  await page.waitForTimeout(150);
}
