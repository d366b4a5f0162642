// Draws series with a pen. Knows neither elements nor events.

import { bounds, ticks, timeTicks } from '../core/scale.js';
import { axis as show } from '../core/format.js';

/** @typedef {[at: number, min: number, mean: number, max: number, last: number]} Point */

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {ArrayLike<number>[]} points `[at_ms, min, mean, max, last]`;
 *   what is no number is a gap
 * @property {string} [hint]
 */

/**
 * @typedef {object} Model
 * @property {string} [unit]
 * @property {number} from
 * @property {number} to
 * @property {number} [step] the usual distance of points in ms
 * @property {boolean} [stack]
 * @property {Line[]} lines
 * @property {{ label: string, value: number }[]} [limits]
 * @property {{ label: string, points: [at: number, low: number, value: number, high: number][] }}
 *   [forecast]
 * @property {{ at: number, label: string, kind: 'bad' | 'warn' | 'note' }[]} [marks]
 * @property {[number, number] | null} [window]
 */

/**
 * @typedef {object} Geometry
 * @property {number} left @property {number} top @property {number} width @property {number} height
 * @property {(at: number) => number} x
 * @property {(value: number) => number} y
 * @property {(x: number) => number} at
 */

/** @typedef {import('../core/pen.js').Pen} Pen */
/** @typedef {import('../core/palette.js').Palette} Palette */

/** The highest and lowest of what is drawn. @param {Model} model @returns {[number, number]} */
function extent(model) {
  let low = Infinity;
  let high = -Infinity;
  const take = (/** @type {number} */ x) => {
    if (x < low) low = x;
    if (x > high) high = x;
  };
  if (model.stack) {
    low = 0;
    for (const layer of stacked(model.lines, (model.step ?? 0) * 3))
      for (const top of layer.tops) take(top);
  } else {
    for (const line of model.lines) {
      for (const point of line.points) {
        take(point[1]);
        take(point[3]);
      }
    }
  }
  for (const point of model.forecast?.points ?? []) {
    if (point[0] <= model.to) {
      take(point[1]);
      take(point[3]);
    }
  }
  for (const limit of model.limits ?? []) {
    if (limit.value <= high * 2.5) take(limit.value);
  }
  return [low, high];
}

/**
 * Layers on top of each other, over the moments that any line has.
 *
 * @param {Line[]} lines @param {number} near for how long a value holds where a line has no point
 * @returns {{ ats: number[], tops: number[], feet: number[] }[]}
 */
export function stacked(lines, near = 0) {
  const ats = [...new Set(lines.flatMap((line) => Array.from(line.points, (p) => p[0])))].sort(
    (a, b) => a - b,
  );
  const base = new Float64Array(ats.length);
  return lines.map((line) => {
    const feet = Array.from(base);
    const tops = Array.from(base);
    let at = 0;
    for (let i = 0; i < ats.length; i++) {
      while (at < line.points.length && line.points[at][0] <= ats[i]) at += 1;
      const point = line.points[at - 1];
      if (!point || ats[i] - point[0] > near) continue;
      tops[i] += point[2];
      if (!Number.isNaN(tops[i])) base[i] = tops[i];
    }
    return { ats, feet, tops };
  });
}

/**
 * @param {Pen} pen @param {Model} model @param {number} width @param {number} height
 * @param {Palette} colors
 * @returns {Geometry}
 */
