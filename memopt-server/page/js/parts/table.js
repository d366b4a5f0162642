// A table whose columns sort, with the numbers right aligned, and its CSV.

import { fill, h } from '../core/dom.js';
import { counted } from '../core/format.js';
import { csv, fileName, saveText } from '../core/save.js';
import { term } from '../core/terms.js';
import { hint } from './hint.js';

/** @typedef {import('../core/dom.js').Child} Child */

/**
 * @template T
 * @typedef {object} Column
 * @property {string} key by which the server or `value` sorts
 * @property {string} title
 * @property {string} [hint] its definition
 * @property {boolean} [num] right aligned, figures of one width
 * @property {boolean} [sort] whether its head sorts
 * @property {'mid' | 'wide'} [from] the width of the page from which it is shown
 * @property {(row: T) => Child | Child[]} cell
 * @property {(row: T) => string | number | null | undefined} [value] for sorting and CSV
 */

/** @template T */
export class Table {
  /** @type {T[]} */ #rows = [];
  #most;

  /**
   * @param {string} caption @param {Column<T>[]} columns
   * @param {object} [options]
   * @param {string} [options.sort] @param {'asc' | 'desc'} [options.order]
   * @param {((sort: string, order: 'asc' | 'desc') => void)} [options.onsort] sorted elsewhere;
   *   absent: sorted here
   * @param {number} [options.most] rows shown at first
   * @param {(row: T) => string} [options.rowClass]
   */
  constructor(caption, columns, options = {}) {
    this.caption = caption;
    this.columns = columns;
    this.options = options;
    this.sort = options.sort ?? '';
    /** @type {'asc' | 'desc'} */
    this.order = options.order ?? 'desc';
    this.#most = options.most ?? 100;
    this.head = h('tr');
    this.rows = h('tbody');
    this.more = h('div', { class: 'more' });
    const box = h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
      h(
        'table',
        { class: 'data' },
        h('caption', { class: 'unseen' }, caption),
        h('thead', null, this.head),
        this.rows,
      ),
    );
    this.element = h('div', null, box, this.more);
    this.#writeHead();
  }

  #writeHead() {
    fill(
      this.head,
      this.columns.map((column) => {
        const on = column.sort && this.sort === column.key;
        const mark = on ? (this.order === 'desc' ? ' ↓' : ' ↑') : '';
        return h(
          'th',
          {
            scope: 'col',
            class: `${column.num ? 'num' : ''} ${column.from ? `from-${column.from}` : ''}`,
            title: column.hint ? null : term(column.title),
            'aria-sort': on ? (this.order === 'desc' ? 'descending' : 'ascending') : null,
          },
          column.sort
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'sort',
                  'data-key': `sort ${column.key}`,
                  onclick: () => this.#sortBy(column),
                },
                column.title,
                h('span', { 'aria-hidden': 'true' }, mark),
              )
            : column.title || h('span', { class: 'unseen' }, 'More'),
          hint(column.hint, column.title),
        );
      }),
    );
  }

  /** @param {Column<T>} column */
  #sortBy(column) {
    if (this.sort === column.key) this.order = this.order === 'desc' ? 'asc' : 'desc';
    else {
      this.sort = column.key;
      this.order = column.num ? 'desc' : 'asc';
    }
    this.#writeHead();
    /** @type {HTMLElement | null} */ (
      this.head.querySelector(`[data-key="sort ${column.key}"]`)
    )?.focus();
    if (this.options.onsort) this.options.onsort(this.sort, this.order);
    else this.#write();
  }

  /** @param {T[]} rows */
  show(rows) {
    this.#rows = rows;
    this.#write();
    return this.element;
  }

  #sorted() {
    const column = this.columns.find((at) => at.key === this.sort);
    const value = column?.value;
    if (this.options.onsort || !value) return this.#rows;
    const turn = this.order === 'desc' ? -1 : 1;
    return [...this.#rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === y) return 0;
      if (x === null || x === undefined) return 1;
      if (y === null || y === undefined) return -1;
      return x < y ? -turn : turn;
    });
  }

  #write() {
    const rows = this.#sorted();
    const made = rows.slice(0, this.#most).map((row) =>
      h(
        'tr',
        { class: this.options.rowClass?.(row) ?? null },
        this.columns.map((column, i) =>
          h(
            i === 0 ? 'th' : 'td',
            {
              scope: i === 0 ? 'row' : null,
              class: `${column.num ? 'num' : ''} ${column.from ? `from-${column.from}` : ''}`,
            },
            column.cell(row),
          ),
        ),
      ),
    );
    this.rows.replaceChildren(...made);
    fill(
      this.more,
      rows.length > this.#most &&
        h(
          'button',
          {
            type: 'button',
            onclick: () => {
              this.#most += 400;
              this.#write();
            },
          },
          `Show ${counted(Math.min(400, rows.length - this.#most), 'more row')}`,
        ),
    );
  }

  saveCsv() {
    const columns = this.columns.filter((column) => column.value);
    saveText(
      `${fileName(this.caption)}.csv`,
      csv([
        columns.map((column) => column.title),
        ...this.#sorted().map((row) => columns.map((column) => column.value?.(row))),
      ]),
      'text/csv',
    );
  }
}

/**
 * Earlier and later pages of a list.
 *
 * @param {{ total: number, offset: number, limit: number }} list @param {string} noun
 * @param {(offset: number) => void} go
 */
export function pager(list, noun, go) {
  const last = Math.min(list.total, list.offset + list.limit);
  return h(
    'nav',
    { class: 'pager', 'aria-label': `Pages of ${noun}s` },
    h(
      'span',
      { class: 'muted num' },
      list.total === 0
        ? `0 ${noun}s`
        : `${list.offset + 1}–${last} of ${counted(list.total, noun)}`,
    ),
    list.total > list.limit &&
      h(
        'button',
        {
          type: 'button',
          disabled: list.offset === 0,
          'data-key': 'earlier',
          onclick: () => go(Math.max(0, list.offset - list.limit)),
        },
        '← Previous',
      ),
    list.total > list.limit &&
      h(
        'button',
        {
          type: 'button',
          disabled: last >= list.total,
          'data-key': 'later',
          onclick: () => go(list.offset + list.limit),
        },
        'Next →',
      ),
  );
}
