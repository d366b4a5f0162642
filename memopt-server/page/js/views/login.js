// The token of this server. It becomes a cookie that scripts cannot read.

import { sign } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { session } from '../core/state.js';

/** @param {import('../core/context.js').Context} context */
export function open(context) {
  const known = session.value;
  if (known && !known.needs_login) {
    return h(
      'div',
      { class: 'panel login' },
      h(
        'div',
        { class: 'panel-body' },
        h('p', null, 'This server asks for no token: it listens on this machine alone.'),
        h('p', null, h('a', { href: '#/' }, 'To the overview')),
      ),
    );
  }
  if (known?.role) {
    return h(
      'div',
      { class: 'panel login' },
      h(
        'div',
        { class: 'panel-body' },
        h('p', null, 'You are signed in. Your role: ', h('b', null, known.role), '.'),
        h(
          'div',
          { class: 'actions' },
          h(
            'button',
            {
              type: 'button',
              onclick: async () => {
                await sign('logout');
                location.reload();
              },
            },
            'Sign out',
          ),
        ),
      ),
    );
  }
  const fault = h('p', { class: 'fault', role: 'alert' });
  const token = h('input', {
    id: 'token',
    name: 'token',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const form = h(
    'form',
    { class: 'panel-body' },
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'token' }, 'Token'),
      token,
      h(
        'small',
        { class: 'muted' },
        'It stands in the settings of the server, server.tokens. The page keeps none of it.',
      ),
    ),
    fault,
    h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'main' }, 'Sign in')),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await sign('login', { token: token.value });
      history.replaceState(null, '', context.param('back') || '#/');
      location.reload();
    } catch (error) {
      fill(fault, error instanceof Error ? error.message : String(error));
      token.select();
    }
  });
  return h('div', { class: 'panel login' }, form);
}
