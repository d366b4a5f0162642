// The page in headless Chromium: every view with data, empty, huge, while the server dies and
// returns; keys, files, speed; axe-core; the content security policy.
//
//     MEMOPT_TOOLS=DIR node --test check.mjs
//
// With PAGE_URL the views are also opened on a running server.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { PATIENCE, launch, openPage, tool, visit } from './browser.mjs';
import { serve } from './mock.mjs';
import { VIEWS } from './views.mjs';

/** @type {import('playwright-core').Browser} */ let browser;
let axe = '';
before(async () => {
  browser = await launch();
  axe = tool('axe-core').source;
});
after(() => browser.close());

/** Opens the page on a mock, and at the end holds that nothing went wrong on it. */
async function on(options, run, context = {}) {
  const mock = await serve(options);
  const { page, faults, close } = await openPage(browser, context);
  try {
    await run(page, mock);
    assert.deepEqual(faults, [], 'exceptions and errors on the console');
    assert.deepEqual(
      await page.evaluate(() => globalThis.cspViolations),
      [],
      'violations of the content security policy',
    );
  } finally {
    await close();
    await mock.stop();
  }
}

/** Waits until this holds. */
async function until(what, holds) {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    assert.ok(Date.now() < end, what);
    await new Promise((done) => {
      setTimeout(done, 50);
    });
  }
}

const SAYS = {
  overview: 'Memory reaches the limit in about 41 min',
  alerts: 'MemoryExhaustionSoon',
  fleet: 'First in',
  sites: 'src/orders.rs:48',
  site: 'Vec::with_capacity(found.len())',
  heap: 'sampled stacks',
  leaks: 'entries are kept and never removed',
  activity: 'shop::serve::connection',
  optimizer: '410 blocks a call',
  rules: 'process resident is 20.0 % below what was expected',
  history: 'By time of day',
  profiles: 'rule leak-evidence',
  settings: 'monitor.interval',
  login: 'asks for no token',
};
const SAYS_EMPTY = {
  overview: 'Memory is well',
  alerts: 'No alert is open',
  fleet: 'No Prometheus is set',
  sites: 'No site was called yet',
  heap: 'Heap samples are off',
  leaks: 'No verdict yet',
  activity: 'No thread allocated yet',
  optimizer: 'No site was treated',
  rules: 'There are no rules',
  history: 'No reading is kept yet',
  profiles: 'No profile is kept',
  settings: 'monitor.interval',
  login: 'asks for no token',
};

for (const [name, hash] of Object.entries(VIEWS)) {
  test(`${name} shows its data`, () =>
    on({}, async (page, mock) => {
      await visit(page, mock.address, hash);
      await page.getByText(SAYS[name]).first().waitFor();
      assert.equal(await page.locator('main .is-error').count(), 0);
      assert.equal(await page.locator('nav a[aria-current="page"]').count(), 1);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
    }));
  test(`${name} defines each number`, () =>
    on({}, async (page, mock) => {
      await visit(page, mock.address, hash);
      await page.waitForTimeout(300);
      const bare = await page.evaluate(() =>
        [...document.querySelectorAll('main .tile-label, main thead th.num, main memopt-chart h3')]
          .filter(
            (at) => !at.title && !(at.matches('h3') ? at.parentElement : at).querySelector('.hint'),
          )
          .map((at) => at.textContent),
      );
      assert.deepEqual(bare, []);
    }));
  test(`${name} fits a phone`, () =>
    on(
      {},
      async (page, mock) => {
        await visit(page, mock.address, hash);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
      },
      { viewport: { width: 390, height: 844 } },
    ));
  test(`${name} says why it is empty`, () =>
    on({ mode: 'empty' }, async (page, mock) => {
      await visit(page, mock.address, name === 'site' ? '#/sites' : hash);
      if (name !== 'site')
        await page.getByText(SAYS_EMPTY[name]).first().waitFor();
      assert.equal(await page.locator('main .is-error').count(), 0);
    }));
  test(`${name} bears a lot`, () =>
    on({ mode: 'huge' }, async (page, mock) => {
      await visit(page, mock.address, hash);
      await page.waitForTimeout(300);
      assert.equal(await page.locator('main .is-error').count(), 0);
      assert.ok((await page.locator('main *').count()) < 9000, 'the view holds too many elements');
    }));
  test(`${name} says what failed`, () =>
    on({ mode: 'failing' }, async (page, mock) => {
      await visit(page, mock.address, hash);
      if (name === 'login') return;
      await page
        .getByText('the worker has ended')
        .filter({ visible: true })
        .first()
        .waitFor();
      await page.getByRole('button', { name: 'Try again' }).first().waitFor();
    }));
  for (const theme of ['light', 'dark']) {
    test(`${name} has nothing serious for axe, ${theme}`, () =>
      on(
        {},
        async (page, mock) => {
          await visit(page, mock.address, hash);
          const found = await page.evaluate(async (source) => {
            (0, eval)(source);
            const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
            return result.violations
              .filter((at) => at.impact === 'serious' || at.impact === 'critical')
              .map(
                (at) =>
                  `${at.id}: ${at.nodes
                    .slice(0, 3)
                    .map((node) => `${node.target} ${node.failureSummary}`)
                    .join(' | ')}`,
              );
          }, axe);
          assert.deepEqual(found, []);
        },
        { colorScheme: theme, bypassCSP: true },
      ));
  }
}

