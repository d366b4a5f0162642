// Numbers as people read them: the same rules as the report's tables (three significant digits,
// binary units for bytes).

/** @typedef {'bytes' | 'seconds' | 'ratio' | 'count' | 'bytes_per_second' | 'per_second'} Unit */

export const NONE = '–';
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const DECIMAL = ['', 'k', 'M', 'G', 'T'];

/** @param {number} x @param {number} digits */
function significant(x, digits) {
  const size = Math.abs(x);
  const whole = size < 1 ? 1 : Math.floor(Math.log10(size)) + 1;
  return x.toFixed(Math.max(0, digits - whole));
}

/** @param {unknown} x @returns {x is number} */
export function isNumber(x) {
  return typeof x === 'number' && Number.isFinite(x);
}

/** `512 B`, `1.50 KiB`, `-12.3 MiB`. @param {unknown} x */
export function bytes(x) {
  if (!isNumber(x)) return NONE;
  let size = Math.abs(x);
  let unit = 0;
  while (size >= 1023.5 && unit < BINARY.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const text = unit === 0 ? String(Math.round(size)) : significant(size, 3);
  return `${x < 0 ? '−' : ''}${text} ${BINARY[unit]}`;
}

/** `12,345`, `1.23 M`. @param {unknown} x */
export function count(x) {
  if (!isNumber(x)) return NONE;
  const size = Math.abs(x);
  const sign = x < 0 ? '−' : '';
  if (size < 100_000) {
    const whole = Math.abs(size - Math.round(size)) < 0.005 || size >= 100;
    return sign + (whole ? Math.round(size).toLocaleString('en-US') : significant(size, 3));
  }
  const unit = Math.min(4, Math.floor(Math.log10(size) / 3));
  return `${sign}${significant(size / 1000 ** unit, 3)} ${DECIMAL[unit]}`;
}

/** `1,234,567`. @param {unknown} x */
export function exact(x) {
  return isNumber(x) ? Math.round(x).toLocaleString('en-US') : NONE;
}

/** `250 ns`, `1.20 ms`, `3.45 s`, `2 h 5 min`, `3 d 4 h`. @param {unknown} x seconds */
export function seconds(x) {
  if (!isNumber(x)) return NONE;
  const size = Math.abs(x);
  const sign = x < 0 ? '−' : '';
  if (size === 0) return '0 s';
  if (size < 1e-6) return `${sign}${Math.round(size * 1e9)} ns`;
  if (size < 1e-3) return `${sign}${significant(size * 1e6, 3)} µs`;
  if (size < 1) return `${sign}${significant(size * 1e3, 3)} ms`;
  if (size < 60) return `${sign}${Number.isInteger(size) ? size : significant(size, 3)} s`;
  const parts = /** @type {[number, string][]} */ ([
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ]);
  let at = parts.findIndex(([length]) => size >= length);
  const [length, unit] = parts[at];
  const whole = Math.floor(size / length);
  at += 1;
  const rest = at < parts.length && whole < 20 ? Math.floor((size % length) / parts[at][0]) : 0;
  return `${sign}${whole} ${unit}${rest > 0 ? ` ${rest} ${parts[at][1]}` : ''}`;
}

/** `12.3 %`. @param {unknown} x 0 to 1 */
export function ratio(x) {
  if (!isNumber(x)) return NONE;
  const percent = x * 100;
  const text =
    Math.abs(percent) >= 99.95 || percent === 0
      ? percent.toFixed(0)
      : Math.abs(percent) < 0.1
        ? percent.toFixed(2)
        : percent.toFixed(1);
  return `${text.replace('-', '−')} %`;
}

/** @param {unknown} x @param {string | undefined} unit */
export function value(x, unit) {
  switch (unit) {
    case 'bytes':
      return bytes(x);
    case 'seconds':
      return seconds(x);
    case 'ratio':
      return ratio(x);
    case 'bytes_per_second':
      return isNumber(x) ? `${bytes(x)}/s` : NONE;
    case 'per_second':
      return isNumber(x) ? `${count(x)}/s` : NONE;
    case 'milliseconds':
      return isNumber(x) ? seconds(x / 1000) : NONE;
    case 'nanoseconds':
      return isNumber(x) ? seconds(x / 1e9) : NONE;
    case undefined:
    case '':
    case 'count':
      return count(x);
    default:
      return isNumber(x) ? `${count(x)} ${unit}` : NONE;
  }
}

/**
 * A value at an axis: without zeros behind the point.
 *
 * @param {unknown} x @param {string | undefined} unit
 */
export function axis(x, unit) {
  return value(x, unit)
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
    .replace(/\.(?=\D|$)/, '');
}

/** With a plus before what grew. @param {unknown} x @param {string | undefined} unit */
export function signed(x, unit) {
  const text = value(x, unit);
  return isNumber(x) && x > 0 ? `+${text}` : text;
}

/** @param {number} n */
const two = (n) => String(n).padStart(2, '0');

/** `14:03:09`. @param {unknown} ms */
export function clock(ms) {
  if (!isNumber(ms)) return NONE;
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `29 Nov`. @param {number} ms */
export function day(ms) {
  return new Date(ms).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

/** `14:03:09` of today, `29 Nov 14:03` of another day. @param {unknown} ms */
export function moment(ms) {
  if (!isNumber(ms)) return NONE;
  if (new Date(ms).toDateString() === new Date().toDateString()) return clock(ms);
  return `${day(ms)} ${clock(ms).slice(0, 5)}`;
}

/** `2026-11-29 14:03:09`: for files and titles. @param {number} ms */
export function stamp(ms) {
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(ms)}`;
}

/** `3 min ago`. @param {unknown} ms @param {number} [now] */
export function ago(ms, now = Date.now()) {
  if (!isNumber(ms)) return NONE;
  const since = Math.max(0, (now - ms) / 1000);
  return since < 1 ? 'now' : `${seconds(Math.floor(since)).split(' ').slice(0, 2).join(' ')} ago`;
}

/** `1 alert`, `3 alerts`. @param {number} n @param {string} noun */
export function counted(n, noun) {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** `process.resident` and `LOCK_WAIT` as words: `process resident`. @param {string} name */
export function words(name) {
  return name.replace(/[._]+/g, ' ').trim();
}
