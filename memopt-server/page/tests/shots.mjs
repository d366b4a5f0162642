// Pictures of every view, in both themes, at three widths.
//
//     MEMOPT_TOOLS=DIR node shots.mjs --to DIR [--url http://127.0.0.1:7700/] [--views a,b]
//         [--widths 390,1024,1600] [--themes light,dark] [--mode data|empty|huge] [--full]

import { mkdirSync } from 'node:fs';
import { launch, openPage, visit } from './browser.mjs';
import { serve } from './mock.mjs';
import { VIEWS } from './views.mjs';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const to = option('to', 'shots');
mkdirSync(to, { recursive: true });
const mock = option('url') ? null : await serve({ mode: option('mode', 'data') });
const address = option('url') ?? mock.address;
const wanted = option('views', '')?.split(',').filter(Boolean);
const browser = await launch();
for (const theme of option('themes', 'light,dark').split(',')) {
  for (const width of option('widths', '390,1024,1600').split(',').map(Number)) {
    const { page, faults, close } = await openPage(browser, {
      viewport: { width, height: width < 600 ? 844 : 1000 },
      colorScheme: theme,
    });
    for (const [name, hash] of Object.entries(VIEWS)) {
      if (wanted.length && !wanted.includes(name)) continue;
      await visit(page, address, hash);
      await page.waitForTimeout(250);
      await page.screenshot({
        path: `${to}/${name}-${theme}-${width}.png`,
        fullPage: process.argv.includes('--full'),
      });
    }
    for (const fault of faults) console.log(`${theme} ${width}: ${fault}`);
    await close();
  }
}
await browser.close();
await mock?.stop();