test('a server that dies greys the values, and one that returns fills them again', async () => {
  const first = await serve({});
  const { page, faults, close } = await openPage(browser);
  await visit(page, first.address, '#/');
  await page.locator('.connection[data-state="live"]').waitFor();
  await first.stop();
  await page.getByText(/not connected since/).waitFor();
  assert.ok(
    await page.evaluate(
      () => Number(getComputedStyle(document.querySelector('.tile-value')).opacity) < 1,
    ),
  );
  await page.locator('.verdict-title').getByText('Memory reaches the limit').waitFor();
  await page.evaluate(() => {
    location.hash = '#/leaks';
  });
  await page.getByText('the server does not answer').first().waitFor();
  const second = await serve({ port: first.port });
  await page.locator('.connection[data-state="live"]').waitFor();
  await page.getByText('entries are kept and never removed').waitFor();
  assert.deepEqual(faults, []);
  await close();
  await second.stop();
});

test('a newer server makes the page load itself again, once', async () => {
  const first = await serve({ build: 'one' });
  const { page, close } = await openPage(browser);
  await visit(page, first.address, '#/sites');
  await page.evaluate(() => {
    globalThis.isOld = true;
  });
  await first.stop();
  const second = await serve({ build: 'two', port: first.port });
  await page.waitForFunction(() => globalThis.isOld === undefined);
  await page.getByText('src/orders.rs:48').waitFor();
  await close();
  await second.stop();
});

test('works below a path of a proxy', () =>
  on({ base: '/a/b/' }, async (page, mock) => {
    await visit(page, mock.address, '#/');
    await page.locator('.verdict-title').getByText('Memory reaches the limit').waitFor();
    await page.locator('.connection[data-state="live"]').waitFor();
    assert.ok(await page.evaluate(() => document.querySelector('.brand img').naturalWidth > 0));
  }));

