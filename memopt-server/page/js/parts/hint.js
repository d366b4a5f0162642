// What a number is: a small button whose text is shown on hover, focus or press, one at a time.

import { h, fill } from '../core/dom.js';

/** @type {HTMLElement | null} */
let bubble = null;

/** @param {Element} near @param {string} text */
function open(near, text) {
  if (!bubble) {
    bubble = h('div', { class: 'bubble', popover: 'manual', role: 'tooltip' });
    document.body.append(bubble);
  }
  fill(bubble, text);
  if (!bubble.matches(':popover-open')) bubble.showPopover();
  const at = near.getBoundingClientRect();
  const own = bubble.getBoundingClientRect();
  const left = Math.max(
    8,
    Math.min(innerWidth - own.width - 8, at.left + at.width / 2 - own.width / 2),
  );
  const below = at.bottom + 6 + own.height < innerHeight;
  bubble.style.setProperty('left', `${left}px`);
  bubble.style.setProperty('top', `${below ? at.bottom + 6 : at.top - own.height - 6}px`);
}

export function closeHint() {
  if (bubble?.matches(':popover-open')) bubble.hidePopover();
}

/**
 * @param {string | undefined} text
 * @param {string} [about] what it is about, for screen readers
 * @returns {HTMLButtonElement | null}
 */
export function hint(text, about) {
  if (!text) return null;
  const button = h(
    'button',
    {
      type: 'button',
      class: 'hint',
      'aria-label': `${about ? `${about}: ` : ''}${text}`,
      onmouseenter: () => open(button, text),
      onmouseleave: closeHint,
      onfocus: () => open(button, text),
      onblur: closeHint,
      onclick: (/** @type {Event} */ event) => {
        event.preventDefault();
        open(button, text);
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape') closeHint();
      },
    },
    'i',
  );
  return button;
}

/**
 * Shows a text while an element is hovered.
 *
 * @param {HTMLElement} element @param {() => string} text
 */
export function explain(element, text) {
  element.addEventListener('mouseenter', () => {
    if (text()) open(element, text());
  });
  element.addEventListener('mouseleave', closeHint);
  return element;
}
