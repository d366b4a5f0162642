// A button with a list of actions below it. Escape and a press elsewhere close it.

import { h } from '../core/dom.js';

/**
 * @typedef {object} Item
 * @property {string} text
 * @property {() => void} run
 * @property {string} [hint]
 */

/** @param {string} label @param {Item[] | (() => Item[])} items @param {string} [face] */
export function menu(label, items, face = '⋯') {
  const list = h('div', { class: 'menu-list', role: 'menu', hidden: true });
  const button = h(
    'button',
    {
      type: 'button',
      class: face === '⋯' ? 'quiet' : null,
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-label': face === '⋯' ? label : null,
      title: label,
      onclick: () => (list.hidden ? open() : close()),
    },
    face === '⋯' ? face : `${face} ▾`,
  );
  const root = h('div', { class: 'menu' }, button, list);

  const outside = (/** @type {Event} */ event) => {
    if (!root.contains(/** @type {Node} */ (event.target))) close();
  };
  function open() {
    list.replaceChildren(
      ...(typeof items === 'function' ? items() : items).map((item) =>
        h(
          'button',
          {
            type: 'button',
            role: 'menuitem',
            tabindex: '-1',
            onclick: () => {
              close();
              item.run();
            },
          },
          item.text,
        ),
      ),
    );
    list.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', outside);
    const first = list.querySelector('button');
    first?.focus();
  }
  function close() {
    if (list.hidden) return;
    if (list.contains(document.activeElement)) button.focus();
    list.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside);
  }
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      close();
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    if (list.hidden) {
      open();
      return;
    }
    const all = [...list.querySelectorAll('button')];
    const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    all[(at + (event.key === 'ArrowDown' ? 1 : all.length - 1)) % all.length]?.focus();
  });
  return root;
}
