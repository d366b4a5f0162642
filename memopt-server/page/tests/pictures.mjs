// The pictures of the guide, from the example service while it leaks.
//
//     cargo run --release --example service -- --addr 127.0.0.1:7700 --seconds 120 &
//     node pictures.mjs --url http://127.0.0.1:7700/ --to docs/pictures

import { execFileSync } from 'node:child_process';
import { launch, openPage, visit } from './browser.mjs';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const address = option('url', 'http://127.0.0.1:7700/');
const to = option('to', 'docs/pictures');
const browser = await launch();
const { page } = await openPage(browser, {
  viewport: { width: 1440, height: 900 },
  colorScheme: 'light',
});

/** Takes what the window shows, in as few colours as it has. */
async function take(name) {
  const path = `${to}/${name}.png`;
  await page.screenshot({ path });
  try {
    execFileSync('convert', [path, '-strip', '+dither', '-colors', '200', `PNG8:${path}`]);
  } catch {
    console.log(`${path} stays large: there is no imagemagick`);
  }
}

await visit(page, address, '#/');
await page.locator('.verdict').getByText('Look at the leak').waitFor({ timeout: 120_000 });
await page.waitForTimeout(2500);
await take('overview-light-1440');
await page.emulateMedia({ colorScheme: 'dark' });
await visit(page, address, '#/heap');
await page.waitForTimeout(800);
await take('heap-dark-1440');
await browser.close();
