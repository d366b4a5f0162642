// One drawing, two papers: a chart draws with a pen, onto a canvas or into an SVG text.

/**
 * @typedef {object} Pen
 * @property {(x: number, y: number, w: number, h: number, color: string, alpha?: number) => void}
 *   rect
 * @property {(xs: ArrayLike<number>, ys: ArrayLike<number>, from: number, to: number,
 *   color: string, width: number, dash?: number[]) => void} line
 * @property {(xs: ArrayLike<number>, tops: ArrayLike<number>, feet: ArrayLike<number>,
 *   from: number, to: number, color: string, alpha: number) => void} area
 * @property {(x: number, y: number, text: string, color: string,
 *   anchor?: 'start' | 'middle' | 'end', size?: number) => void} text
 */

export const FONT = 'system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif';

/** @param {CanvasRenderingContext2D} g @returns {Pen} */
export function canvasPen(g) {
  g.lineJoin = 'round';
  g.textBaseline = 'middle';
  return {
    rect(x, y, w, h, color, alpha = 1) {
      g.globalAlpha = alpha;
      g.fillStyle = color;
      g.fillRect(x, y, w, h);
      g.globalAlpha = 1;
    },
    line(xs, ys, from, to, color, width, dash) {
      g.strokeStyle = color;
      g.lineWidth = width;
      g.setLineDash(dash ?? []);
      g.beginPath();
      g.moveTo(xs[from], ys[from]);
      if (to - from === 1) g.lineTo(xs[from] + 0.01, ys[from]);
      for (let i = from + 1; i < to; i++) g.lineTo(xs[i], ys[i]);
      g.stroke();
    },
    area(xs, tops, feet, from, to, color, alpha) {
      g.globalAlpha = alpha;
      g.fillStyle = color;
      g.beginPath();
      g.moveTo(xs[from], tops[from]);
      for (let i = from + 1; i < to; i++) g.lineTo(xs[i], tops[i]);
      for (let i = to - 1; i >= from; i--) g.lineTo(xs[i], feet[i]);
      g.fill();
      g.globalAlpha = 1;
    },
    text(x, y, text, color, anchor = 'start', size = 11) {
      g.font = `${size}px ${FONT}`;
      g.fillStyle = color;
      g.textAlign = anchor === 'middle' ? 'center' : anchor;
      g.fillText(text, x, y);
    },
  };
}

/** @param {string} text */
export function escape(text) {
  return text.replace(
    /[&<>"]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c,
  );
}

/** @param {number} x */
const short = (x) => String(Math.round(x * 10) / 10);

/**
 * @param {number} width @param {number} height
 * @returns {{ pen: Pen, end: () => string }}
 */
export function svgPen(width, height) {
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="${escape(FONT)}">`,
  ];
  const pen = /** @type {Pen} */ ({
    rect(x, y, w, h, color, alpha = 1) {
      out.push(
        `<rect x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}" ` +
          `fill="${color}" fill-opacity="${alpha}"/>`,
      );
    },
    line(xs, ys, from, to, color, width, dash) {
      const points = [];
      for (let i = from; i < to; i++) points.push(`${short(xs[i])},${short(ys[i])}`);
      out.push(
        `<polyline fill="none" stroke="${color}" stroke-width="${width}" ` +
          `stroke-linejoin="round"${dash?.length ? ` stroke-dasharray="${dash.join(' ')}"` : ''} ` +
          `points="${points.join(' ')}"/>`,
      );
    },
    area(xs, tops, feet, from, to, color, alpha) {
      const points = [];
      for (let i = from; i < to; i++) points.push(`${short(xs[i])},${short(tops[i])}`);
      for (let i = to - 1; i >= from; i--) points.push(`${short(xs[i])},${short(feet[i])}`);
      out.push(`<polygon fill="${color}" fill-opacity="${alpha}" points="${points.join(' ')}"/>`);
    },
    text(x, y, text, color, anchor = 'start', size = 11) {
      out.push(
        `<text x="${short(x)}" y="${short(y)}" fill="${color}" font-size="${size}" ` +
          `text-anchor="${anchor}" dominant-baseline="central">${escape(text)}</text>`,
      );
    },
  });
  return { pen, end: () => `${out.join('\n')}\n</svg>\n` };
}
