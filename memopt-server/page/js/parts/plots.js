// Charts of the plots that the server defines: a new metric needs no change here.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { connection, range } from '../core/state.js';
import { Chart } from './chart.js';
import { empty, failure } from './notice.js';

/** @typedef {import('../core/types.js').Plot} Plot */
/** @typedef {import('../core/types.js').History} History */
/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('./chart-paint.js').Model} Model */

/** @type {Promise<Plot[]> | null} */
let known = null;

/** All plots; asked once. @param {string} page */
export async function plotsOf(page) {
  known ??= get('plots').then((list) => list.items ?? list);
  try {
    return (await known).filter((plot) => plot.page === page);
  } catch (error) {
    known = null;
    throw error;
  }
}

/** @param {number} ms how often points of a range are read again */
export const pace = (ms) => Math.min(60_000, Math.max(2000, ms / 450));

/** What a rate of each unit is in. Seconds of CPU in a second are a share of a core. */
const RATES = /** @type {Record<string, string>} */ ({
  bytes: 'bytes_per_second',
  count: 'per_second',
  seconds: 'ratio',
});

/** @param {string} unit @param {boolean} isRate */
export const unitOf = (unit, isRate) => (isRate ? RATES[unit] : undefined) ?? unit;

/**
 * Where a chart begins: at the first reading, if the range is mostly before it.
 *
 * @param {History[]} answers
 */
function begin(answers) {
  const [{ from_ms: from, to_ms: to }] = answers;
  const first = Math.min(
    ...answers.flatMap((answer) => answer.series.map((series) => series.points[0]?.[0] ?? to)),
  );
  const seen = Math.max(60_000, (to - first) * 1.03);
  return seen < (to - from) / 2 ? to - seen : from;
}

/**
 * Reads the series of a plot.
 *
 * @param {Pick<Plot, 'unit' | 'stack' | 'series'>} plot @param {AbortSignal} [signal]
 * @param {{ from: number | string, to?: number }} [window]
 * @returns {Promise<Model & { dropped: number, tier: string }>}
 */
export async function readPlot(plot, signal, window) {
  const from = window?.from ?? `${Math.round(range.value / 1000)}s`;
  const told = await Promise.allSettled(
    plot.series.map(
      (series) =>
        /** @type {Promise<History>} */ (
          get(
            'metrics/history',
            {
              metric: series.metric,
              label: series.label === '*' ? undefined : series.label,
              as: series.as,
              from,
              to: window?.to,
            },
            signal,
          )
        ),
    ),
  );
  // A series that this machine does not have is left out; where none is there, the reason is told.
  const answers = told.flatMap((answer, i) =>
    answer.status === 'fulfilled' ? [{ ...answer.value, of: plot.series[i] }] : [],
  );
  const [first] = answers;
  if (!first) throw /** @type {PromiseRejectedResult} */ (told[0]).reason;
  const isRate = plot.series.some((series) => series.as === 'rate');
  const unit = unitOf(plot.unit, isRate);
  return {
    unit,
    stack: plot.stack,
    from: window ? first.from_ms : begin(answers),
    to: first.to_ms,
    step: Math.max(...answers.map((answer) => answer.step_ms)),
    lines: answers.flatMap((answer) =>
      answer.series.map((series) => ({
        label: series.label
          ? `${plot.series.length > 1 ? `${answer.of.title} ` : ''}${series.label}`
          : answer.of.title,
        points: series.points.map((point) => point.map((x) => x ?? Number.NaN)),
      })),
    ),
    dropped: answers.reduce((sum, answer) => sum + (answer.dropped ?? 0), 0),
    tier: first.tier,
  };
}

/**
 * A chart that reads its plot, and again as time goes on.
 *
 * @param {Context} context @param {Plot} plot
 * @param {{ tall?: boolean, more?: (signal: AbortSignal) => Promise<Partial<Model>>,
 *   tools?: import('../core/dom.js').Child[] }} [options]
 */
export function plotChart(context, plot, { tall = false, more, tools } = {}) {
  const chart = new Chart().name(plot.title, plot.hint, tools);
  if (tall) chart.classList.add('tall');
  chart.onwindow = (from, to) => {
    location.hash = `#/history?from=${Math.round(from)}&to=${Math.round(to)}`;
  };
  const box = h('div', { class: 'chart-box' }, chart);
  let reading = new AbortController();
  /** @type {HTMLElement | null} */ let told = null;
  /** @type {Partial<Model>} */ let added = {};
  const read = async () => {
    reading.abort();
    reading = new AbortController();
    const signal = AbortSignal.any([context.signal, reading.signal]);
    try {
      const model = await readPlot(plot, signal);
      if (signal.aborted) return;
      told?.remove();
      chart.hidden = false;
      chart.model = { ...model, ...added };
      // What stands around the series may take longer than they do.
      void more?.(signal).then(
        (around) => {
          added = around;
          if (!signal.aborted) chart.model = { ...model, ...added };
        },
        () => {},
      );
      if (model.lines.every((line) => line.points.length === 0)) {
        told = h(
          'div',
          { class: 'panel' },
          h('header', { class: 'panel-head' }, h('h3', null, plot.title)),
          empty(
            'No readings in this range',
            'This machine does not offer them, or the range ends before the first one.',
          ),
        );
        box.append(told);
        chart.hidden = true;
      }
    } catch (error) {
      if (signal.aborted || (connection.value.state === 'lost' && chart.model)) return;
      told?.remove();
      told = h(
        'div',
        { class: 'panel' },
        h('header', { class: 'panel-head' }, h('h3', null, plot.title)),
        failure(error, () => void read()),
      );
      box.append(told);
      chart.hidden = true;
    }
  };
  void read();
  context.live(() => void read(), pace(range.value));
  return box;
}

/** All plots of a page of the server, as a grid. @param {Context} context @param {string} page */
export async function plotGrid(context, page) {
  const plots = await plotsOf(page);
  return h(
    'div',
    { class: plots.length > 1 ? 'plots' : 'stack' },
    plots.map((plot) => plotChart(context, plot, { tall: plots.length === 1 })),
  );
}