test('asks for the token, takes it, and goes where it was going', () =>
  on({ mode: 'login' }, async (page, mock) => {
    await page.goto(`${mock.address}#/leaks`);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('this is no token of the server').waitFor();
    await page.getByLabel('Token').fill('secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('entries are kept and never removed').waitFor();
    assert.ok(!page.url().includes('secret'));
  }));

test('sites are filtered, sorted and paged, and the address says so', () =>
  on({ mode: 'huge' }, async (page, mock) => {
    await visit(page, mock.address, '#/sites');
    await page.getByText('1–50 of 10,000 sites').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('51–100 of 10,000 sites').waitFor();
    await page.getByRole('button', { name: 'Calls', exact: true }).click();
    await page.waitForFunction(
      () => location.hash.includes('sort=calls') && !location.hash.includes('offset'),
    );
    await page.locator('th[aria-sort="descending"]').getByText('Calls ↓').waitFor();
    assert.equal(await page.locator('th[aria-sort]').count(), 1);
    await page.getByPlaceholder('Filter by name or file').fill('handler_4242');
    await page.getByText('1–1 of 1 site').waitFor();
    assert.ok(page.url().includes('q=handler_4242'));
    await page.getByPlaceholder('Filter by name or file').fill('nowhere');
    await page.getByText('No site has this name').waitFor();
  }));

test('the flamegraph is searched, zoomed and read by keys', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/heap');
    const canvas = page.locator('memopt-flame canvas');
    await page.getByPlaceholder('Search frames').fill('clone_row');
    await page.getByText(/frames hold \d/).waitFor();
    await canvas.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.crumbs button').nth(1).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelectorAll('.crumbs button').length === 0);
    await page.getByRole('button', { name: 'Flamegraph: table and files' }).click();
    await page.getByRole('menuitem', { name: 'Show as a table' }).click();
    const rows = page.locator('memopt-flame tbody tr');
    await until('the table has few rows', async () => (await rows.count()) > 5);
  }));

test('frames of runtimes are hidden, and what they hold is their callers', async () => {
  const { isDriver, without } = await import('../js/parts/flame-model.js');
  const frame = (name, self, children = []) => ({
    name,
    kind: 'function',
    self,
    total: children.reduce((sum, child) => sum + child.total, self),
    children,
  });
  const tree = frame('all', 0, [
    frame('tokio::runtime::poll', 1, [frame('shop::load', 4)]),
    frame('<core::pin::Pin<P> as core::future::future::Future>::poll', 2, [
      frame('shop::load', 8, [frame('alloc::vec::push', 16)]),
    ]),
  ]);
  const { root, hidden } = without({ ...tree, kind: 'root' }, isDriver);
  assert.equal(hidden, 2);
  assert.equal(root.self, 3);
  assert.deepEqual(
    root.children.map((at) => [at.name, at.self, at.total]),
    [['shop::load', 12, 28]],
  );
  assert.deepEqual(
    root.children[0].children.map((at) => [at.name, at.total]),
    [['alloc::vec::push', 16]],
  );
});

test('a window that is marked says what changed', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/history');
    const canvas = page.locator('memopt-chart canvas').first();
    const box = await canvas.boundingBox();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.getByText('212 series compared').waitFor();
    assert.match(page.url(), /from=\d+&to=\d+/);
    await page.getByRole('button', { name: 'Unmark' }).click();
    await page.getByText('Mark a window to see what changed', { exact: true }).waitFor();
    await canvas.focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    await page.getByText('212 series compared').waitFor();
  }));

test('a chart is read by keys and as a table, and saved as CSV, SVG and PNG', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/');
    const chart = page.locator('memopt-chart').first();
    await chart.locator('canvas').focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() =>
      /resident/.test(document.querySelector('memopt-chart [aria-live]').textContent),
    );
    const act = async (item) => {
      await page.getByRole('button', { name: 'Memory: table and files' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    const file = async (item) => {
      const [download] = await Promise.all([page.waitForEvent('download'), act(item)]);
      return readFile(await download.path());
    };
    const csv = (await file('Save CSV')).toString();
    assert.match(csv, /^time,resident \(bytes\),heap live \(bytes\)\r\n2\d{3}-/);
    const svg = (await file('Save SVG')).toString();
    assert.ok(svg.startsWith('<svg') && svg.includes('<polyline') && !svg.includes('style='));
    assert.deepEqual([...(await file('Save PNG')).subarray(1, 4)], [0x50, 0x4e, 0x47]);
    await act('Show as a table');
    const rows = chart.locator('tbody tr');
    await until('the table has few rows', async () => (await rows.count()) > 50);
  }));

test('a pause holds the values until it ends', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText(/paused at/).waitFor();
    const asked = [];
    page.on('request', (request) => {
      if (request.url().includes('metrics/history')) asked.push(request.url());
    });
    await page.waitForTimeout(3500);
    assert.deepEqual(asked, []);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.waitForFunction(
      () => document.querySelector('.connection').dataset.state === 'live',
    );
    await until('nothing is asked for', () => asked.length > 0);
  }));

