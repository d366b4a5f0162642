// Values in two directions as shades: a heat map by day and hour, a matrix of who frees for whom.

import { h } from '../core/dom.js';
import { mix, palette } from '../core/palette.js';

/**
 * A table whose cells are shaded: it is its own table for screen readers.
 *
 * @param {string} caption @param {string[]} columns @param {{ name: string, cells: (number | null)[] }[]} rows
 * @param {(x: number | null) => string} show @param {{ dense?: boolean, from?: number }} [options]
 */
export function shades(caption, columns, rows, show, { dense = false, from = 0 } = {}) {
  const all = rows.flatMap((row) => row.cells.filter((cell) => cell !== null));
  const top = Math.max(...all, from);
  const { panel, accent } = palette();
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
            row.cells.map((cell, i) => {
              const share = cell === null || top <= from ? 0 : (cell - from) / (top - from);
              const text = show(cell);
              return h(
                'td',
                {
                  title: `${row.name} ${columns[i]}: ${text}`,
                  class: cell === null ? 'is-none' : share > 0.55 ? 'is-full' : null,
                  style:
                    cell === null ? {} : { background: mix(panel, accent, 0.04 + share * 0.86) },
                },
                dense ? h('span', { class: 'unseen' }, text) : text,
              );
            }),
          ),
        ),
      ),
    ),
  );
}
