// Starts the page: who is asking, the stream of events, the frame, the first view.

import { get } from './core/api.js';
import { connect, events, readFrame } from './core/live.js';
import { repaint } from './core/palette.js';
import { connection, health, memory, session, status } from './core/state.js';
import { frame, newer } from './frame.js';
import { start, go } from './router.js';

document.addEventListener('memopt-login', () => {
  if (!location.hash.startsWith('#/login')) go(`#/login?back=${encodeURIComponent(location.hash)}`);
});

const theme = memory.get('theme');
if (theme) document.documentElement.dataset.theme = theme;
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);

/** Reads again what is around the view, at most once in two seconds. */
let last = 0;
events.addEventListener('tick', () => {
  if (document.hidden || Date.now() - last < 2000) return;
  last = Date.now();
  void readFrame();
});
events.addEventListener('fresh', () => void readFrame());
events.addEventListener('newer', (event) => newer(/** @type {CustomEvent} */ (event).detail));

connection.watch(({ state }) => {
  document.documentElement.classList.toggle('is-lost', state === 'lost');
});

document.querySelector('.boot')?.remove();
document.body.append(frame());

async function begin() {
  try {
    session.value = await get('session');
  } catch {
    /* the stream of events tells when the server is there */
  }
  const known = session.value;
  if (known?.needs_login && known.role === null) {
    document.dispatchEvent(new CustomEvent('memopt-login'));
  } else {
    void readFrame();
    connect();
  }
  start();
}

events.addEventListener('fresh', async () => {
  if (session.value) return;
  try {
    session.value = await get('session');
  } catch {
    /* asked again with the next connection */
  }
});

// Read by tests and by nobody else: what the page knows.
Object.assign(globalThis, { memoptPage: { connection, health, session, status } });
void begin();