export function paint(pen, model, width, height, colors) {
  const [low, high] = bounds(...extent(model), model.unit);
  const lines = ticks(low, high, Math.max(2, Math.floor(height / 44)), model.unit);
  const texts = lines.map((at) => show(at, model.unit));
  const left = Math.ceil(Math.max(28, ...texts.map((text) => text.length * 7)) + 8);
  const box = { left, top: 8, width: Math.max(20, width - left - 10), height: height - 30 };
  const span = Math.max(1, model.to - model.from);
  const x = (/** @type {number} */ at) => box.left + ((at - model.from) / span) * box.width;
  const y = (/** @type {number} */ v) =>
    box.top + box.height - ((v - low) / (high - low)) * box.height;
  const at = (/** @type {number} */ px) => model.from + ((px - box.left) / box.width) * span;

  lines.forEach((v, i) => {
    pen.rect(box.left, Math.round(y(v)), box.width, 1, v === 0 ? colors.line : colors.grid);
    pen.text(box.left - 8, y(v), texts[i], colors.muted, 'end');
  });
  for (const tick of timeTicks(model.from, model.to, box.width / 84)) {
    const px = x(tick.at);
    if (px < box.left + 14 || px > box.left + box.width - 8) continue;
    pen.rect(Math.round(px), box.top + box.height, 1, 4, colors.line);
    pen.text(px, box.top + box.height + 14, tick.text, colors.muted, 'middle');
  }
  if (model.window) {
    const [a, b] = model.window.map((ms) =>
      Math.min(box.left + box.width, Math.max(box.left, x(ms))),
    );
    pen.rect(a, box.top, b - a, box.height, colors.accent, 0.14);
    pen.rect(a, box.top, 1, box.height, colors.accent);
    pen.rect(b, box.top, 1, box.height, colors.accent);
  }
  if (model.stack) paintStack(pen, model, x, y, colors);
  else model.lines.forEach((line, i) => paintLine(pen, line, box.width, x, y, colors.lines[i % 8]));
  if (model.forecast) paintForecast(pen, model, x, y, colors);
  for (const limit of model.limits ?? []) {
    if (limit.value > high || limit.value < low) continue;
    pen.line(
      [box.left, box.left + box.width],
      [y(limit.value), y(limit.value)],
      0,
      2,
      colors.bad,
      1,
      [5, 4],
    );
    pen.text(
      box.left + box.width,
      y(limit.value) + (y(limit.value) < 24 ? 9 : -8),
      limit.label,
      colors.bad,
      'end',
    );
  }
  for (const mark of model.marks ?? []) {
    if (mark.at < model.from || mark.at > model.to) continue;
    const color =
      mark.kind === 'bad' ? colors.bad : mark.kind === 'warn' ? colors.warn : colors.accent;
    pen.line([x(mark.at), x(mark.at)], [box.top, box.top + box.height], 0, 2, color, 1, [2, 3]);
    pen.rect(x(mark.at) - 3, box.top - 3, 6, 6, color);
  }
  return { ...box, x, y, at };
}

/**
 * Parts without gaps: what is no number is one.
 *
 * @param {ArrayLike<number>} ys @returns {[number, number][]}
 */
function runs(ys) {
  /** @type {[number, number][]} */
  const out = [];
  let from = 0;
  for (let i = 0; i <= ys.length; i++) {
    if (i < ys.length && !Number.isNaN(ys[i])) continue;
    if (i > from) out.push([from, i]);
    from = i + 1;
  }
  return out;
}

/**
 * A line, with the band of what was between the lowest and the highest. Where several points share
 * a column of pixels, the column keeps both ends.
 *
 * @param {Pen} pen @param {Line} line @param {number} columns
 * @param {(at: number) => number} x @param {(value: number) => number} y @param {string} color
 */
function paintLine(pen, line, columns, x, y, color) {
  const n = line.points.length;
  const every = Math.max(1, Math.floor(n / Math.max(1, columns)));
  const size = Math.ceil(n / every);
  const [xs, ys, tops, feet] = Array.from({ length: 4 }, () => new Float64Array(size));
  let wide = false;
  for (let i = 0, o = 0; i < n; i += every, o++) {
    let [low, high, sum, seen] = [Infinity, -Infinity, 0, 0];
    for (let k = i; k < Math.min(n, i + every); k++) {
      const point = line.points[k];
      if (point[1] < low) low = point[1];
      if (point[3] > high) high = point[3];
      sum += point[2];
      seen += 1;
    }
    xs[o] = x(line.points[i][0]);
    ys[o] = y(sum / seen);
    tops[o] = y(high);
    feet[o] = y(low);
    wide ||= feet[o] - tops[o] > 1.5;
  }
  for (const [from, to] of runs(ys)) {
    if (wide) pen.area(xs, tops, feet, from, to, color, 0.16);
    pen.line(xs, ys, from, to, color, 1.5);
  }
}

/**
 * @param {Pen} pen @param {Model} model
 * @param {(at: number) => number} x @param {(value: number) => number} y @param {Palette} colors
 */
function paintStack(pen, model, x, y, colors) {
  stacked(model.lines, (model.step ?? 0) * 3).forEach(({ ats, tops, feet }, i) => {
    const color = colors.lines[i % 8];
    const xs = ats.map(x);
    for (const [from, to] of runs(tops)) {
      pen.area(xs, tops.map(y), feet.map(y), from, to, color, 0.45);
      pen.line(xs, tops.map(y), from, to, color, 1.25);
    }
  });
}

/**
 * @param {Pen} pen @param {Model} model
 * @param {(at: number) => number} x @param {(value: number) => number} y @param {Palette} colors
 */
function paintForecast(pen, model, x, y, colors) {
  const points = (model.forecast?.points ?? []).filter(
    (p) => p[0] >= model.from && p[0] <= model.to,
  );
  if (points.length < 2) return;
  const xs = points.map((p) => x(p[0]));
  pen.area(
    xs,
    points.map((p) => y(p[3])),
    points.map((p) => y(p[1])),
    0,
    xs.length,
    colors.accent,
    0.13,
  );
  pen.line(
    xs,
    points.map((p) => y(p[2])),
    0,
    xs.length,
    colors.accent,
    1.25,
    [4, 3],
  );
}
