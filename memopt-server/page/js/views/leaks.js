// What grows and is not given back.

import { get, operate } from '../core/api.js';
import { h } from '../core/dom.js';
import { moment, ratio, signed, value, words } from '../core/format.js';
import { may } from '../core/state.js';
import { leakRow } from '../parts/finding.js';
import { attempt, empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge, prose, tone } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */

/** @param {Context} context */
export function open(context) {
  const take = may('operate')
    ? h(
        'button',
        {
          type: 'button',
          onclick: () =>
            attempt(
              () =>
                operate('profiles', { kind: 'heap', why: 'evidence of a leak' }, context.signal),
              'The profile is under Profiles',
            ),
        },
        'Take a heap profile',
      )
    : null;
  const leaks = new Panel('Suspected leaks', {
    kind: 'flush',
    tools: [take],
    hint:
      'Call paths whose live memory rises over windows of equal load. A leak never stops, ' +
      'bloat follows something that grows, retention waits for somebody to let go.',
  });
  leaks.follow(context, {
    every: 5000,
    load: (signal) => get('leaks', { limit: 100 }, signal),
    show: (list) => [
      ...(list.items.length
        ? [h('div', { class: 'rows' }, list.items.map(leakRow))]
        : [
            empty(
              list.unknown ? 'No verdict yet' : 'No leak is suspected',
              list.unknown ?? 'Live memory of every site comes back to where it was.',
            ),
          ]),
      ...(list.items.length && list.unknown ? [h('p', { class: 'row muted' }, list.unknown)] : []),
    ],
  });
  return h(
    'div',
    { class: 'stack' },
    leaks.element,
    trends(context),
    h('div', { class: 'columns' }, patterns(context), anomalies(context)),
  );
}

/** @param {any} row */
const series = (row) => [
  words(row.metric),
  row.label ? h('div', { class: 'muted small' }, row.label) : null,
];

/** @param {Context} context */
function trends(context) {
  const table = new Table(
    'Trends',
    [
      { key: 'metric', title: 'Series', sort: true, value: (row) => row.metric, cell: series },
      {
        key: 'verdict',
        title: 'Verdict',
        sort: true,
        value: (row) => row.verdict?.name,
        cell: (row) =>
          row.verdict
            ? badge(words(row.verdict.name), tone(row.verdict.name))
            : badge(row.direction, 'plain'),
      },
      {
        key: 'slope',
        title: 'An hour',
        hint: 'Median slope, with the ends of its interval.',
        num: true,
        sort: true,
        value: (row) => row.slope_per_second,
        cell: (row) => [
          signed(row.slope_per_second * 3600, row.unit),
          h(
            'div',
            { class: 'muted small from-mid' },
            `${signed(row.slope_low * 3600, row.unit)} to ` +
              `${signed(row.slope_high * 3600, row.unit)}`,
          ),
        ],
      },
      {
        key: 'change',
        title: 'Change',
        hint: 'Over the time that was looked at.',
        num: true,
        sort: true,
        value: (row) => row.change_ratio,
        cell: (row) => [
          signed(row.change, row.unit),
          h('div', { class: 'muted small' }, signed(row.change_ratio, 'ratio')),
        ],
      },
      {
        key: 'since',
        title: 'Since',
        num: true,
        from: 'mid',
        value: (row) => row.since_ms,
        cell: (row) => moment(row.since_ms),
      },
      {
        key: 'persistence',
        title: 'Steady',
        hint: 'Share of steps in the same direction.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.persistence_ratio,
        cell: (row) => ratio(row.persistence_ratio),
      },
      {
        key: 'text',
        title: 'Why',
        from: 'mid',
        value: (row) => row.verdict?.text,
        cell: (row) => h('span', { class: 'muted' }, prose(row.verdict?.text)),
      },
    ],
    { sort: 'change' },
  );
  return new Panel('Trends', {
    kind: 'flush',
    hint: 'Which way each series goes, and whether it behaves as a leak does.',
  }).follow(context, {
    every: 15_000,
    load: (signal) => get('trends', { limit: 100 }, signal),
    show: (list) =>
      list.items.length
        ? table.show(list.items)
        : empty('No series is long enough', 'A trend needs 120 readings.'),
  }).element;
}

/** @param {Context} context */
function patterns(context) {
  return new Panel('Patterns', { kind: 'flush', hint: 'Shapes that a series has.' }).follow(
    context,
    {
      every: 30_000,
      load: (signal) => get('patterns', { limit: 30 }, signal),
      show: (list) =>
        list.items.length
          ? h(
              'div',
              { class: 'rows' },
              list.items.map((/** @type {any} */ at) =>
                h(
                  'div',
                  { class: 'row' },
                  h(
                    'div',
                    { class: 'row-head' },
                    badge(words(at.kind), 'plain'),
                    h('span', { class: 'row-title' }, words(at.metric)),
                    at.label && h('span', { class: 'muted' }, at.label),
                    h(
                      'span',
                      { class: 'row-side num' },
                      `${moment(at.from_ms)} – ${moment(at.to_ms)}`,
                    ),
                  ),
                  h('p', { class: 'row-text' }, at.text),
                ),
              ),
            )
          : empty('No pattern stands out'),
    },
  ).element;
}

/** @param {Context} context */
function anomalies(context) {
  const table = new Table(
    'Anomalies',
    [
      { key: 'metric', title: 'Series', value: (row) => row.metric, cell: series },
      {
        key: 'score',
        title: 'Score',
        hint: 'From 0.5 on a value is unusual for its series.',
        num: true,
        sort: true,
        value: (row) => row.score,
        cell: (row) => [
          row.is_anomaly && badge('unusual', 'warn'),
          ` ${value(row.score, 'count')}`,
        ],
      },
      {
        key: 'detail',
        title: 'Why',
        from: 'mid',
        value: (row) => row.detail,
        cell: (row) => h('span', { class: 'muted' }, row.detail),
      },
    ],
    { sort: 'score', most: 12 },
  );
  return new Panel('Anomalies', {
    kind: 'flush',
    hint: 'Unusual values. They alert nobody by themselves: unusual is not yet bad.',
  }).follow(context, {
    every: 10_000,
    load: (signal) => get('anomalies', { limit: 50 }, signal),
    show: (list) =>
      list.items.length
        ? table.show(list.items)
        : empty('Nothing was compared yet', 'A series is looked at once it is long enough.'),
  }).element;
}
