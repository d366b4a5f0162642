// The colours of drawings, read from the style sheet so that there is one place for them.

/**
 * @typedef {object} Palette
 * @property {string} ink @property {string} muted @property {string} grid @property {string} panel
 * @property {string} bad @property {string} warn @property {string} good @property {string} accent
 * @property {string} line @property {string[]} lines
 */

/** @type {Palette | null} */
let known = null;

/** @returns {Palette} */
export function palette() {
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim() || '#888';
  known = {
    ink: read('ink'),
    muted: read('muted'),
    grid: read('grid'),
    panel: read('panel'),
    bad: read('bad'),
    warn: read('warn'),
    good: read('good'),
    accent: read('accent'),
    line: read('rule'),
    lines: [1, 2, 3, 4, 5, 6, 7, 8].map((i) => read(`line-${i}`)),
  };
  return known;
}

/** Asks all drawings to draw again in the colours of now. */
export function repaint() {
  known = null;
  document.dispatchEvent(new CustomEvent('memopt-repaint'));
}

/** @param {string} hex `#rrggbb` @returns {[number, number, number]} */
function parts(hex) {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

/** A colour between two. @param {string} from @param {string} to @param {number} share 0 to 1 */
export function mix(from, to, share) {
  const a = parts(from);
  const b = parts(to);
  const at = Math.min(1, Math.max(0, share));
  return `rgb(${a.map((x, i) => Math.round(x + (b[i] - x) * at)).join(',')})`;
}
