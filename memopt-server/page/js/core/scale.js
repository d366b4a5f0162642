// Where the lines of a grid stand: round values, and round moments of the reader's time zone.

/**
 * Round steps for a range of values. Bytes go by powers of two.
 *
 * @param {number} low @param {number} high @param {number} most how many at most
 * @param {string | undefined} unit
 * @returns {number[]}
 */
export function ticks(low, high, most, unit) {
  const span = high - low;
  if (!(span > 0) || most < 1) return [low];
  const raw = span / most;
  let step;
  if (unit === 'bytes' || unit === 'bytes_per_second') {
    step = 1;
    while (step < raw) step *= 1024;
    for (const part of [512, 256, 128, 64, 32, 16, 8, 4, 2]) {
      if (step / part >= Math.max(1, raw)) {
        step /= part;
        break;
      }
    }
  } else {
    const size = 10 ** Math.floor(Math.log10(raw));
    const parts = unit === 'count' && size < 10 ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
    step = parts.map((part) => part * size).find((part) => part >= raw) ?? raw;
  }
  const out = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) {
    out.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  }
  return out;
}

const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800,
  432000, 864000, 2592000,
].map((at) => at * 1000);

/**
 * Round moments between two, with their texts.
 *
 * @param {number} from @param {number} to @param {number} most
 * @returns {{ at: number, text: string }[]}
 */
export function timeTicks(from, to, most) {
  const step = STEPS.find((at) => at >= (to - from) / Math.max(1, most)) ?? STEPS[STEPS.length - 1];
  const zone = new Date(to).getTimezoneOffset() * 60_000;
  const out = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) {
    out.push({ at, text: timeText(at, step) });
  }
  return out;
}

/** @param {number} at @param {number} step */
function timeText(at, step) {
  const date = new Date(at);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (step >= 86_400_000 || (midnight && step >= 3_600_000)) {
    return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  }
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return step < 60_000 ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/**
 * The ends of an axis: from zero unless the values are far from it and close together.
 *
 * @param {number} low @param {number} high @param {string | undefined} unit
 * @returns {[number, number]}
 */
export function bounds(low, high, unit) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (low === high && low === 0) return [0, 1];
  let from = low < 0 ? low : 0;
  if (low > 0 && (high - low) / high < 0.25 && unit !== 'ratio') {
    from = Math.max(0, low - Math.max(high - low, high * 0.02) * 0.5);
  }
  const to = high > 0 ? high + Math.max(high - from, high * 0.02) * 0.08 : 0;
  return [from, to === from ? from + 1 : to];
}