test('the range is asked for, and remembered', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/');
    const [request] = await Promise.all([
      page.waitForRequest((at) => at.url().includes('from=2592000s')),
      page.getByLabel('Range of charts').selectOption('30 d'),
    ]);
    assert.ok(request);
    await page.reload();
    assert.equal(await page.getByLabel('Range of charts').inputValue(), String(30 * 86_400_000));
  }));

test('an alert is silenced, and the silence ended', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/alerts');
    await page.getByRole('button', { name: 'Silence', exact: true }).first().click();
    await page.getByLabel('Your name').fill('operations');
    await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click();
    await page.getByText('alertname = MemoryExhaustionSoon').waitFor();
    assert.deepEqual(mock.state.silences[0].matchers, ['alertname = MemoryExhaustionSoon']);
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByText('Nothing is silenced').waitFor();
  }));

test('a profile is taken, named, compared and deleted', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/profiles');
    await page.getByRole('button', { name: 'Take heap profile' }).click();
    await page.getByLabel('What for').fill('before the release');
    await page.getByRole('dialog').getByRole('button', { name: 'Take' }).click();
    await page.getByText('before the release').waitFor();
    const boxes = page.getByRole('checkbox');
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.getByText('+87.0 MiB').waitFor();
    await page.getByRole('button', { name: 'More' }).first().click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForFunction(() => !document.body.textContent.includes('before the release'));
  }));

test('settings are checked while they are typed, and written', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/settings');
    await page.getByText('Edit memopt.toml').click();
    const text = page.getByLabel('Text of memopt.toml');
    // What the file says, and not what is in force from all layers.
    assert.equal(await text.inputValue(), mock.state.text);
    await text.fill('wrong');
    await page.getByText('line 2: monitor.interval').waitFor();
    await text.fill('[monitor]\ninterval = "2 s"\n');
    await page.getByText('valid', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Write the file' }).click();
    await page.getByText('The settings are written').waitFor();
    assert.match(mock.state.text, /2 s/);
  }));

