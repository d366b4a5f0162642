// One site: percentiles, sizes, where it is called from, its tree, its course, what was found.

import { get, send } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import {
  bytes,
  count,
  counted,
  exact,
  NONE,
  ratio,
  seconds,
  value,
  words,
} from '../core/format.js';
import { may } from '../core/state.js';
import { Flame } from '../parts/flame.js';
import { actionRow } from '../parts/action.js';
import { findingRow, leakRow } from '../parts/finding.js';
import { trackSite } from '../parts/control.js';
import { attempt, empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { plotChart } from '../parts/plots.js';
import { badge, bars, facts, meter, place, siteName, tile } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */

const STATS = /** @type {[string, string, string, string][]} */ ([
  ['bytes', 'Bytes', 'bytes', 'Allocated in a call, with what it calls.'],
  ['allocs', 'Blocks', 'count', 'Blocks allocated in a call.'],
  ['peak', 'Peak', 'bytes', 'The most held at once during a call.'],
  ['retained', 'Retained', 'bytes', 'Still held when the call returned.'],
  ['final_capacity', 'Final capacity', 'bytes', 'How large a growing buffer became in the end.'],
]);

/** @param {Context} context */
export function open(context) {
  const id = context.path[0];
  const panel = new Panel(null, { kind: 'bare' });
  /** @type {HTMLElement | null} */ let course = null;
  panel.follow(context, {
    every: 5000,
    rows: 10,
    load: (signal) => get(`sites/${encodeURIComponent(id)}`, {}, signal),
    show(site) {
      course ??= timeline(context, site);
      return h(
        'div',
        { class: 'stack' },
        head(site, () => void panel.again()),
        tiles(site),
        found(site),
        course,
        h(
          'div',
          { class: 'columns' },
          h('div', { class: 'stack' }, percentiles(site), ...around(site)),
          sizes(site),
        ),
        tree(site),
      );
    },
  });
  return panel.body;
}

/** @param {any} site @param {() => void} again */
function head(site, again) {
  return h(
    'div',
    { class: 'toolbar' },
    h('a', { href: '#/sites', 'data-key': 'back' }, '← Sites'),
    h('b', null, siteName(site.name)),
    place(site.file, site.line),
    badge(site.kind.replace('_', ' '), 'plain'),
    site.treated_by && badge(`treated: ${site.treated_by}`, 'good'),
    site.tracking === 'off' && badge('not tracked', 'warn'),
    site.tracking === 'rests' && badge('rests: it cost more than it told', 'note'),
    h('span', { class: 'grow' }),
    site.tracking && trackSite(site, site.tracking !== 'off', again),
    site.treated_by && may('operate')
      ? h(
          'button',
          {
            type: 'button',
            class: 'danger',
            onclick: () =>
              attempt(
                () => send('POST', `sites/${encodeURIComponent(site.id)}/revert`, {}),
                'The remedy is taken back',
              ),
          },
          'Revert the remedy',
        )
      : null,
  );
}

/** @param {any} site */
function tiles(site) {
  return h(
    'div',
    { class: 'tiles' },
    tile({
      label: 'Allocated',
      value: bytes(site.bytes),
      hint: 'With what it calls, since the start.',
      note: `${bytes(site.self_bytes)} self`,
    }),
    tile({ label: 'Blocks', value: count(site.allocs), note: `${count(site.self_allocs)} self` }),
    tile({
      label: 'Live',
      value: bytes(site.live_bytes),
      hint: 'Allocated here and not freed yet.',
    }),
    tile({
      label: 'Calls',
      value: count(site.calls),
      note: site.open > 0 ? `${count(site.open)} open now` : undefined,
    }),
    tile({
      label: 'Bytes a call',
      value: bytes(site.bytes_per_call.mean),
      note: `p99 ${bytes(site.bytes_per_call.p99)}`,
    }),
    tile({
      label: 'Time a call',
      value: site.time_ns ? seconds(site.time_ns.mean / 1e9) : NONE,
      hint: 'Mean of the calls that were timed.',
      note: site.time_ns ? `${count(site.time_ns.samples)} timed` : 'not timed',
    }),
    tile({
      label: 'Reallocs',
      value: count(site.reallocs),
      hint: 'How often a block had to grow or shrink.',
      note: site.grows ? `${count(site.grows)} grew` : undefined,
    }),
    tile({
      label: 'Panics',
      value: count(site.panics),
      kind: site.panics > 0 ? 'warn' : 'plain',
      note: site.cancelled ? `${count(site.cancelled)} cancelled` : undefined,
    }),
  );
}

/** @param {any} site */
function found(site) {
  const leaks = site.leaks ?? [];
  if (!leaks.length && !site.findings.length && !site.actions.length) return null;
  return h(
    'section',
    { class: 'panel flush', 'aria-label': 'What was found' },
    h('header', { class: 'panel-head' }, h('h2', null, 'What was found')),
    h(
      'div',
      { class: 'rows' },
      leaks.map(leakRow),
      site.findings.map(findingRow),
      site.actions.map(actionRow),
    ),
  );
}

/** @param {any} site */
function percentiles(site) {
  const rows = STATS.map(([key, title, unit, about]) => ({
    title,
    unit,
    about,
    stat: site.stats[key],
  })).filter((row) => row.stat?.count > 0);
  const figure = (/** @type {string} */ key, /** @type {string} */ title) => ({
    key,
    title,
    num: true,
    cell: (/** @type {any} */ row) => value(row.stat[key], row.unit),
    value: (/** @type {any} */ row) => row.stat[key],
  });
  const table = new Table('Percentiles of a call', [
    { key: 'title', title: 'In a call', cell: (row) => row.title, value: (row) => row.title },
    figure('mean', 'Mean'),
    figure('p50', 'p50'),
    figure('p90', 'p90'),
    { ...figure('p95', 'p95'), from: 'mid' },
    figure('p99', 'p99'),
    figure('max', 'Max'),
    {
      key: 'spread',
      title: 'Spread',
      from: 'mid',
      cell: (row) => bars(row.stat.buckets, (x) => value(x, row.unit)),
    },
  ]);
  const panel = new Panel('Percentiles', {
    kind: 'flush',
    hint: 'Of all calls, from histograms with an error below 10 %.',
  });
  panel.fill(rows.length ? table.show(rows) : empty('No call has ended yet'));
  const budget = Object.entries(site.budget ?? {}).filter(
    ([key, limit]) => key !== 'exceeded' && limit !== null,
  );
  if (budget.length) {
    panel.body.append(
      h(
        'p',
        { class: 'row' },
        `Budget: ${budget.map(limitText).join(', ')}; ` +
          `exceeded ${counted(site.budget.exceeded, 'time')}`,
      ),
    );
  }
  return panel.element;
}

/** @param {[string, any]} entry */
function limitText([name, limit]) {
  return `${name.replace('max_', '')} ≤ ${name === 'max_allocs' ? exact(limit) : bytes(limit)}`;
}

/** @param {any} site */
function sizes(site) {
  const all = site.size_classes ?? [];
  const top = Math.max(1, ...all.map((/** @type {number[]} */ at) => at[2]));
  const sum = all.reduce((/** @type {number} */ n, /** @type {number[]} */ at) => n + at[2], 0);
  const table = new Table(
    'Sizes of blocks',
    [
      {
        key: 'size',
        title: 'Size',
        num: true,
        value: (row) => row[0],
        cell: (row) => [bytes(row[0]), row[1] > row[0] && ` – ${bytes(row[1])}`],
      },
      {
        key: 'blocks',
        title: 'Blocks',
        num: true,
        value: (row) => row[2],
        cell: (row) => count(row[2]),
      },
      {
        key: 'share',
        title: 'Share',
        num: true,
        value: (row) => row[2] / sum,
        cell: (row) => ratio(row[2] / sum),
      },
      { key: 'bar', title: 'Of the most frequent', cell: (row) => meter(row[2] / top) },
    ],
    { most: 16 },
  );
  const panel = new Panel('Sizes of blocks', {
    kind: 'flush',
    hint: 'How many blocks of which size this site asked for itself.',
  });
  panel.fill(all.length ? table.show(all) : empty('It allocates nothing itself'));
  if (site.capacity?.count > 0) {
    panel.body.append(
      h(
        'div',
        { class: 'panel-body' },
        facts([
          ['Buffers seen', count(site.capacity.count)],
          [
            'Capacity used',

            `${bytes(site.capacity.used_bytes)} of ${bytes(site.capacity.held_bytes)}`,
          ],
        ]),
      ),
    );
  }
  return panel.element;
}

/** @param {any} site */
function around(site) {
  const callers = new Panel('Called from', { kind: 'flush' });
  callers.fill(
    site.callers.length
      ? new Table(
          'Called from',
          [
            {
              key: 'path',
              title: 'Path, innermost first',
              value: (row) => row.path.join(' < '),
              cell: (row) =>
                row.path.length
                  ? h(
                      'div',
                      { class: 'way' },
                      [...row.path].reverse().map((name) => h('span', null, siteName(name))),
                    )
                  : h('span', { class: 'muted' }, 'outside of sites'),
            },
            {
              key: 'calls',
              title: 'Calls',
              num: true,
              sort: true,
              value: (row) => row.calls,
              cell: (row) => count(row.calls),
            },
            {
              key: 'bytes',
              title: 'Allocated',
              num: true,
              sort: true,
              value: (row) => row.bytes,
              cell: (row) => bytes(row.bytes),
            },
          ],
          { sort: 'bytes', most: 12 },
        ).show(site.callers)
      : empty('It was entered from no other site'),
  );
  const callees = new Panel('Calls', { kind: 'flush' });
  callees.fill(
    site.callees.length
      ? new Table(
          'Calls',
          [
            {
              key: 'name',
              title: 'Site',
              value: (row) => row.name,
              cell: (row) => siteName(row.name, row.id),
            },
            {
              key: 'calls',
              title: 'Calls',
              num: true,
              sort: true,
              value: (row) => row.calls,
              cell: (row) => count(row.calls),
            },
            {
              key: 'bytes',
              title: 'Allocated',
              num: true,
              sort: true,
              value: (row) => row.bytes,
              cell: (row) => bytes(row.bytes),
            },
          ],
          { sort: 'bytes', most: 12 },
        ).show(site.callees)
      : empty('It enters no other site'),
  );
  return [callers.element, callees.element];
}

/** @param {any} site */
function tree(site) {
  if (!site.tree?.children?.length) return null;
  const flame = new Flame();
  flame.show(site.tree, { unit: 'bytes', compared: false, find: '' });
  return h(
    'section',
    { class: 'panel', 'aria-label': 'Tree below this site' },
    h('header', { class: 'panel-head' }, h('h2', null, 'Allocated below this site')),
    h('div', { class: 'panel-body' }, flame),
  );
}

/**
 * Its course: the series that the server names, by the definitions of their metrics.
 *
 * @param {Context} context @param {any} site
 */
function timeline(context, site) {
  const box = h('div', { class: 'plots' });
  if (!site.timeline?.length) return box;
  void get('metrics', { q: 'site.', limit: 100 }, context.signal)
    .then((list) => {
      fill(
        box,
        site.timeline.map((/** @type {{ metric: string, label: string }} */ series) => {
          const known = list.items.find((/** @type {any} */ at) => at.name === series.metric);
          const isRate = known?.kind === 'counter';
          return plotChart(context, {
            id: series.metric,
            page: 'site',
            title: words(series.metric.replace('site.', '')) + (isRate ? ', a second' : ''),
            hint: known?.help ?? series.metric,
            unit: known?.unit ?? 'count',
            stack: false,
            series: [{ ...series, title: series.label, as: isRate ? 'rate' : 'value' }],
          });
        }),
      );
    })
    .catch(() => {});
  return box;
}
