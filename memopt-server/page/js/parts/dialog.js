// Asks for a few fields, or for a word before something that cannot be taken back.

import { fill, h, uid } from '../core/dom.js';

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [value]
 * @property {string} [hint]
 * @property {[string, string][]} [choices]
 * @property {boolean} [required]
 */

/**
 * @param {string} title @param {string} text @param {Field[]} fields @param {string} action
 * @param {(values: Record<string, string>) => Promise<unknown>} run
 */
export function ask(title, text, fields, action, run) {
  const id = uid('dialog');
  const fault = h('p', { class: 'fault', role: 'alert' });
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id }, title),
    text ? h('p', { class: 'muted' }, text) : null,
    fields.map((field) => {
      const own = uid('field');
      return h(
        'div',
        { class: 'field' },
        h('label', { for: own }, field.label),
        field.choices
          ? h(
              'select',
              { id: own, name: field.name },
              field.choices.map(([value, label]) =>
                h('option', { value, selected: value === field.value }, label),
              ),
            )
          : h('input', {
              id: own,
              name: field.name,
              value: field.value ?? '',
              required: field.required,
              autocomplete: 'off',
            }),
        field.hint ? h('small', { class: 'muted' }, field.hint) : null,
      );
    }),
    fault,
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
      h('button', { type: 'submit', class: 'main' }, action),
    ),
  );
  const dialog = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': id, onclose: () => dialog.remove() },
    form,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    /** @type {Record<string, string>} */
    const values = {};
    for (const [name, value] of new FormData(form)) values[name] = String(value);
    try {
      await run(values);
      dialog.close();
    } catch (error) {
      fill(fault, error instanceof Error ? error.message : String(error));
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}
