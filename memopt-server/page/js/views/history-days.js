// A heat map of the past: days down, hours of the day across.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { day, value, words } from '../core/format.js';
import { gridFiles, shades } from '../parts/grid.js';
import { empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { unitOf } from '../parts/plots.js';

/** @typedef {{ name: string, cells: (number | null)[], seen: number[] }} Day */

/**
 * Means of hours, by day, the newest first.
 *
 * @param {(number | null)[][]} points
 * @returns {Day[]}
 */
function days(points) {
  /** @type {Map<number, Day>} */
  const by = new Map();
  for (const [at, , mean] of points) {
    if (at === null || mean === null) continue;
    const date = new Date(at);
    const key = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
    const row = by.get(key) ?? {
      name: day(key),
      cells: new Array(24).fill(null),
      seen: new Array(24).fill(0),
    };
    by.set(key, row);
    const hour = date.getHours();
    row.cells[hour] = ((row.cells[hour] ?? 0) * row.seen[hour] + mean) / (row.seen[hour] + 1);
    row.seen[hour] += 1;
  }
  return [...by].sort((a, b) => b[0] - a[0]).map(([, row]) => row);
}

/**
 * @param {import('../core/context.js').Context} context
 * @param {() => { name: string, kind: string }} metric
 */
export function heatMap(context, metric) {
  /** @type {import('../parts/grid.js').Grid | null} */
  let grid = null;
  const hint = 'Mean of each hour, in your time zone: shows what comes again each day.';
  const panel = new Panel('By time of day', {
    hint,
    tools: [gridFiles('By time of day', () => grid)],
  });
  return panel.follow(context, {
    every: 300_000,
    load: (signal) =>
      get(
        'metrics/history',
        {
          metric: metric().name,
          from: '14d',
          step: '1h',
          top: 1,
          as: metric().kind === 'counter' ? 'rate' : 'value',
        },
        signal,
      ),
    show(told) {
      const rows = days(told.series[0]?.points ?? []);
      const cells = rows.flatMap((row) => row.cells.filter((cell) => cell !== null));
      grid = null;
      if (cells.length === 0) return empty('No hour is kept yet');
      const unit = unitOf(told.unit, told.as === 'rate');
      const [low, high] = [Math.min(...cells), Math.max(...cells)];
      const name = words(told.metric);
      grid = {
        caption: `${name} by day and hour`,
        columns: Array.from({ length: 24 }, (_, i) => String(i).padStart(2, '0')),
        rows,
        show: (x) => value(x, unit),
        dense: true,
        from: low,
      };
      return [
        shades(grid),
        h(
          'p',
          { class: 'muted small num' },
          `${name}: least ${value(low, unit)} (faint), most ${value(high, unit)} (full)`,
        ),
      ];
    },
  });
}
