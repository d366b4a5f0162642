// A chart of series: title, legend with values, canvas, a table behind it, and files of it.

import { fill, h, say, uid } from '../core/dom.js';
import { count, moment, NONE, stamp, value } from '../core/format.js';
import { palette } from '../core/palette.js';
import { canvasPen, svgPen } from '../core/pen.js';
import { csv, fileName, saveBlob, saveText } from '../core/save.js';
import { paint } from './chart-paint.js';
import { hint } from './hint.js';
import { menu } from './menu.js';

/** @typedef {import('./chart-paint.js').Model} Model */
/** @typedef {import('./chart-paint.js').Geometry} Geometry */

/**
 * The last point at or before a moment, if it is near.
 *
 * @param {ArrayLike<number>[]} points @param {number} at @param {number} near
 */
function pointAt(points, at, near) {
  let [from, to] = [0, points.length];
  while (from < to) {
    const mid = (from + to) >> 1;
    if (points[mid][0] <= at) from = mid + 1;
    else to = mid;
  }
  const point = points[from - 1];
  return point && at - point[0] <= near ? point : null;
}

export class Chart extends HTMLElement {
  /** @type {Model | null} */ #model = null;
  /** @type {Geometry | null} */ #space = null;
  /** @type {number | null} */ #cursor = null;
  /** @type {number | null} */ #dragFrom = null;
  #queued = false;
  #title = '';
  #canvas = h('canvas', { tabindex: '0', role: 'img' });
  #legend = h('div', { class: 'legend' });
  #line = h('div', { class: 'cursor', hidden: true });
  #brush = h('div', { class: 'brush', hidden: true });
  #spoken = h('div', { class: 'unseen', 'aria-live': 'polite' });
  #table = h('div', { class: 'chart-table', hidden: true, tabindex: '0', role: 'region' });
  #head = h('header', { class: 'panel-head' });
  #plot = h('div', { class: 'plot' });
  #resize = new ResizeObserver(() => this.#queue());
  #repaint = () => this.#queue();
  #shared = (/** @type {Event} */ event) => {
    const { at, from } = /** @type {CustomEvent} */ (event).detail;
    if (from !== this) this.#show(at);
  };

  /**
   * What is done with a window that was marked.
   *
   * @type {((from: number, to: number) => void) | null}
   */
  onwindow = null;

  connectedCallback() {
    if (!this.#plot.isConnected) {
      this.#plot.append(this.#canvas, this.#brush, this.#line);
      this.append(this.#head, this.#legend, this.#plot, this.#spoken, this.#table);
      this.#listen();
    }
    if (!this.#model) this.setAttribute('data-loading', '');
    this.#resize.observe(this.#plot);
    document.addEventListener('memopt-repaint', this.#repaint);
    document.addEventListener('memopt-cursor', this.#shared);
    this.#queue();
  }

  disconnectedCallback() {
    this.#resize.disconnect();
    document.removeEventListener('memopt-repaint', this.#repaint);
    document.removeEventListener('memopt-cursor', this.#shared);
  }

  /**
   * @param {string} title @param {string} [about] its definition
   * @param {import('../core/dom.js').Child[]} [tools]
   */
  name(title, about, tools = []) {
    this.#title = title;
    const id = uid('chart');
    this.#canvas.setAttribute('aria-describedby', id);
    fill(
      this.#head,
      h('h3', { id }, title),
      hint(about, title),
      h('span', { class: 'grow' }),
      ...tools,
      menu(`${title}: table and files`, [
        { text: 'Show as a table', run: () => this.#toggleTable() },
        { text: 'Save CSV', run: () => this.saveCsv() },
        { text: 'Save SVG', run: () => this.saveSvg() },
        { text: 'Save PNG', run: () => this.savePng() },
      ]),
    );
    return this;
  }

  /** @param {Model} model */
  set model(model) {
    this.#model = model;
    this.removeAttribute('data-loading');
    this.#queue();
  }

  get model() {
    return /** @type {Model} */ (this.#model);
  }

  /** Milliseconds of the last drawing. */
  drawn = 0;

  #queue() {
    if (this.#queued) return;
    this.#queued = true;
    requestAnimationFrame(() => {
      this.#queued = false;
      if (this.isConnected) this.draw();
    });
  }

  draw() {
    const model = this.#model;
    const width = this.#plot.clientWidth;
    const height = this.#plot.clientHeight;
    if (!model || width === 0) return;
    const began = performance.now();
    const scale = devicePixelRatio || 1;
    if (
      this.#canvas.width !== Math.round(width * scale) ||
      this.#canvas.height !== Math.round(height * scale)
    ) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const g = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, width, height);
    this.#space = paint(canvasPen(g), model, width, height, palette());
    this.drawn = performance.now() - began;
    this.#canvas.setAttribute('aria-label', this.#sentence());
    this.#writeLegend(this.#cursor);
    if (!this.#table.hidden) this.#fillTable();
  }

  /** The chart in one sentence. */
  #sentence() {
    const model = this.model;
    const lines = model.lines.map((line) => {
      let [low, high] = [Infinity, -Infinity];
      for (const p of line.points) {
        low = Math.min(low, p[1]);
        high = Math.max(high, p[3]);
      }
      const last = line.points[line.points.length - 1];
      return last
        ? `${line.label} ${value(last[4], model.unit)} now, between ` +
            `${value(low, model.unit)} and ${value(high, model.unit)}`
        : `${line.label} has no values`;
    });
    return (
      `${this.#title} from ${moment(model.from)} to ${moment(model.to)}: ` +
      `${lines.join('; ')}. Arrow keys read single values.`
    );
  }

  /** @param {number | null} at */
  #writeLegend(at) {
    const model = this.model;
    const colors = palette().lines;
    const near = Math.max((model.step ?? 1000) * 3, (model.to - model.from) / 60);
    fill(
      this.#legend,
      h(
        'span',
        { class: 'legend-at' },
        at === null ? '' : [this.#markAt(at), moment(at)].filter(Boolean).join(' · '),
      ),
      model.lines.map((line, i) => {
        const point =
          at === null ? line.points[line.points.length - 1] : pointAt(line.points, at, near);
        return h(
          'span',
          { class: 'legend-item' },
          h('span', { class: 'swatch', style: { background: colors[i % 8] } }),
          h('span', { class: 'legend-label' }, line.label),
          h(
            'b',
            { class: 'num' },
            point ? value(at === null ? point[4] : point[2], model.unit) : NONE,
          ),
        );
      }),
      model.forecast &&
        h(
          'span',
          { class: 'legend-item' },
          h('span', { class: 'swatch is-dashed' }),
          h('span', { class: 'legend-label' }, model.forecast.label),
        ),
    );
  }

  /** The name of a mark near a moment. @param {number} at */
  #markAt(at) {
    const near = (this.model.to - this.model.from) / 100;
    return this.model.marks?.find((mark) => Math.abs(mark.at - at) < near)?.label;
  }

  /** @param {number | null} at */
  #show(at) {
    this.#cursor = at;
    const space = this.#space;
    if (!space || !this.#model) return;
    const out = at === null || at < this.#model.from || at > this.#model.to;
    this.#line.hidden = out;
    if (at !== null && !out) this.#line.style.setProperty('left', `${space.x(at)}px`);
    this.#writeLegend(out ? null : at);
  }

  /** @param {number | null} at */
  #share(at) {
    this.#show(at);
    document.dispatchEvent(new CustomEvent('memopt-cursor', { detail: { at, from: this } }));
  }

  #listen() {
    const canvas = this.#canvas;
    const timeOf = (/** @type {PointerEvent} */ event) => {
      const space = this.#space;
      if (!space) return null;
      const px = event.clientX - canvas.getBoundingClientRect().left;
      return space.at(Math.min(space.left + space.width, Math.max(space.left, px)));
    };
    canvas.addEventListener('pointermove', (event) => {
      const at = timeOf(event);
      this.#share(at);
      if (this.#dragFrom !== null && at !== null) this.#mark(this.#dragFrom, at);
    });
    canvas.addEventListener('pointerleave', () => {
      if (this.#dragFrom === null) this.#share(null);
    });
    canvas.addEventListener('pointerdown', (event) => {
      if (!this.onwindow || event.button !== 0 || event.pointerType === 'touch') return;
      this.#dragFrom = timeOf(event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointerup', (event) => {
      const [from, to] = [this.#dragFrom, timeOf(event)];
      this.#dragFrom = null;
      this.#brush.hidden = true;
      const space = this.#space;
      if (from === null || to === null || !space || Math.abs(space.x(to) - space.x(from)) < 6)
        return;
      this.onwindow?.(Math.min(from, to), Math.max(from, to));
    });
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => this.#share(null));
  }

  /** @param {number} from @param {number} to */
  #mark(from, to) {
    const space = this.#space;
    if (!space) return;
    const [a, b] = [space.x(Math.min(from, to)), space.x(Math.max(from, to))];
    this.#brush.hidden = false;
    this.#brush.style.setProperty('left', `${a}px`);
    this.#brush.style.setProperty('width', `${b - a}px`);
  }

  /**
   * Arrows move the cursor, with Shift they mark a window, Enter takes it.
   *
   * @param {KeyboardEvent} event
   */
  #key(event) {
    const model = this.#model;
    if (!model) return;
    const turn = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (turn !== undefined || event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      const step = Math.max(model.step ?? 0, (model.to - model.from) / 120);
      const at = this.#cursor ?? model.to;
      if (event.shiftKey && this.onwindow && this.#dragFrom === null) this.#dragFrom = at;
      const next =
        event.key === 'Home'
          ? model.from
          : event.key === 'End'
            ? model.to
            : Math.min(model.to, Math.max(model.from, at + (turn ?? 0) * step));
      this.#share(next);
      if (this.#dragFrom !== null) this.#mark(this.#dragFrom, next);
      say(
        this.#spoken,
        `${moment(next)}: ` +
          [...this.#legend.querySelectorAll('.legend-item')]
            .map((item) => item.textContent)
            .join(', '),
      );
    } else if (event.key === 'Enter' && this.#dragFrom !== null && this.#cursor !== null) {
      const [from, to] = [this.#dragFrom, this.#cursor].sort((a, b) => a - b);
      this.#dragFrom = null;
      this.#brush.hidden = true;
      this.onwindow?.(from, to);
    } else if (event.key === 'Escape') {
      this.#dragFrom = null;
      this.#brush.hidden = true;
      this.#share(null);
    }
  }

  #toggleTable() {
    this.#table.hidden = !this.#table.hidden;
    if (!this.#table.hidden) {
      this.#fillTable();
      this.#table.focus();
    }
  }

  /**
   * Rows of time and values; for readers at most `most`.
   *
   * @param {number} most @returns {unknown[][]}
   */
  #rows(most) {
    const model = this.model;
    const ats = [
      ...new Set(model.lines.flatMap((line) => Array.from(line.points, (p) => p[0]))),
    ].sort((a, b) => a - b);
    const every = Math.max(1, Math.ceil(ats.length / most));
    const at = model.lines.map((line) => new Map(Array.from(line.points, (p) => [p[0], p])));
    return ats
      .filter((_, i) => (ats.length - 1 - i) % every === 0)
      .map((ms) => [ms, ...at.map((points) => points.get(ms)?.[2] ?? null)]);
  }

  #fillTable() {
    const model = this.model;
    this.#table.setAttribute('aria-label', `${this.#title} as a table`);
    fill(
      this.#table,
      h(
        'table',
        { class: 'data' },
        h('caption', null, `${this.#title}: means of each step, newest first`),
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, 'Time'),
            model.lines.map((line) => h('th', { scope: 'col', class: 'num' }, line.label)),
          ),
        ),
        h(
          'tbody',
          null,
          this.#rows(120)
            .reverse()
            .map((row) =>
              h(
                'tr',
                null,
                h('th', { scope: 'row' }, moment(row[0])),
                row.slice(1).map((cell) => h('td', { class: 'num' }, value(cell, model.unit))),
              ),
            ),
        ),
      ),
    );
  }

  saveCsv() {
    const model = this.model;
    const unit = model.unit ? ` (${model.unit})` : '';
    const rows = this.#rows(Infinity).map((row) => [
      new Date(/** @type {number} */ (row[0])).toISOString(),
      ...row.slice(1),
    ]);
    saveText(
      `${fileName(this.#title)}.csv`,
      csv([['time', ...model.lines.map((line) => line.label + unit)], ...rows]),
      'text/csv',
    );
  }

  /** The chart with its title and legend, as SVG text. */
  toSvg() {
    const model = this.model;
    const [width, height] = [this.#plot.clientWidth || 800, (this.#plot.clientHeight || 240) + 52];
    const colors = palette();
    const { pen, end } = svgPen(width, height);
    this.#paintWhole(pen, model, width, height, colors);
    return end();
  }

  /**
   * @param {import('../core/pen.js').Pen} pen @param {Model} model @param {number} width
   * @param {number} height @param {import('../core/palette.js').Palette} colors
   */
  #paintWhole(pen, model, width, height, colors) {
    pen.rect(0, 0, width, height, colors.panel);
    paint(pen, model, width, height - 52, colors);
    pen.text(
      8,
      height - 38,
      `${this.#title} · ${stamp(model.from)} to ${stamp(model.to)}`,
      colors.ink,
      'start',
      12,
    );
    let x = 8;
    model.lines.forEach((line, i) => {
      pen.rect(x, height - 20, 10, 10, colors.lines[i % 8]);
      pen.text(x + 15, height - 15, line.label, colors.muted);
      x += 32 + line.label.length * 6.4;
    });
  }

  saveSvg() {
    saveText(`${fileName(this.#title)}.svg`, this.toSvg(), 'image/svg+xml');
  }

  savePng() {
    const [width, height] = [this.#plot.clientWidth, this.#plot.clientHeight + 52];
    const canvas = h('canvas', { width: width * 2, height: height * 2 });
    const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    g.scale(2, 2);
    this.#paintWhole(canvasPen(g), this.model, width, height, palette());
    canvas.toBlob((blob) => {
      if (blob) saveBlob(`${fileName(this.#title)}.png`, blob);
    });
  }

  /** For tests: how much is drawn. */
  get size() {
    return count(this.#model?.lines.reduce((sum, line) => sum + line.points.length, 0));
  }
}

customElements.define('memopt-chart', Chart);
