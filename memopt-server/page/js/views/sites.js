// Annotated places in the code: a list to sort and filter.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { ago, bytes, count, seconds } from '../core/format.js';
import { menu } from '../parts/menu.js';
import { empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { plotGrid } from '../parts/plots.js';
import { badge, bars, place, siteName } from '../parts/small.js';
import { pager, Table } from '../parts/table.js';
import { open as site } from './site.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Site} Site */
/** @typedef {import('../parts/table.js').Column<Site>} Column */

const LIMIT = 50;
const KINDS = ['function', 'async_function', 'block', 'future', 'span', 'request', 'other'];

/** @type {Column[]} */
const COLUMNS = [
  {
    key: 'name',
    title: 'Site',
    sort: true,
    value: (row) => row.name,
    cell: (row) => [
      siteName(row.name, row.id),
      h(
        'div',
        null,
        place(row.file, row.line),
        row.kind !== 'function'
          ? h('span', { class: 'muted small' }, ` ${row.kind.replace('_', ' ')}`)
          : null,
      ),
    ],
  },
  {
    key: 'bytes',
    title: 'Allocated',
    hint: 'Bytes allocated within the site and what it calls, since the start.',
    num: true,
    sort: true,
    value: (row) => row.bytes,
    cell: (row) => bytes(row.bytes),
  },
  {
    key: 'self_bytes',
    title: 'Self',
    hint: 'Allocated in the site alone, without the sites it calls.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.self_bytes,
    cell: (row) => bytes(row.self_bytes),
  },
  {
    key: 'allocs',
    title: 'Blocks',
    hint: 'Blocks allocated within the site and what it calls.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.allocs,
    cell: (row) => count(row.allocs),
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
    key: 'mean',
    title: 'Bytes a call',
    hint: 'Mean, and the median to 99th percentile of bytes allocated in a call.',
    num: true,
    from: 'mid',
    value: (row) => row.bytes_per_call.mean,
    cell: (row) => [
      bytes(row.bytes_per_call.mean),
      h(
        'div',
        { class: 'muted small' },
        `${bytes(row.bytes_per_call.p50)}–${bytes(row.bytes_per_call.p99)}`,
      ),
    ],
  },
  {
    key: 'histogram',
    title: 'Spread',
    hint: 'How many calls allocated how much: small on the left, large on the right.',
    from: 'mid',
    cell: (row) => bars(row.histogram),
  },
  {
    key: 'live',
    title: 'Live',
    hint: 'Allocated within the site and not freed yet.',
    num: true,
    sort: true,
    value: (row) => row.live_bytes,
    cell: (row) => bytes(row.live_bytes),
  },
  {
    key: 'peak',
    title: 'Peak',
    hint: '99th percentile of the most a call held at once.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.peak_per_call.p99,
    cell: (row) => bytes(row.peak_per_call.p99),
  },
  {
    key: 'retained',
    title: 'Retained',
    hint: 'Mean of what was still held when a call returned.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.retained_per_call.mean,
    cell: (row) => bytes(row.retained_per_call.mean),
  },
  {
    key: 'time',
    title: 'Time',
    hint: 'Mean time of a timed call.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.time_ns?.mean ?? null,
    cell: (row) => seconds(row.time_ns ? row.time_ns.mean / 1e9 : null),
  },
  {
    key: 'findings',
    title: 'Found',
    hint: 'Findings that name this site, leaks, and remedies in force.',
    num: true,
    sort: true,
    value: (row) => row.findings,
    cell: (row) => [
      row.leaks && badge('leak', 'bad'),
      row.treated_by && badge(row.treated_by, 'good'),
      row.tracking === 'off' && badge('not tracked', 'warn'),
      row.findings > 0 ? badge(count(row.findings), 'note') : null,
    ],
  },
];

/** @param {Context} context */
export async function open(context) {
  const panel = new Panel(null, { kind: 'flush' });
  const search = h('input', {
    type: 'search',
    placeholder: 'Filter by name or file',
    'aria-label': 'Filter by name or file',
    value: context.param('q'),
  });
  const kind = h(
    'select',
    { 'aria-label': 'Kind of site' },
    h('option', { value: '' }, 'All kinds'),
    KINDS.map((name) =>
      h(
        'option',
        { value: name, selected: name === context.param('kind') },
        name.replace('_', ' '),
      ),
    ),
  );
  const made = h('span', { class: 'muted num' });
  const change = (/** @type {Record<string, string | number>} */ values) => {
    context.set({ offset: null, ...values });
    void panel.again();
  };
  let wait = 0;
  search.addEventListener('input', () => {
    clearTimeout(wait);
    wait = window.setTimeout(() => change({ q: search.value.trim() }), 180);
  });
  kind.addEventListener('change', () => change({ kind: kind.value }));
  const table = new Table('Sites', COLUMNS, {
    sort: context.param('sort', 'bytes'),
    order: context.param('order', 'desc') === 'asc' ? 'asc' : 'desc',
    onsort: (sort, order) => change({ sort, order }),
    most: LIMIT,
  });
  panel.follow(context, {
    every: 5000,
    rows: 12,
    load: (signal) =>
      get(
        'sites',
        {
          q: context.param('q'),
          kind: context.param('kind'),
          sort: context.param('sort', 'bytes'),
          order: context.param('order', 'desc'),
          offset: context.param('offset', '0'),
          limit: LIMIT,
        },
        signal,
      ),
    show(list, body) {
      made.textContent = list.made_ms ? `report made ${ago(list.made_ms)}` : '';
      if (list.total === 0) {
        return context.param('q') || context.param('kind')
          ? empty(
              'No site has this name',
              'The filter looks for a part of the name or the file.',
              h(
                'button',
                {
                  type: 'button',
                  onclick: () => {
                    search.value = '';
                    kind.value = '';
                    change({ q: '', kind: '' });
                  },
                },
                'Show all sites',
              ),
            )
          : empty(
              'No site was called yet',
              'Put #[memopt::track_alloc] on a function, an impl or a module; it stands ' +
                'here after its first call.',
            );
      }
      const element = table.show(list.items);
      const pages = pager(list, 'site', (offset) => {
        change({ offset });
        scrollTo(0, 0);
      });
      // The same element stays, so that it keeps its scroll position.
      if (body.firstChild === element) {
        body.lastChild?.replaceWith(pages);
        return undefined;
      }
      return [element, pages];
    },
  });
  return h(
    'div',
    { class: 'stack' },
    h(
      'div',
      { class: 'toolbar' },
      search,
      kind,
      made,
      h('span', { class: 'grow' }),
      menu(
        'Files of this list',
        [
          { text: 'Save CSV of this page', run: () => table.saveCsv() },
          {
            text: 'Save CSV of all sites',
            run: () => {
              location.href = new URL('api/v1/export/report?format=csv', document.baseURI).href;
            },
          },
        ],
        'Files',
      ),
    ),
    panel.element,
    await plotGrid(context, 'sites').catch(() => null),
  );
}

/** One site. @param {Context} context */
export function one(context) {
  return site(context);
}
