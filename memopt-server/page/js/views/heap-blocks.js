// What is known of sampled blocks: how long they live, how much of them is used, who frees them.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { bytes, NONE, ratio, seconds } from '../core/format.js';
import { gridFiles, shades } from '../parts/grid.js';
import { empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { bars, meter, siteLink, siteName } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */

/** @param {Context} context */
export function lifetimes(context) {
  const age = (/** @type {number} */ ns) => seconds(ns / 1e9);
  const table = new Table(
    'Lifetimes of blocks',
    [
      {
        key: 'site',
        title: 'Site',
        value: (row) => row.site,
        cell: (row) => [
          siteLink(row.site) ?? siteName(row.site),
          h('div', null, h('code', { class: 'place fn' }, row.function)),
        ],
      },
      {
        key: 'bytes',
        title: 'Allocated',
        num: true,
        sort: true,
        value: (row) => row.allocated_bytes,
        cell: (row) => bytes(row.allocated_bytes),
      },
      {
        key: 'p50',
        title: 'Median',
        num: true,
        sort: true,
        value: (row) => row.p50_ns,
        cell: (row) => age(row.p50_ns),
      },
      {
        key: 'p99',
        title: 'p99',
        num: true,
        sort: true,
        value: (row) => row.p99_ns,
        cell: (row) => age(row.p99_ns),
      },
      {
        key: 'spread',
        title: 'Spread',
        hint:
          'How many blocks lived how long: short on the left. Each bar is twice as long as ' +
          'the one before.',
        from: 'mid',
        cell: (row) => bars(powers(row.powers), age),
      },
    ],
    { sort: 'bytes', most: 12 },
  );
  return new Panel('Lifetimes', {
    kind: 'flush',
    hint: 'From allocation to free of sampled blocks. Short ones suit an arena or a pool.',
  }).follow(context, {
    every: 10_000,
    load: (signal) => get('heap/lifetimes', { limit: 100 }, signal),
    show: (list) =>
      list.items.length ? table.show(list.items) : empty('No sampled block was freed yet'),
  }).element;
}

/** @param {number[]} counts @returns {[number, number, number][]} */
function powers(counts) {
  const first = counts.findIndex((n) => n > 0);
  const last = counts.findLastIndex((n) => n > 0);
  return first < 0
    ? []
    : counts.slice(first, last + 1).map((n, i) => [2 ** (first + i), 2 ** (first + i + 1), n]);
}

/** @param {Context} context */
export function utilisation(context) {
  const table = new Table(
    'Utilisation of blocks',
    [
      {
        key: 'site',
        title: 'Site',
        value: (row) => row.site,
        cell: (row) => [
          siteLink(row.site) ?? siteName(row.site),
          h('div', null, h('code', { class: 'place fn' }, row.function)),
        ],
      },
      {
        key: 'live',
        title: 'Live',
        num: true,
        sort: true,
        value: (row) => row.live_bytes,
        cell: (row) => bytes(row.live_bytes),
      },
      {
        key: 'never',
        title: 'Never written',
        hint: 'Share of the bytes looked at that were never written since they were allocated.',
        num: true,
        sort: true,
        value: (row) => row.never_written_ratio,
        cell: (row) => [
          meter(row.never_written_ratio, row.never_written_ratio > 0.4 ? 'warn' : 'plain'),
          ` ${ratio(row.never_written_ratio)}`,
        ],
      },
      {
        key: 'zero',
        title: 'Zero',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.zero_ratio,
        cell: (row) => ratio(row.zero_ratio),
      },
      {
        key: 'duplicate',
        title: 'Duplicate',
        hint: 'Share that is the same as in another block of the site.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.duplicate_ratio,
        cell: (row) => ratio(row.duplicate_ratio),
      },
    ],
    { sort: 'never', most: 12 },
  );
  return new Panel('Utilisation', {
    kind: 'flush',
    hint:
      'How much of the memory that was asked for is used. No contents are shown, here or ' +
      'anywhere.',
  }).follow(context, {
    every: 15_000,
    load: (signal) => get('heap/utilisation', { limit: 100 }, signal),
    show: (list) =>
      list.items.length ? table.show(list.items) : empty('No sampled block was looked at yet'),
  }).element;
}

/** Who frees what others allocated. @param {Context} context */
export function handOffs(context) {
  /** @type {import('../parts/grid.js').Grid | null} */
  let grid = null;
  return new Panel('Hand-offs', {
    hint: 'Bytes that were allocated in the site of a row and freed in the site of a column.',
    tools: [gridFiles('Hand-offs', () => grid)],
  }).follow(context, {
    every: 15_000,
    load: (signal) => get('heap/hand-offs', { limit: 200 }, signal),
    show(list) {
      grid = list.items.length ? matrix(list.items) : null;
      return grid ? shades(grid) : empty('No block was freed by another site yet');
    },
  }).element;
}

/**
 * @param {{ from: string, to: string, bytes: number }[]} items
 * @returns {import('../parts/grid.js').Grid}
 */
function matrix(items) {
  /** @type {Map<string, Map<string, number>>} */
  const from = new Map();
  /** @type {Map<string, number>} */
  const to = new Map();
  for (const row of items) {
    const own = from.get(row.from) ?? new Map();
    from.set(row.from, own.set(row.to, (own.get(row.to) ?? 0) + row.bytes));
    to.set(row.to, (to.get(row.to) ?? 0) + row.bytes);
  }
  const short = (/** @type {string} */ name) =>
    name === '' ? 'outside' : name.split('::').slice(-2).join('::');
  const columns = [...to]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 10)
    .map(([name]) => name);
  return {
    caption: 'Bytes allocated in a row and freed in a column',
    columns: columns.map((name) => `→ ${short(name)}`),
    rows: [...from].slice(0, 12).map(([name, own]) => ({
      name: short(name),
      cells: columns.map((at) => own.get(at) ?? null),
    })),
    show: (x) => (x === null ? NONE : bytes(x)),
  };
}
