// The past: mark a window and see what changed in it; a heat map of the days.

import { get } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { count, signed, stamp, value, words } from '../core/format.js';
import { range } from '../core/state.js';
import { Chart } from '../parts/chart.js';
import { empty, failure, loading } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { pace, readPlot } from '../parts/plots.js';
import { badge, meter } from '../parts/small.js';
import { Table } from '../parts/table.js';
import { heatMap } from './history-days.js';

/** @typedef {import('../core/context.js').Context} Context */

/** @param {Context} context */
export async function open(context) {
  /** @type {{ name: string, unit: string, help: string, kind: string, label: string | null }[]} */
  const metrics = (await get('metrics', { limit: 1000 }, context.signal)).items;
  if (!metrics.length)
    return h(
      'div',
      { class: 'panel' },
      empty('No reading is kept yet', 'The first one comes after one interval of the monitor.'),
    );
  const preferred = metrics.find((metric) => metric.name === 'process.resident') ?? metrics[0];
  let metric = metrics.find((at) => at.name === context.param('metric')) ?? preferred;
  const select = h(
    'select',
    {
      'aria-label': 'Metric',
      onchange: () => {
        metric = metrics.find((at) => at.name === select.value) ?? metric;
        context.set({ metric: metric.name });
        draw();
        void heat.again();
      },
    },
    metrics.map((at) => h('option', { value: at.name, selected: at === metric }, words(at.name))),
  );
  const chart = new Chart();
  chart.classList.add('tall');
  const result = h('div');
  const given = [Number(context.param('from')), Number(context.param('to'))];
  /** @type {[number, number] | null} */
  let window = given[0] > 0 && given[1] > given[0] ? [given[0], given[1]] : null;

  const failed = (/** @type {unknown} */ error) => {
    if (!context.signal.aborted && !chart.model)
      fill(
        result,
        failure(error, () => draw()),
      );
  };
  const draw = () => void read().catch(failed);
  async function read() {
    chart.name(
      words(metric.name),
      `${metric.help} Drag over the chart, or hold Shift and press an arrow key, to mark a window.`,
    );
    const span = window ? Math.max(range.value, (window[1] - window[0]) * 3) : range.value;
    const to = window && window[1] < Date.now() - range.value ? window[1] + span / 3 : Date.now();
    const model = await readPlot(
      {
        unit: metric.unit,
        stack: false,
        series: [
          {
            metric: metric.name,
            label: metric.label ? '*' : null,
            title: words(metric.name),
            as: metric.kind === 'counter' ? 'rate' : 'value',
          },
        ],
      },
      context.signal,
      window ? { from: Math.round(to - span), to: Math.round(to) } : undefined,
    );
    chart.model = { ...model, window };
  }
  const mark = (/** @type {number} */ from, /** @type {number} */ to) => {
    window = [Math.round(from), Math.round(to)];
    context.set({ from: window[0], to: window[1] });
    draw();
    void compare();
  };
  chart.onwindow = mark;
  async function compare() {
    if (!window) {
      fill(
        result,
        h(
          'section',
          { class: 'panel' },
          empty(
            'Mark a window to see what changed',
            'All series are compared with the time before it, and ranked by how clearly ' +
              'they differ.',
            h(
              'button',
              { type: 'button', onclick: () => mark(Date.now() - range.value / 4, Date.now()) },
              'Mark the newest quarter',
            ),
          ),
        ),
      );
      return;
    }
    fill(result, h('section', { class: 'panel' }, loading(4)));
    try {
      fill(
        result,
        changes(
          window,
          await get('changed', { from: window[0], to: window[1], limit: 100 }, context.signal),
          () => {
            window = null;
            context.set({ from: null, to: null });
            draw();
            void compare();
          },
        ),
      );
    } catch (error) {
      if (!context.signal.aborted)
        fill(
          result,
          h(
            'section',
            { class: 'panel' },
            failure(error, () => void compare()),
          ),
        );
    }
  }
  const heat = heatMap(context, () => metric);
  draw();
  void compare();
  context.live(() => {
    draw();
  }, pace(range.value));
  return h(
    'div',
    { class: 'stack' },
    h(
      'div',
      { class: 'toolbar' },
      select,
      h('span', { class: 'muted' }, metric.kind === 'counter' ? 'as a rate' : ''),
    ),
    chart,
    result,
    heat.element,
  );
}

/** @param {[number, number]} window @param {any} told @param {() => void} clear */
function changes(window, told, clear) {
  const table = new Table(
    'What changed',
    [
      {
        key: 'metric',
        title: 'Series',
        sort: true,
        value: (row) => row.metric,
        cell: (row) => [
          h(
            'a',
            {
              href:
                `#/history?metric=${encodeURIComponent(row.metric)}` +
                `&from=${window[0]}&to=${window[1]}`,
            },
            words(row.metric),
          ),
          row.label ? h('div', { class: 'muted small' }, row.label) : null,
        ],
      },
      {
        key: 'score',
        title: 'How clearly',
        hint: 'From 0 to 1: how sure it is that this series differs from before.',
        num: true,
        sort: true,
        value: (row) => row.score,
        cell: (row) => [meter(row.score), ` ${value(row.score, 'count')}`],
      },
      {
        key: 'before',
        title: 'Before',
        num: true,
        value: (row) => row.before.median,
        cell: (row) => value(row.before.median, row.unit),
      },
      {
        key: 'within',
        title: 'Within',
        num: true,
        value: (row) => row.within.median,
        cell: (row) => value(row.within.median, row.unit),
      },
      {
        key: 'change',
        title: 'Change',
        num: true,
        value: (row) => row.within.median - row.before.median,
        cell: (row) => h('b', null, signed(row.within.median - row.before.median, row.unit)),
      },
      {
        key: 'part',
        title: 'In',
        hint: 'Whether its level, its spread or its ends differ.',
        from: 'mid',
        value: (row) => row.part,
        cell: (row) => row.part,
      },
    ],
    { sort: 'score', most: 25 },
  );
  const list = (/** @type {any[]} */ series) =>
    series.map((at) => `${words(at.metric)}${at.label ? ` ${at.label}` : ''}`).join(', ');
  const panel = new Panel('What changed', {
    kind: 'flush',
    hint: 'Medians within the window against as long a time before it.',
    tools: [h('button', { type: 'button', onclick: clear }, 'Unmark')],
  });
  panel.note.textContent =
    `${stamp(window[0])} to ${stamp(window[1])}, ` + `${count(told.compared)} series compared`;
  panel.fill(
    told.items.length
      ? table.show(told.items)
      : empty(
          'Nothing differs from before',
          told.too_few ? `${count(told.too_few)} series have too few points.` : '',
        ),
    told.appeared.length > 0 &&
      h('p', { class: 'row' }, badge('appeared', 'note'), ` ${list(told.appeared)}`),
    told.vanished.length > 0 &&
      h('p', { class: 'row' }, badge('vanished', 'plain'), ` ${list(told.vanished)}`),
  );
  return panel.element;
}
