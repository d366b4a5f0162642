// An interactive flamegraph on a canvas: zoom, search, keys, a table behind it, SVG and CSV.

import { fill, h, say } from '../core/dom.js';
import { bytes, ratio, signed, value } from '../core/format.js';
import { mix, palette } from '../core/palette.js';
import { canvasPen, FONT, svgPen } from '../core/pen.js';
import { csv, saveBlob, saveText } from '../core/save.js';
import { frameAt, hash, layout, search } from './flame-model.js';
import { place } from './small.js';

/** @typedef {import('../core/types.js').Frame} Frame */
/** @typedef {import('./flame-model.js').Layout} Layout */

const ROW = 19;

export class Flame extends HTMLElement {
  /** @type {Layout | null} */ #all = null;
  /** @type {ReturnType<typeof search>} */ #found = null;
  #zoom = 0;
  #at = 0;
  #unit = 'bytes';
  #compared = false;
  #queued = false;
  #canvas = h('canvas', { tabindex: '0', role: 'img' });
  #path = h('nav', { class: 'crumbs', 'aria-label': 'Way to the zoomed frame' });
  #card = h('div', { class: 'flame-card', 'aria-live': 'polite' });
  #table = h('div', {
    class: 'scroll',
    hidden: true,
    tabindex: '0',
    role: 'region',
    'aria-label': 'Heaviest frames as a table',
  });
  #resize = new ResizeObserver(() => this.#queue());
  #repaint = () => this.#queue();
  /** Milliseconds of the last drawing. */
  drawn = 0;

  connectedCallback() {
    if (!this.#canvas.isConnected) {
      this.append(
        this.#path,
        h('div', { class: 'flame-plot' }, this.#canvas),
        this.#card,
        this.#table,
      );
      this.#listen();
    }
    this.#resize.observe(this);
    document.addEventListener('memopt-repaint', this.#repaint);
  }

  disconnectedCallback() {
    this.#resize.disconnect();
    document.removeEventListener('memopt-repaint', this.#repaint);
  }

  /**
   * @param {Frame} root @param {{ unit: string, compared: boolean, find: string }} how
   */
  show(root, { unit, compared, find }) {
    const way = this.#all ? this.#way(this.#zoom) : [];
    this.#all = layout(root);
    this.#unit = unit;
    this.#compared = compared;
    this.#zoom = this.#follow(way);
    this.#at = this.#zoom;
    this.find(find);
    if (!this.#table.hidden) this.#fillTable();
  }

  /** @param {string} text @returns {{ count: number, share: number } | null} */
  find(text) {
    this.#found = this.#all ? search(this.#all, text) : null;
    this.#queue();
    return this.#found;
  }

  /** Names from the root to a frame. @param {number} i */
  #way(i) {
    const all = /** @type {Layout} */ (this.#all);
    const out = [];
    for (let at = i; at > 0; at = all.parent[at]) out.unshift(all.frames[at].name);
    return out;
  }

  /** The frame at the end of a way, as far as it still is there. @param {string[]} way */
  #follow(way) {
    const all = /** @type {Layout} */ (this.#all);
    let at = 0;
    for (const name of way) {
      const next = all.frames.findIndex((frame, i) => all.parent[i] === at && frame.name === name);
      if (next < 0) break;
      at = next;
    }
    return at;
  }

  #queue() {
    if (this.#queued) return;
    this.#queued = true;
    requestAnimationFrame(() => {
      this.#queued = false;
      if (this.isConnected) this.draw();
    });
  }

  /** As high as its deepest frame that is wide enough to be seen. @param {number} width */
  #height(width) {
    const all = /** @type {Layout} */ (this.#all);
    const { from, scale } = this.#space(width);
    const to = from + width / scale;
    let deep = all.depth[this.#zoom];
    for (let i = 0; i < all.frames.length; i++) {
      if (
        all.depth[i] > deep &&
        all.size[i] * scale >= 0.4 &&
        all.start[i] < to &&
        all.start[i] + all.size[i] > from
      )
        deep = all.depth[i];
    }
    return (deep + 1) * ROW;
  }

  /** What a frame is painted with. @param {number} i */
  #color(i) {
    const colors = palette();
    const frame = /** @type {Layout} */ (this.#all).frames[i];
    if (this.#found && !this.#found.hits[i]) return colors.grid;
    if (this.#found) return mix(toHex(colors.panel), toHex(colors.lines[5]), 0.75);
    if (this.#compared) {
      const change = frame.total - (frame.base_total ?? 0);
      const share = Math.min(1, Math.abs(change) / Math.max(1, frame.total, frame.base_total ?? 0));
      return mix(
        toHex(colors.grid),
        toHex(change > 0 ? colors.bad : colors.good),
        change === 0 ? 0 : 0.15 + share * 0.6,
      );
    }
    if (frame.kind === 'root' || frame.kind === 'smaller') return colors.grid;
    const hue = frame.kind === 'scope' ? colors.lines[0] : colors.lines[3];
    return mix(toHex(colors.panel), toHex(hue), 0.28 + 0.3 * hash(frame.module || frame.name));
  }

  /** @param {number} width @returns {{ from: number, scale: number }} */
  #space(width) {
    const all = /** @type {Layout} */ (this.#all);
    const size = Math.max(1e-9, all.size[this.#zoom]);
    return { from: all.start[this.#zoom], scale: width / size };
  }

  draw() {
    const all = this.#all;
    const width = this.clientWidth;
    if (!all || width === 0) return;
    const began = performance.now();
    const height = this.#height(width);
    const scale = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.style.setProperty('height', `${height}px`);
    const g = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.font = `11.5px ${FONT}`;
    this.#paint(canvasPen(g), width, height, true);
    this.drawn = performance.now() - began;
    this.#canvas.setAttribute(
      'aria-label',
      `Flamegraph of ${all.frames.length} frames, ${value(all.total, this.#unit)} in ` +
        `all. Arrow keys go from frame to frame, Enter zooms, Escape zooms out. The table ` +
        `behind it lists the heaviest frames.`,
    );
    this.#writePath();
    this.#tell(this.#at);
  }

  /**
   * @param {import('../core/pen.js').Pen} pen @param {number} width @param {number} height
   * @param {boolean} marked whether the chosen frame is marked
   */
  #paint(pen, width, height, marked) {
    const all = /** @type {Layout} */ (this.#all);
    const colors = palette();
    const { from, scale } = this.#space(width);
    pen.rect(0, 0, width, height, colors.panel);
    const above = new Set();
    for (let at = this.#zoom; at >= 0; at = all.parent[at]) above.add(at);
    for (let i = 0; i < all.frames.length; i++) {
      let x = (all.start[i] - from) * scale;
      let w = all.size[i] * scale;
      if (above.has(i)) {
        x = 0;
        w = width;
      }
      if (w < 0.4 || x > width || x + w < 0) continue;
      if (x < 0) {
        w += x;
        x = 0;
      }
      if (x + w > width) w = width - x;
      const y = all.depth[i] * ROW;
      pen.rect(
        x,
        y,
        Math.max(0.4, w - (w > 2 ? 1 : 0)),
        ROW - 1,
        this.#color(i),
        above.has(i) && i !== this.#zoom ? 0.55 : 1,
      );
      if (marked && i === this.#at && document.activeElement === this.#canvas) {
        pen.rect(x, y, w - 1, 2, colors.ink);
        pen.rect(x, y + ROW - 3, w - 1, 2, colors.ink);
      }
      const room = Math.floor((w - 8) / 6.6);
      if (room >= 3) {
        const name = label(all.frames[i].name);
        pen.text(
          x + 4,
          y + ROW / 2 - 0.5,
          name.length > room ? `${name.slice(0, room - 1)}…` : name,
          colors.ink,
          'start',
          11.5,
        );
      }
    }
  }

  #writePath() {
    const all = /** @type {Layout} */ (this.#all);
    const way = [];
    for (let at = this.#zoom; at >= 0; at = all.parent[at]) way.unshift(at);
    fill(
      this.#path,
      way.length > 1 &&
        way.map((at, i) =>
          h(
            'button',
            {
              type: 'button',
              class: 'link',
              'aria-current': i === way.length - 1 ? 'true' : null,
              onclick: () => this.#zoomTo(at),
            },
            i === 0 ? 'all' : label(all.frames[at].name),
          ),
        ),
    );
  }

  /** @param {number} i */
  #tell(i) {
    const all = this.#all;
    if (!all || i < 0) return;
    const frame = all.frames[i];
    const change = this.#compared ? frame.total - (frame.base_total ?? 0) : null;
    fill(
      this.#card,
      h('b', { class: 'flame-name' }, frame.name),
      h('span', { class: 'num' }, value(frame.total, this.#unit)),
      h('span', { class: 'muted num' }, `${ratio(all.total ? frame.total / all.total : 0)} of all`),
      frame.self > 0 && h('span', { class: 'muted num' }, `self ${value(frame.self, this.#unit)}`),
      change !== null &&
        h(
          'span',
          { class: `num ${change > 0 ? 'text-bad' : 'text-good'}` },
          `${signed(change, this.#unit)} against the base`,
        ),
      place(frame.file, frame.line),
    );
  }

  /** @param {number} i */
  #zoomTo(i) {
    this.#zoom = i;
    this.#at = i;
    this.draw();
  }

  /** @param {MouseEvent} event */
  #hit(event) {
    const all = this.#all;
    if (!all) return -1;
    const box = this.#canvas.getBoundingClientRect();
    const level = Math.floor((event.clientY - box.top) / ROW);
    const { from, scale } = this.#space(box.width);
    for (let at = this.#zoom; at >= 0; at = all.parent[at]) if (all.depth[at] === level) return at;
    return frameAt(all, level, from + (event.clientX - box.left) / scale);
  }

  #listen() {
    this.#canvas.addEventListener('mousemove', (event) => {
      const hit = this.#hit(event);
      this.#canvas.style.setProperty('cursor', hit >= 0 ? 'pointer' : 'default');
      if (hit >= 0) this.#tell(hit);
    });
    for (const type of ['focus', 'blur']) this.#canvas.addEventListener(type, () => this.#queue());
    this.#canvas.addEventListener('mouseleave', () => this.#tell(this.#at));
    this.#canvas.addEventListener('click', (event) => {
      const hit = this.#hit(event);
      if (hit >= 0) this.#zoomTo(hit);
    });
    this.#canvas.addEventListener('keydown', (event) => {
      const all = this.#all;
      if (!all) return;
      const next = step(all, this.#at, event.key);
      if (event.key === 'Enter') this.#zoomTo(this.#at);
      else if (event.key === 'Escape') this.#zoomTo(Math.max(0, all.parent[this.#zoom]));
      else if (next >= 0) {
        this.#at = next;
        this.draw();
      } else return;
      event.preventDefault();
    });
  }

  /** For tests: how much is drawn. */
  get size() {
    return this.#all?.frames.length ?? 0;
  }

  toggleTable() {
    this.#table.hidden = !this.#table.hidden;
    if (!this.#table.hidden) {
      this.#fillTable();
      this.#table.focus();
    }
  }

  /** Names with what they hold themselves, the heaviest first. */
  #heaviest() {
    const all = /** @type {Layout} */ (this.#all);
    /** @type {Map<string, { name: string, self: number, total: number, frame: Frame }>} */
    const by = new Map();
    const open = new Set();
    all.frames.forEach((frame, i) => {
      const known = by.get(frame.name) ?? { name: frame.name, self: 0, total: 0, frame };
      by.set(frame.name, known);
      known.self += frame.self;
      open.clear();
      let inside = false;
      for (let at = all.parent[i]; at >= 0; at = all.parent[at])
        if (all.frames[at].name === frame.name) {
          inside = true;
          break;
        }
      if (!inside) known.total += frame.total;
    });
    return [...by.values()].sort((a, b) => b.self - a.self);
  }

  #fillTable() {
    const all = /** @type {Layout} */ (this.#all);
    fill(
      this.#table,
      h(
        'table',
        { class: 'data' },
        h('caption', null, 'Heaviest frames by what they hold themselves'),
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, 'Frame'),
            h('th', { scope: 'col', class: 'num' }, 'Self'),
            h('th', { scope: 'col', class: 'num' }, 'Total'),
            h('th', { scope: 'col', class: 'num' }, 'Share'),
          ),
        ),
        h(
          'tbody',
          null,
          this.#heaviest()
            .slice(0, 60)
            .map((row) =>
              h(
                'tr',
                null,
                h('th', { scope: 'row' }, row.name),
                h('td', { class: 'num' }, value(row.self, this.#unit)),
                h('td', { class: 'num' }, value(row.total, this.#unit)),
                h('td', { class: 'num' }, ratio(all.total ? row.total / all.total : 0)),
              ),
            ),
        ),
      ),
    );
    say(this.#card, `${all.frames.length} frames, ${bytes(all.total)}`);
  }

  saveCsv() {
    saveText(
      'flamegraph.csv',
      csv([
        ['frame', 'self', 'total'],
        ...this.#heaviest().map((row) => [row.name, row.self, row.total]),
      ]),
      'text/csv',
    );
  }

  saveSvg() {
    const width = this.clientWidth;
    const height = this.#height(width);
    const { pen, end } = svgPen(width, height);
    this.#paint(pen, width, height, false);
    saveText('flamegraph.svg', end(), 'image/svg+xml');
  }

  savePng() {
    this.#canvas.toBlob((blob) => {
      if (blob) saveBlob('flamegraph.png', blob);
    });
  }
}

/** The next frame in a direction. @param {Layout} all @param {number} at @param {string} key */
function step(all, at, key) {
  const level = all.depth[at];
  if (key === 'ArrowUp') return all.parent[at];
  if (key === 'ArrowDown') return all.parent.indexOf(at, at + 1);
  const turn = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  for (let i = at + turn; turn && i > 0 && i < all.frames.length; i += turn)
    if (all.depth[i] === level) return i;
  return -1;
}

/** The last two parts of a path of names. @param {string} name */
function label(name) {
  const parts = name.split('::');
  return parts.length > 2 && !name.includes('<') ? parts.slice(-2).join('::') : name;
}

/** @param {string} color */
function toHex(color) {
  return color.startsWith('#') && color.length === 7 ? color : '#888888';
}

customElements.define('memopt-flame', Flame);
