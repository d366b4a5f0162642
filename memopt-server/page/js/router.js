// Which view an address shows. The address is behind the `#`, so that it needs no help of the
// server and of no proxy: `#/sites/0123?weight=live`.

import { ApiError } from './core/api.js';
import { fill, h } from './core/dom.js';
import { Context } from './core/context.js';
import { closeHint } from './parts/hint.js';
import { failure, loading } from './parts/notice.js';
import { events } from './core/live.js';
import { connection, session } from './core/state.js';

/**
 * @typedef {object} View
 * @property {string} path
 * @property {string} title
 * @property {string} group
 * @property {string} about one line below the title
 * @property {() => Promise<{ open: (context: Context) => Node | Promise<Node>,
 *   one?: (context: Context) => Node | Promise<Node> }>} load `one` shows a single thing below it
 */

/** In the order of the navigation. @type {View[]} */
export const VIEWS = [
  {
    path: '',
    title: 'Overview',
    group: 'Now',
    about: 'Is memory in trouble, why, and what to do next',
    load: () => import('./views/overview.js'),
  },
  {
    path: 'alerts',
    title: 'Alerts',
    group: 'Now',
    about: 'What fires, what waits, and what was silenced',
    load: () => import('./views/alerts.js'),
  },
  {
    path: 'fleet',
    title: 'Fleet',
    group: 'Now',
    about: 'All instances, as Prometheus knows them',
    load: () => import('./views/fleet.js'),
  },
  {
    path: 'sites',
    title: 'Sites',
    group: 'Memory',
    about: 'Annotated places in the code and what they allocate',
    load: () => import('./views/sites.js'),
  },
  {
    path: 'heap',
    title: 'Heap',
    group: 'Memory',
    about: 'Which call paths hold or allocate memory',
    load: () => import('./views/heap.js'),
  },
  {
    path: 'leaks',
    title: 'Leaks',
    group: 'Memory',
    about: 'What grows and is not given back',
    load: () => import('./views/leaks.js'),
  },
  {
    path: 'activity',
    title: 'Activity',
    group: 'Memory',
    about: 'Threads and tasks: what they do, hold and wait for',
    load: () => import('./views/activity.js'),
  },
  {
    path: 'optimizer',
    title: 'Optimizer',
    group: 'Change',
    about: 'Remedies at run time: predicted against measured',
    load: () => import('./views/optimizer.js'),
  },
  {
    path: 'rules',
    title: 'Rules',
    group: 'Change',
    about: 'What is watched, what is done, and why not',
    load: () => import('./views/rules.js'),
  },
  {
    path: 'history',
    title: 'History',
    group: 'Record',
    about: 'Mark a window to see what changed in it',
    load: () => import('./views/history.js'),
  },
  {
    path: 'profiles',
    title: 'Profiles',
    group: 'Record',
    about: 'Taken profiles: read, compare, take along',
    load: () => import('./views/profiles.js'),
  },
  {
    path: 'settings',
    title: 'Settings',
    group: 'Server',
    about: 'What is measured, at which cost, and the settings in force',
    load: () => import('./views/settings.js'),
  },
  {
    path: 'login',
    title: 'Sign in',
    group: 'Server',
    about: 'The token of this server',
    load: () => import('./views/login.js'),
  },
];

/** @type {Context | null} */ let context = null;
/** Whether the view could not be shown: it is tried again when the server is back. */
let failed = false;
/** @type {HTMLElement} */
export const main = h('main', { id: 'main', tabindex: '-1' });
/** @type {((view: View) => void)[]} */
const watchers = [];

/** @param {(view: View) => void} watcher */
export function onView(watcher) {
  watchers.push(watcher);
}

/** @param {string} hash */
export function go(hash) {
  if (location.hash === hash) void show();
  else location.hash = hash;
}

export function start() {
  addEventListener('hashchange', () => void show());
  events.addEventListener('fresh', () => {
    if (failed) void show(true);
  });
  void show(true).then(() => {
    // All views are there before somebody goes to one while the server is gone.
    setTimeout(() => {
      for (const view of VIEWS) view.load().catch(() => {});
    }, 1000);
  });
}

/** @param {boolean} [first] */
async function show(first = false) {
  context?.close();
  closeHint();
  failed = false;
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...rest] = path.split('/');
  const view = VIEWS.find((at) => at.path === name) ?? VIEWS[0];
  const own = new Context(rest.filter(Boolean).map(decodeURIComponent), new URLSearchParams(query));
  context = own;
  document.title = `${view.title} – memopt`;
  for (const watcher of watchers) watcher(view);
  const title = h('h1', { tabindex: '-1' }, view.title);
  const head = h('header', { class: 'view-head' }, title, h('p', { class: 'muted' }, view.about));
  const body = h('div', { class: `view view-${view.path || 'overview'}` }, loading(6));
  fill(main, head, body);
  if (!first) {
    scrollTo(0, 0);
    title.focus({ preventScroll: true });
  }
  try {
    const module = await view.load();
    if (own.signal.aborted) return;
    const element = await (rest.length && module.one ? module.one(own) : module.open(own));
    if (!own.signal.aborted) fill(body, element);
  } catch (cause) {
    // A module that cannot be fetched: the server is gone.
    const error =
      connection.value.state === 'lost'
        ? new ApiError(0, 'the server does not answer', null, [])
        : cause;
    failed = true;
    if (!(error instanceof ApiError)) console.error(error);
    if (!own.signal.aborted)
      fill(
        body,
        failure(error, () => void show()),
      );
  }
}

// Roles decide which buttons are there.
session.watch(
  () => {
    if (context && !location.hash.startsWith('#/login')) void show(true);
  },
  undefined,
  false,
);
