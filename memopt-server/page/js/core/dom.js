// Makes elements. Texts are always text nodes: nothing a program says becomes markup.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Makes an element. A function is a listener (`onclick`), an object under `style` is set through
 * the object model (the content security policy forbids the attribute), `true` is an attribute
 * without a value; `false`, `null` and `undefined` leave it out.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown> | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  if (props) assign(element, props);
  element.append(...nodes(children));
  return element;
}

/**
 * The same for SVG. Only presentation attributes are used, never `style`.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown> | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, props, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  if (props) assign(element, props);
  element.append(...nodes(children));
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, unknown>} props
 */
function assign(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (name === 'style') {
      const style = /** @type {HTMLElement} */ (element).style;
      for (const [key, text] of Object.entries(/** @type {Record<string, string>} */ (value))) {
        style.setProperty(key, text);
      }
    } else {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  /** @type {(Node | string)[]} */
  const out = [];
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false || child === '') continue;
    out.push(typeof child === 'number' ? String(child) : child);
  }
  return out;
}

/**
 * Replaces what an element holds.
 *
 * @template {Element} E
 * @param {E} element
 * @param {...(Child | Child[])} children
 * @returns {E}
 */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/**
 * Sets a text if it differs, so that a reading screen reader is left alone.
 *
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let last = 0;

/** An id for `aria-labelledby` and its like. @param {string} stem */
export function uid(stem) {
  last += 1;
  return `${stem}-${last}`;
}
