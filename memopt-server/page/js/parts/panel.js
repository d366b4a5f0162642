// A box with a title whose contents are read from the server, in every state they can be in.

import { fill, h, uid } from '../core/dom.js';
import { ApiError } from '../core/api.js';
import { events } from '../core/live.js';
import { hint } from './hint.js';
import { failure, loading } from './notice.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/dom.js').Child} Child */

/**
 * @template T
 * @typedef {object} Follow
 * @property {(signal: AbortSignal) => Promise<T>} load
 * @property {(data: T, body: HTMLElement) => Node | Node[] | void} show what it gives replaces the
 *   contents; nothing, if it changed them itself
 * @property {number} [every] ms between two readings; absent: read once
 * @property {number} [rows] of the loading state
 */

export class Panel {
  /** @type {AbortController | null} */ #reading = null;
  /** @type {(() => Promise<void>) | null} */ #read = null;

  /**
   * @param {string | null} title
   * @param {{ hint?: string, tools?: Child[], kind?: string }} [options]
   */
  constructor(title, { hint: about, tools = [], kind = '' } = {}) {
    const id = uid('panel');
    this.body = h('div', { class: kind === 'bare' ? 'bare' : 'panel-body' });
    this.tools = h('div', { class: 'tools' }, ...tools);
    this.note = h('span', { class: 'panel-note' });
    this.element = h(
      'section',
      { class: `panel ${kind}`, 'aria-labelledby': title ? id : null },
      title
        ? h(
            'header',
            { class: 'panel-head' },
            h('h2', { id }, title),
            hint(about, title),
            this.note,
            h('span', { class: 'grow' }),
            this.tools,
          )
        : null,
      this.body,
    );
  }

  /** @param {...(Child | Child[])} children */
  fill(...children) {
    fill(this.body, ...children);
    return this;
  }

  /**
   * @template T
   * @param {Context} context @param {Follow<T>} how
   */
  follow(context, { load, show, every, rows }) {
    let shown = false;
    const read = async () => {
      this.#reading?.abort();
      const reading = new AbortController();
      this.#reading = reading;
      try {
        const data = await load(AbortSignal.any([context.signal, reading.signal]));
        if (reading.signal.aborted || context.signal.aborted) return;
        this.#keepFocus(() => {
          const made = show(data, this.body);
          if (made) fill(this.body, ...(Array.isArray(made) ? made : [made]));
        });
        shown = true;
        this.element.classList.remove('is-stale');
      } catch (error) {
        if (reading.signal.aborted || context.signal.aborted) return;
        const gone = error instanceof ApiError && error.status === 0;
        if (!(error instanceof ApiError)) console.error(error);
        if (shown && gone) {
          this.element.classList.add('is-stale');
          return;
        }
        shown = false;
        fill(
          this.body,
          failure(error, () => {
            fill(this.body, loading(rows));
            void read();
          }),
        );
      }
    };
    this.#read = read;
    fill(this.body, loading(rows));
    void read();
    if (every !== undefined) context.live(() => void read(), every);
    else
      events.addEventListener(
        'fresh',
        () => {
          if (!shown) void read();
        },
        { signal: context.signal },
      );
    return this;
  }

  /** Reads again now. */
  async again() {
    await this.#read?.();
  }

  /** @param {() => void} change */
  #keepFocus(change) {
    const at = document.activeElement;
    const key = at instanceof HTMLElement && this.body.contains(at) ? at.dataset.key : undefined;
    change();
    if (key && document.activeElement !== at) {
      const next = this.body.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (next instanceof HTMLElement) next.focus({ preventScroll: true });
    }
  }
}
