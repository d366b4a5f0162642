// The stream of events: heartbeat, reconnection, and whether the program or the page is another.

import { address, get } from './api.js';
import { connection, health, session, status } from './state.js';

/** Dispatches `tick`, `alert`, `run`, `proposal`, `operation`, `fault` and `fresh` (read again). */
export const events = new EventTarget();

const TYPES = ['tick', 'alert', 'run', 'proposal', 'operation', 'fault'];
/** @type {EventSource | null} */ let source = null;
let heartbeat = 5000;
let heard = 0;
let wait = 500;
/** @type {number | undefined} */ let retry;
/** @type {number | null} */ let started = null;

/** @param {string} type @param {unknown} [detail] */
function emit(type, detail) {
  events.dispatchEvent(new CustomEvent(type, { detail }));
}

/** Something arrived: the connection lives. */
function alive() {
  heard = Date.now();
  wait = 500;
  if (connection.value.state !== 'live') connection.value = { state: 'live', since: heard };
}

function lost() {
  source?.close();
  source = null;
  if (connection.value.state === 'live') connection.value = { state: 'lost', since: heard };
  else if (connection.value.state === 'connecting' && wait > 500) {
    connection.value = { state: 'lost', since: connection.value.since };
  }
  clearTimeout(retry);
  retry = window.setTimeout(connect, wait);
  wait = Math.min(10_000, wait * 1.7);
}

/** @param {{ build: string, started_ms: number, heartbeat_ms: number }} hello */
function greet(hello) {
  heartbeat = hello.heartbeat_ms || heartbeat;
  const own = session.value?.build;
  if (own && hello.build !== own) emit('newer', hello.build);
  if (started !== null && started !== hello.started_ms) emit('restarted');
  started = hello.started_ms;
}

export function connect() {
  clearTimeout(retry);
  source?.close();
  let first = true;
  const stream = new EventSource(address('events'));
  source = stream;
  heard = Date.now();
  stream.addEventListener('hello', (event) => {
    const again = connection.value.state === 'lost';
    alive();
    greet(JSON.parse(event.data));
    if (again || !first) emit('fresh');
    first = false;
  });
  for (const type of TYPES) {
    stream.addEventListener(type, (event) => {
      alive();
      emit(type, JSON.parse(event.data));
    });
  }
  stream.addEventListener('ping', alive);
  stream.addEventListener('resync', () => {
    alive();
    emit('fresh');
  });
  stream.addEventListener('error', () => {
    if (source === stream) lost();
  });
}

// A stream that is open but silent is dead.
setInterval(() => {
  if (source && connection.value.state !== 'lost' && Date.now() - heard > heartbeat * 3) lost();
}, 1000);

/** Reads what the frame of the page shows. */
export async function readFrame() {
  const [now, well] = await Promise.allSettled([get('status'), get('health')]);
  if (now.status === 'fulfilled') status.value = now.value;
  if (well.status === 'fulfilled') health.value = well.value;
}
