// What stands around every view: navigation, the program, the connection, the range, pause, theme.

import { fill, h, say } from './core/dom.js';
import { clock, count, moment, seconds } from './core/format.js';
import { events } from './core/live.js';
import { repaint } from './core/palette.js';
import {
  connection,
  health,
  memory,
  paused,
  range,
  RANGES,
  session,
  status,
} from './core/state.js';
import { main, onView, VIEWS } from './router.js';

/** Names of views with the number behind them. */
const COUNTS =
  /** @type {Record<string, (now: import('./core/types.js').Status) => [number, string]>} */ ({
    alerts: (now) => [now.alerts.firing, now.alerts.critical > 0 ? 'bad' : 'warn'],
    leaks: (now) => [now.leaks, 'warn'],
    sites: (now) => [now.findings, 'plain'],
    rules: (now) => [now.proposals, 'note'],
  });

function navigation() {
  /** @type {Map<string, HTMLElement>} */
  const links = new Map();
  /** @type {Map<string, HTMLElement>} */
  const marks = new Map();
  const groups = [...new Set(VIEWS.map((view) => view.group))];
  const nav = h(
    'nav',
    { class: 'nav', id: 'nav', 'aria-label': 'Views' },
    h(
      'div',
      { class: 'nav-inner' },
      groups.map((group) =>
        h(
          'div',
          { class: 'nav-group' },
          h('div', { class: 'nav-title' }, group),
          VIEWS.filter((view) => view.group === group).map((view) => {
            const mark = h('span', { class: 'nav-count num' });
            const link = h('a', { href: `#/${view.path}` }, h('span', null, view.title), mark);
            links.set(view.path, link);
            marks.set(view.path, mark);
            return link;
          }),
        ),
      ),
    ),
  );
  onView((view) => {
    for (const [path, link] of links) {
      if (path === view.path) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    document.documentElement.classList.remove('is-nav-open');
  });
  status.watch((now) => {
    for (const [path, of] of Object.entries(COUNTS)) {
      const mark = /** @type {HTMLElement} */ (marks.get(path));
      const [n, kind] = now ? of(now) : [0, 'plain'];
      say(mark, n > 0 ? count(n) : '');
      mark.className = `nav-count num is-${kind}`;
    }
  });
  session.watch((known) => {
    const link = links.get('login');
    if (!link) return;
    say(
      /** @type {Element} */ (link.firstElementChild),
      known?.needs_login && known.role ? 'Sign out' : 'Sign in',
    );
  });
  return nav;
}

function connectionMark() {
  const text = h('span');
  const mark = h('div', { class: 'connection', role: 'status' }, h('span', { class: 'dot' }), text);
  let beat = 0;
  const write = () => {
    const { state, since } = connection.value;
    mark.dataset.state = paused.value === null ? state : 'paused';
    const age = beat ? Math.round((Date.now() - beat) / 1000) : 0;
    say(
      text,
      state === 'lost'
        ? `not connected since ${moment(since)}`
        : state === 'connecting'
          ? 'connecting'
          : paused.value !== null
            ? `paused at ${clock(paused.value)}`
            : age > 10
              ? `live, last reading ${seconds(age)} ago`
              : 'live',
    );
  };
  events.addEventListener('tick', () => {
    beat = Date.now();
    write();
  });
  connection.watch(write);
  paused.watch(write);
  setInterval(write, 5000);
  return mark;
}

function program() {
  const box = h('div', { class: 'program' });
  health.watch((now) => {
    if (!now) {
      fill(box, h('b', null, 'memopt'));
      return;
    }
    fill(
      box,
      h('b', null, now.program),
      h('span', { class: 'muted' }, now.version && `v${now.version}`),
      h(
        'span',
        { class: 'muted from-mid num', title: `instance ${now.instance}, process ${now.pid}` },
        `${now.instance} · pid ${now.pid} · up ${seconds(Math.round(now.uptime_ms / 1000))}`,
      ),
    );
  });
  return box;
}

function controls() {
  const select = h(
    'select',
    {
      'aria-label': 'Range of charts',
      title: 'Range of charts',
      onchange: () => {
        range.value = Number(select.value);
      },
    },
    RANGES.map((at) => h('option', { value: at.ms, selected: at.ms === range.value }, at.text)),
  );
  range.watch((ms) => {
    select.value = String(ms);
  });
  const pause = h(
    'button',
    {
      type: 'button',
      'aria-pressed': 'false',
      onclick: () => {
        paused.value = paused.value === null ? Date.now() : null;
      },
    },
    'Pause',
  );
  paused.watch((at) => {
    pause.setAttribute('aria-pressed', String(at !== null));
    say(pause, at === null ? 'Pause' : 'Resume');
  });
  const theme = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      title: 'Light or dark',
      onclick: () => {
        const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
        document.documentElement.dataset.theme = dark ? 'light' : 'dark';
        memory.set('theme', dark ? 'light' : 'dark');
        repaint();
      },
    },
    h('span', { 'aria-hidden': 'true' }, '◐'),
    h('span', { class: 'unseen' }, 'Light or dark'),
  );
  return [select, pause, theme];
}

const banner = h('div', { class: 'banner', role: 'status' });

/**
 * The server has another page than this one: reloads, once for a build, unless something is being
 * typed.
 *
 * @param {string} build
 */
export function newer(build) {
  let seen = null;
  try {
    seen = sessionStorage.getItem('memopt-build');
    sessionStorage.setItem('memopt-build', build);
  } catch {
    seen = build;
  }
  const typing = document.querySelector('dialog[open], textarea[data-changed]');
  if (seen !== build && !typing) {
    location.reload();
    return;
  }
  fill(
    banner,
    'The server is of another version than this page. ',
    h('button', { type: 'button', onclick: () => location.reload() }, 'Reload'),
  );
}

export function frame() {
  const open = h(
    'button',
    {
      type: 'button',
      class: 'nav-open quiet',
      'aria-controls': 'nav',
      'aria-expanded': 'false',
      onclick: () => {
        const on = document.documentElement.classList.toggle('is-nav-open');
        open.setAttribute('aria-expanded', String(on));
      },
    },
    h('span', { 'aria-hidden': 'true' }, '☰'),
    h('span', { class: 'unseen' }, 'Views'),
  );
  onView(() => open.setAttribute('aria-expanded', 'false'));
  return h(
    'div',
    { class: 'frame' },
    h(
      'a',
      {
        class: 'skip',
        href: '#main',
        onclick: (/** @type {Event} */ event) => {
          event.preventDefault();
          main.focus();
        },
      },
      'Skip to the view',
    ),
    h(
      'header',
      { class: 'top' },
      open,
      h(
        'a',
        { class: 'brand', href: '#/' },
        h('img', {
          src: new URL('../icon.svg', import.meta.url).href,
          alt: '',
          width: 22,
          height: 22,
        }),
        h('span', null, 'memopt'),
      ),
      program(),
      h('span', { class: 'grow' }),
      connectionMark(),
      ...controls(),
    ),
    navigation(),
    h('div', { class: 'page' }, banner, main),
  );
}
