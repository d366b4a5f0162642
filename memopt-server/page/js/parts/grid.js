// Values in two directions as shades: a heat map by day and hour, a matrix of who frees for whom.

import { h } from '../core/dom.js';
import { mix, palette } from '../core/palette.js';
import { canvasPen, svgPen } from '../core/pen.js';
import { csv, fileName, saveBlob, saveText } from '../core/save.js';
import { menu } from './menu.js';

/**
 * @typedef {object} Grid
 * @property {string} caption
 * @property {string[]} columns
 * @property {{ name: string, cells: (number | null)[] }[]} rows
 * @property {(x: number | null) => string} show
 * @property {boolean} [dense] without a text in each cell
 * @property {number} [from] the value of the lightest shade
 */

/**
 * How much of the shade a cell has.
 *
 * @param {Grid} grid
 * @returns {(cell: number) => number}
 */
function shading({ rows, from = 0 }) {
  const top = Math.max(from, ...rows.flatMap((row) => row.cells.filter((cell) => cell !== null)));
  return (cell) => (top > from ? (cell - from) / (top - from) : 0);
}

/**
 * A table whose cells are shaded: it is its own table for screen readers.
 *
 * @param {Grid} grid
 */
export function shades(grid) {
  const { caption, columns, rows, show, dense } = grid;
  const shareOf = shading(grid);
  const { panel, accent } = palette();
  const cellOf = (
    /** @type {string} */ name,
    /** @type {number | null} */ cell,
    /** @type {number} */ i,
  ) => {
    const share = cell === null ? 0 : shareOf(cell);
    return h(
      'td',
      {
        title: `${name} ${columns[i]}: ${show(cell)}`,
        class: cell === null ? 'is-none' : share > 0.55 ? 'is-full' : null,
        style: cell === null ? {} : { background: mix(panel, accent, 0.04 + share * 0.86) },
      },
      dense ? h('span', { class: 'unseen' }, show(cell)) : show(cell),
    );
  };
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: `shades ${dense ? 'is-dense' : ''}` },
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('td'),
          columns.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((row) =>
          h(
            'tr',
            null,
            h('th', { scope: 'row' }, row.name),
            row.cells.map((cell, i) => cellOf(row.name, cell, i)),
          ),
        ),
      ),
    ),
  );
}

/**
 * Draws the same with a pen.
 *
 * @param {import('../core/pen.js').Pen} pen @param {Grid} grid @param {number} width
 * @param {number} height
 */
function paint(pen, grid, width, height) {
  const colors = palette();
  const shareOf = shading(grid);
  const left = 8 + Math.max(...grid.rows.map((row) => row.name.length)) * 6.4;
  const step = (width - left - 8) / grid.columns.length;
  pen.rect(0, 0, width, height, colors.panel);
  pen.text(8, 14, grid.caption, colors.ink, 'start', 12);
  grid.columns.forEach((name, i) =>
    pen.text(left + (i + 0.5) * step, 34, name, colors.muted, 'middle'),
  );
  grid.rows.forEach((row, k) => {
    const y = 46 + k * 22;
    pen.text(left - 6, y + 10, row.name, colors.muted, 'end');
    row.cells.forEach((cell, i) => {
      if (cell === null) return;
      const share = shareOf(cell);
      pen.rect(
        left + i * step,
        y,
        step - 2,
        20,
        mix(colors.panel, colors.accent, 0.04 + share * 0.86),
      );
      if (!grid.dense)
        pen.text(left + (i + 0.5) * step, y + 10, grid.show(cell), colors.ink, 'middle');
    });
  });
}

/**
 * Files of a grid, as charts have them.
 *
 * @param {string} title @param {() => Grid | null} grid
 */
export function gridFiles(title, grid) {
  const size = (/** @type {Grid} */ of) =>
    /** @type {[number, number]} */ ([
      Math.max(720, of.columns.length * (of.dense ? 30 : 96)),
      54 + of.rows.length * 22,
    ]);
  const drawn = (/** @type {(of: Grid, width: number, height: number) => void} */ run) => () => {
    const of = grid();
    if (of) run(of, ...size(of));
  };
  return menu(`${title}: files`, [
    {
      text: 'Save CSV',
      run: drawn((of) =>
        saveText(
          `${fileName(title)}.csv`,
          csv([['', ...of.columns], ...of.rows.map((row) => [row.name, ...row.cells])]),
          'text/csv',
        ),
      ),
    },
    {
      text: 'Save SVG',
      run: drawn((of, width, height) => {
        const { pen, end } = svgPen(width, height);
        paint(pen, of, width, height);
        saveText(`${fileName(title)}.svg`, end(), 'image/svg+xml');
      }),
    },
    {
      text: 'Save PNG',
      run: drawn((of, width, height) => {
        const canvas = h('canvas', { width: width * 2, height: height * 2 });
        const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        g.scale(2, 2);
        paint(canvasPen(g), of, width, height);
        canvas.toBlob((blob) => {
          if (blob) saveBlob(`${fileName(title)}.png`, blob);
        });
      }),
    },
  ]);
}
