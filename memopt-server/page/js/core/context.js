// What a view is given: its address, its end, and when to read again.

import { events } from './live.js';
import { paused, range } from './state.js';

export class Context {
  #end = new AbortController();

  /**
   * @param {string[]} path the parts after the view's name @param {URLSearchParams} query
   */
  constructor(path, query) {
    this.path = path;
    this.query = query;
  }

  /** Aborted when the view is left. */
  get signal() {
    return this.#end.signal;
  }

  close() {
    this.#end.abort();
  }

  /** @param {string} name @param {string} [otherwise] */
  param(name, otherwise = '') {
    return this.query.get(name) ?? otherwise;
  }

  /**
   * Writes a parameter into the address, without a step in the browser's history.
   *
   * @param {Record<string, string | number | null | undefined>} values
   */
  set(values) {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined || value === '') this.query.delete(name);
      else this.query.set(name, String(value));
    }
    const text = this.query.toString();
    const [path] = location.hash.split('?');
    history.replaceState(null, '', `${path}${text ? `?${text}` : ''}`);
  }

  /**
   * Calls `read` with each reading of the program, but no more often than `every` ms, neither
   * paused nor unseen; at once after a reconnection, a changed range or the end of a pause.
   *
   * @param {() => void} read @param {number} every
   */
  live(read, every) {
    let last = Date.now();
    let missed = false;
    const run = () => {
      last = Date.now();
      missed = false;
      read();
    };
    const due = () => {
      if (paused.value !== null || document.hidden) {
        missed = true;
        return;
      }
      if (Date.now() - last >= every - 100) run();
    };
    const options = { signal: this.signal };
    events.addEventListener('tick', due, options);
    events.addEventListener(
      'fresh',
      () => {
        if (paused.value === null) run();
        else missed = true;
      },
      options,
    );
    document.addEventListener(
      'visibilitychange',
      () => {
        if (!document.hidden && missed) due();
      },
      options,
    );
    paused.watch(
      (at) => {
        if (at === null && missed) run();
      },
      this.signal,
      false,
    );
    range.watch(run, this.signal, false);
  }

  /** @param {string} type @param {(detail: any) => void} listener */
  on(type, listener) {
    events.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail), {
      signal: this.signal,
    });
  }
}
