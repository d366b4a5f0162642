// What the reader chose, and what is known of the connection: values that can be listened to.

/** @template T */
export class Value {
  /** @type {Set<(value: T) => void>} */ #listeners = new Set();
  #value;

  /** @param {T} value */
  constructor(value) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /**
   * Calls now and after each change, until the signal is aborted.
   *
   * @param {(value: T) => void} listener @param {AbortSignal} [signal] @param {boolean} [now]
   */
  watch(listener, signal, now = true) {
    this.#listeners.add(listener);
    signal?.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
    if (now) listener(this.#value);
  }
}

/** What this browser remembers. Storage may be forbidden. */
export const memory = {
  /** @param {string} key */
  get(key) {
    try {
      return localStorage.getItem(`memopt-${key}`);
    } catch {
      return null;
    }
  },
  /** @param {string} key @param {string} value */
  set(key, value) {
    try {
      localStorage.setItem(`memopt-${key}`, value);
    } catch {
      /* remembered until reload */
    }
  },
};

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** @type {{ ms: number, text: string, long: string }[]} */
export const RANGES = [
  { ms: MINUTE, text: '1 min', long: 'last minute' },
  { ms: 5 * MINUTE, text: '5 min', long: 'last 5 minutes' },
  { ms: 15 * MINUTE, text: '15 min', long: 'last 15 minutes' },
  { ms: HOUR, text: '1 h', long: 'last hour' },
  { ms: 6 * HOUR, text: '6 h', long: 'last 6 hours' },
  { ms: DAY, text: '24 h', long: 'last 24 hours' },
  { ms: 7 * DAY, text: '7 d', long: 'last 7 days' },
  { ms: 30 * DAY, text: '30 d', long: 'last 30 days' },
];

const remembered = Number(memory.get('range'));
/** How far back charts look, in ms. */
export const range = new Value(
  RANGES.some((at) => at.ms === remembered) ? remembered : 15 * MINUTE,
);
range.watch((ms) => memory.set('range', String(ms)), undefined, false);

/** Whether updates are held back; since when. @type {Value<number | null>} */
export const paused = new Value(/** @type {number | null} */ (null));

/**
 * @typedef {{ state: 'connecting' | 'live' | 'lost', since: number }} Connection
 * @type {Value<Connection>}
 */
export const connection = new Value(
  /** @type {Connection} */ ({ state: 'connecting', since: Date.now() }),
);

/** The answer of `/session`. @type {Value<import('./types.js').Session | null>} */
export const session = new Value(/** @type {import('./types.js').Session | null} */ (null));

/**
 * The last answers that the frame of the page shows.
 *
 * @type {Value<import('./types.js').Status | null>}
 */
export const status = new Value(/** @type {import('./types.js').Status | null} */ (null));

/** @type {Value<import('./types.js').Health | null>} */
export const health = new Value(/** @type {import('./types.js').Health | null} */ (null));

/** Whether the reader's role allows a change. @param {'operate' | 'administer'} role */
export function may(role) {
  const own = session.value?.role;
  return own === 'administer' || own === role;
}
