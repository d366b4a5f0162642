// What stands where there is nothing to show: loading, empty, an error.

import { h } from '../core/dom.js';
import { ApiError } from '../core/api.js';

/** Grey bars in the place of what comes. @param {number} rows */
export function loading(rows = 3) {
  return h(
    'div',
    { class: 'skeleton', role: 'status' },
    h('span', { class: 'unseen' }, 'Loading'),
    Array.from({ length: rows }, () => h('div', { class: 'bone' })),
  );
}

/**
 * @param {string} title @param {string} [text] what would make it fill
 * @param {...import('../core/dom.js').Child} more
 */
export function empty(title, text, ...more) {
  return h(
    'div',
    { class: 'empty' },
    h('p', { class: 'empty-title' }, title),
    text ? h('p', null, text) : null,
    ...more,
  );
}

/** @param {unknown} error @param {(() => void) | null} again */
export function failure(error, again) {
  const known = error instanceof ApiError ? error : null;
  const title = !known
    ? 'This part of the page failed'
    : known.status === 0
      ? 'Not connected'
      : known.status === 503
        ? 'No reading yet'
        : known.status === 403
          ? 'Your role does not allow this'
          : known.status === 404
            ? 'Not found'
            : 'The server could not answer';
  const detail = error instanceof Error ? error.message : String(error);
  return h(
    'div',
    { class: 'empty is-error', role: 'alert' },
    h('p', { class: 'empty-title' }, title),
    h('p', null, detail),
    known?.fields.length
      ? h(
          'ul',
          null,
          known.fields.map((field) => h('li', null, `${field.name}: ${field.detail}`)),
        )
      : null,
    known?.id ? h('p', { class: 'small muted' }, `request ${known.id}`) : null,
    again ? h('button', { type: 'button', onclick: again }, 'Try again') : null,
  );
}

/** @type {HTMLElement | null} */
let shelf = null;

/** A message that goes by itself. @param {string} text @param {'good' | 'bad'} [kind] */
export function toast(text, kind = 'good') {
  shelf ??= document.body.appendChild(h('div', { class: 'toasts', role: 'status' }));
  const item = h('div', { class: `toast is-${kind}` }, text);
  shelf.append(item);
  setTimeout(() => item.remove(), kind === 'bad' ? 9000 : 4000);
}

/**
 * Does something and says how it went.
 *
 * @param {() => Promise<unknown>} work @param {string} done
 */
export async function attempt(work, done) {
  try {
    await work();
    if (done) toast(done);
    return true;
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'bad');
    return false;
  }
}
