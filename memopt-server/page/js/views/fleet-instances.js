// The instances of the fleet: a list to filter and sort.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { bytes, count, isNumber, ratio, value } from '../core/format.js';
import { empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge, meter } from '../parts/small.js';
import { pager, Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').FleetInstance} Instance */
/** @typedef {import('../parts/table.js').Column<Instance>} Column */

const LIMIT = 25;

/** @type {Column[]} */
const COLUMNS = [
  {
    key: 'name',
    title: 'Instance',
    sort: true,
    value: (row) => row.instance,
    cell: (row) => [
      h('b', { class: 'breaks' }, row.instance),
      row.is_down ? h('span', null, ' ', badge('down', 'warn')) : null,
      row.leaks > 0 ? h('span', null, ' ', badge('leak')) : null,
      h(
        'div',
        { class: 'muted small' },
        [row.service, row.program !== row.service ? row.program : null].filter(Boolean).join(' · '),
      ),
    ],
  },
  {
    key: 'version',
    title: 'Version',
    sort: true,
    from: 'mid',
    value: (row) => row.version,
    cell: (row) => [
      row.version ?? '–',
      row.memopt_version
        ? h('div', { class: 'muted small from-wide' }, `memopt ${row.memopt_version}`)
        : null,
    ],
  },
  {
    key: 'resident',
    title: 'Resident',
    hint: 'Bytes in memory.',
    num: true,
    sort: true,
    value: (row) => row.resident_bytes,
    cell: (row) => bytes(row.resident_bytes),
  },
  {
    key: 'used',
    title: 'Of the limit',
    hint: 'Share of the memory limit in force that is used, by all processes that it holds.',
    num: true,
    sort: true,
    from: 'mid',
    value: (row) => row.used_ratio,
    cell: (row) => [
      meter(row.used_ratio, isNumber(row.used_ratio) && row.used_ratio > 0.9 ? 'bad' : 'plain'),
      ` ${ratio(row.used_ratio)}`,
    ],
  },
  {
    key: 'leaking',
    title: 'Leaking',
    hint: 'Bytes that its leaking sites hold more each second.',
    num: true,
    sort: true,
    from: 'mid',
    value: (row) => row.leak_bytes_per_second,
    cell: (row) =>
      row.leaks > 0
        ? badge(value(row.leak_bytes_per_second, 'bytes_per_second'), 'bad')
        : h('span', { class: 'muted' }, 'no'),
  },
  {
    key: 'heap_live',
    title: 'Heap live',
    hint: 'Bytes allocated and not freed yet.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.heap_live_bytes,
    cell: (row) => bytes(row.heap_live_bytes),
  },
  {
    key: 'allocated',
    title: 'Allocating',
    hint: 'Bytes allocated in a second, over 5 minutes.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.allocated_bytes_per_second,
    cell: (row) => value(row.allocated_bytes_per_second, 'bytes_per_second'),
  },
  {
    key: 'alerts',
    title: 'Alerts',
    hint: 'Alerts of its own monitor that fire.',
    num: true,
    sort: true,
    from: 'wide',
    value: (row) => row.alerts,
    cell: (row) => (row.alerts ? badge(count(row.alerts), 'warn') : count(row.alerts)),
  },
];

/** @param {Context} context */
export function instances(context) {
  const search = h('input', {
    type: 'search',
    placeholder: 'Filter instances',
    'aria-label': 'Filter by service, name or version',
    value: context.param('q'),
  });
  const panel = new Panel('Instances', { kind: 'flush', tools: [search] });
  const change = (/** @type {Record<string, string | number | null>} */ values) => {
    context.set({ offset: null, ...values });
    void panel.again();
  };
  let wait = 0;
  search.addEventListener('input', () => {
    clearTimeout(wait);
    wait = window.setTimeout(() => change({ q: search.value.trim() }), 180);
  });
  const table = new Table('Instances', COLUMNS, {
    sort: context.param('sort', 'resident'),
    order: context.param('order', 'desc') === 'asc' ? 'asc' : 'desc',
    onsort: (sort, order) => change({ sort, order }),
    most: LIMIT,
  });
  return panel.follow(context, {
    every: 10_000,
    rows: 6,
    load: (signal) =>
      get(
        'fleet/instances',
        {
          q: context.param('q'),
          sort: context.param('sort', 'resident'),
          order: context.param('order', 'desc'),
          offset: context.param('offset', '0'),
          limit: LIMIT,
        },
        signal,
      ),
    show(list, body) {
      if (list.total === 0) {
        return context.param('q')
          ? empty('No instance has this name', 'The filter looks for a part of a name.')
          : empty('No instance is known', 'They stand here after the first scrape.');
      }
      const element = table.show(list.items);
      const pages = pager(list, 'instance', (offset) => change({ offset }));
      // The same element stays, so that it keeps its scroll position.
      if (body.firstChild === element) {
        body.lastChild?.replaceWith(pages);
        return undefined;
      }
      return [element, pages];
    },
  });
}