test('the monitor is stopped, started and its records are reset, after a question', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/settings');
    await page.getByRole('button', { name: 'Stop the monitor' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    assert.equal(mock.state.isPaused, false);
    await page.getByRole('button', { name: 'Stop the monitor' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await page.getByText('The monitor is stopped').waitFor();
    assert.equal(mock.state.isPaused, true);
    await page.getByRole('button', { name: 'Reset the records' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
    await page.getByText('The records begin now').waitFor();
    assert.ok(mock.state.since > 0);
    // The overview says so too, and has the way back.
    await visit(page, mock.address, '#/');
    await page.getByText('these figures are old').waitFor();
    await page.getByRole('button', { name: 'Start the monitor' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    await page.getByText('these figures are old').waitFor({ state: 'detached' });
    assert.equal(mock.state.isPaused, false);
  }));

test('a site is switched off where it is shown, and on again in the settings', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, VIEWS.site);
    await page.getByRole('button', { name: 'Stop tracking' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop tracking' }).click();
    await page.getByText('not tracked', { exact: true }).waitFor();
    assert.equal(mock.state.untracked.size, 1);
    await visit(page, mock.address, '#/settings');
    await page.getByRole('button', { name: 'Track again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Track' }).click();
    await page.getByText('The site is tracked').waitFor();
    assert.equal(mock.state.untracked.size, 0);
  }));

test('who may only read has no switches', () =>
  on({}, async (page, mock) => {
    mock.state.role = 'read';
    for (const [hash, name] of [
      ['#/settings', 'Stop the monitor'],
      ['#/settings', 'Reset the records'],
      [VIEWS.site, 'Stop tracking'],
    ]) {
      await visit(page, mock.address, hash);
      assert.equal(await page.getByRole('button', { name }).count(), 0, name);
    }
  }));

test('what a program says never becomes markup', () =>
  on({}, async (page, mock) => {
    mock.state.profiles[0].why = '<img src=x onerror=alert(1)><b>bold</b>';
    await visit(page, mock.address, '#/profiles');
    await page.getByText('<b>bold</b>').waitFor();
    assert.equal(await page.locator('main img').count(), 0);
  }));

test('keys reach the navigation, and the skip link the view', () =>
  on({}, async (page, mock) => {
    await visit(page, mock.address, '#/');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the view');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('link', { name: 'Heap' }).first().click();
    await page.waitForFunction(
      () =>
        document.activeElement.tagName === 'H1' && document.activeElement.textContent === 'Heap',
    );
    assert.ok(
      !(await page.locator('#nav').isVisible()) ||
        (await page.evaluate(
          () => document.querySelector('#nav').getBoundingClientRect().right <= 0,
        )),
    );
  }));

test('3,600 points in 10 ms, 20,000 frames in 100 ms, a first paint in 300 ms', () =>
  on({ mode: 'huge' }, async (page, mock) => {
    await visit(page, mock.address, '#/history');
    const points = await best(10, () =>
      page.evaluate(async () => {
        const chart = document.querySelector('memopt-chart');
        const times = [];
        for (let i = 0; i < 15; i++) {
          chart.draw();
          times.push(chart.drawn);
        }
        return { size: chart.size, time: times.sort((a, b) => a - b)[7] };
      }),
    );
    await visit(page, mock.address, '#/heap?drivers=shown');
    const frames = await best(100, () =>
      page.evaluate(() => {
        const flame = document.querySelector('memopt-flame');
        const times = [];
        for (let i = 0; i < 9; i++) {
          flame.draw();
          times.push(flame.drawn);
        }
        return { size: flame.size, time: times.sort((a, b) => a - b)[4] };
      }),
    );
    const painted = async () => {
      await page.waitForFunction(
        () => performance.getEntriesByName('first-contentful-paint').length > 0,
      );
      const [time] = await page.evaluate(() =>
        performance.getEntriesByName('first-contentful-paint').map((it) => it.startTime),
      );
      return { time };
    };
    const paint = await best(300, async () => {
      await page.reload();
      return painted();
    });
    // Each view, the quickest of three, for the eye.
    const paints = [];
    for (const hash of Object.values(VIEWS)) {
      await visit(page, mock.address, hash);
      let least = Infinity;
      for (let i = 0; i < 3; i++) {
        await page.reload();
        least = Math.min(least, (await painted()).time);
      }
      paints.push(least);
    }
    const [quickest, slowest] = [Math.min(...paints), Math.max(...paints)];
    console.log(
      `first paint of ${paints.length} views after ${quickest.toFixed(0)} to ` +
        `${slowest.toFixed(0)} ms`,
    );
    console.log(
      `points ${points.size} in ${points.time.toFixed(1)} ms; frames ${frames.size} in ` +
        `${frames.time.toFixed(1)} ms; first paint after ${paint.time.toFixed(0)} ms`,
    );
    assert.ok(points.time <= 10 * slack, `${points.time} ms for ${points.size} points`);
    assert.ok(frames.time <= 100 * slack, `${frames.time} ms for ${frames.size} frames`);
    assert.ok(paint.time <= 300 * slack, `${paint.time} ms until the first paint`);
  }));

/** A slow machine: the figures are printed, and held with room. */
const slack = Number(process.env.PAGE_SLACK ?? 1);

/** The quickest of several, up to the first in time. Others use this machine too. */
async function best(limit, once) {
  const end = Date.now() + PATIENCE;
  let least = { time: Infinity };
  do {
    const next = await once();
    if (next.time < least.time) least = next;
  } while (least.time > limit * slack && Date.now() < end);
  return least;
}

if (process.env.PAGE_URL) {
  for (const [name, hash] of Object.entries(VIEWS)) {
    if (name === 'site') continue;
    test(`${name} on the running server`, async () => {
      const { page, faults, close } = await openPage(browser);
      await visit(page, process.env.PAGE_URL, hash);
      await page.waitForTimeout(500);
      assert.deepEqual(await page.locator('main .is-error').allTextContents(), []);
      assert.deepEqual(faults, []);
      assert.deepEqual(await page.evaluate(() => globalThis.cspViolations), []);
      await close();
    });
  }
}
