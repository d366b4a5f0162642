// The head of the overview: one sentence with one next step, and the figures that matter most.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { bytes, count, counted, moment, NONE, ratio, seconds, value } from '../core/format.js';
import { health, status } from '../core/state.js';
import { stopOrStart } from '../parts/control.js';
import { Panel } from '../parts/panel.js';
import { prose, tile, tone } from '../parts/small.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Status} Status */
/** @typedef {import('../core/types.js').Alert} Alert */
/** @typedef {import('../core/types.js').Recommendation} Recommendation */

/** One sentence, and one next step. @param {Context} context */
export function verdict(context) {
  const panel = new Panel(null, { kind: 'bare' });
  return panel.follow(context, {
    every: 3000,
    rows: 2,
    async load(signal) {
      const none = () => ({ items: [] });
      const [now, alerts, advice] = await Promise.all([
        get('status', {}, signal),
        get('alerts', { state: 'firing' }, signal).catch(none),
        get('recommendations', { limit: 5 }, signal).catch(none),
      ]);
      return { now, alert: worst(alerts.items), advice: advised(advice.items) };
    },
    show({ now, alert, advice }) {
      if (now.monitoring === 'paused') return stopped(() => void panel.again());
      const kind = alert
        ? alert.severity === 'critical'
          ? 'bad'
          : alert.severity === 'warning'
            ? 'warn'
            : 'note'
        : now.leaks > 0
          ? 'warn'
          : now.risk.level === 'high' || now.risk.level === 'critical'
            ? 'bad'
            : 'good';
      return h(
        'div',
        { class: `verdict is-${kind}`, role: 'status' },
        h(
          'div',
          null,
          h('p', { class: 'verdict-title' }, headline(now, alert)),
          h(
            'p',
            { class: 'verdict-text' },
            advice
              ? ['Next: ', ...prose(advice.title)]
              : prose(alert?.annotations.remedy || 'No recommendation is open'),
          ),
        ),
        next(now, alert, advice),
      );
    },
  }).body;
}

/** Nobody is to take old figures for those of now. @param {() => void} again */
function stopped(again) {
  return h(
    'div',
    { class: 'verdict is-warn', role: 'status' },
    h(
      'div',
      null,
      h('p', { class: 'verdict-title' }, 'The monitor is stopped: these figures are old'),
      h('p', { class: 'verdict-text' }, 'Nothing is read, judged or told until it is started.'),
    ),
    stopOrStart(true, again),
  );
}

/**
 * The first recommendation, or one that is as urgent and names a site.
 *
 * @param {Recommendation[]} items
 */
function advised(items) {
  const urgent = items.filter((at) => at.urgency_ratio >= (items[0]?.urgency_ratio ?? 0) * 0.8);
  return urgent.find((at) => at.site) ?? items[0];
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {Alert[]} alerts */
function worst(alerts) {
  const order = ['critical', 'warning', 'info'];
  return alerts
    .filter((alert) => !alert.quiet)
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))[0];
}

/** @param {Status} now @param {Alert | undefined} alert */
function headline(now, alert) {
  const time = now.time_to_limit_seconds;
  if (time !== null && time !== undefined && time < 86_400)
    return `Memory reaches the limit in about ${seconds(time)}`;
  if (alert)
    return capital(
      alert.annotations.summary || `${alert.rule} fires since ${moment(alert.fired_ms)}`,
    );
  if (now.leaks > 0)
    return (
      `${count(now.leaks)} ${now.leaks === 1 ? 'leak is' : 'leaks are'} suspected, and no ` +
      `limit is near`
    );
  return 'Memory is well: no alert fires and no leak is suspected';
}

/**
 * @param {Status} now @param {Alert | undefined} alert @param {Recommendation | undefined} advice
 */
function next(now, alert, advice) {
  if (advice?.from.includes('leak') || now.leaks > 0)
    return h('a', { class: 'main', href: '#/leaks' }, 'Look at the leak');
  if (advice?.site)
    return h(
      'a',
      { class: 'main', href: `#/sites?q=${encodeURIComponent(advice.site)}` },
      'Look at the site',
    );
  if (alert) return h('a', { class: 'main', href: '#/alerts' }, 'Look at the alert');
  return now.findings > 0
    ? h('a', { class: 'main', href: '#/sites?sort=findings' }, 'Look at the findings')
    : null;
}

/** @param {Context} context */
export function tiles(context) {
  const box = h('div', { class: 'tiles' });
  const write = () => {
    const now = status.value;
    const well = health.value;
    if (!now) return;
    const used = now.limit?.used_ratio;
    box.replaceChildren(
      tile({
        label: 'Resident',
        value: bytes(now.resident_bytes),
        hint: 'Memory of the process that is in RAM now (RSS).',
        note: now.limit
          ? `${ratio(now.resident_bytes === null ? null : now.resident_bytes / now.limit.bytes)} ` +
            `of the limit`
          : undefined,
      }),
      tile({
        label: 'Heap live',
        value: bytes(now.heap_live_bytes),
        hint: 'Bytes that were allocated and not freed yet.',
        note: now.heap_live_blocks === null ? undefined : counted(now.heap_live_blocks, 'block'),
        href: '#/heap',
      }),
      tile({
        label: 'Limit',
        value: now.limit ? bytes(now.limit.bytes) : NONE,
        kind: used === undefined ? 'plain' : used > 0.95 ? 'bad' : used > 0.85 ? 'warn' : 'plain',
        hint: now.limit
          ? `The tightest limit that holds for this process: ${now.limit.name}. Used is ` +
            `${now.limit.used_metric}.`
          : (now.limit_unknown ?? 'No limit is known.'),
        note: now.limit
          ? `${ratio(used)} used, ${now.limit.name}`
          : (now.limit_unknown ?? 'none known'),
      }),
      tile({
        label: 'Risk',
        value: now.risk.score === null ? NONE : ratio(now.risk.score),
        kind:
          tone(now.risk.level) === 'good'
            ? 'plain'
            : now.risk.level === 'medium'
              ? 'warn'
              : tone(now.risk.level),
        hint: 'How likely memory ends badly, from ten factors. They are listed below.',
        note: now.risk.level ?? 'not judged yet',
      }),
      tile({
        label: 'Time to limit',
        value: now.time_to_limit_seconds === null ? NONE : seconds(now.time_to_limit_seconds),
        kind:
          now.time_to_limit_seconds !== null && now.time_to_limit_seconds < 3600 ? 'bad' : 'plain',
        hint: 'When the limit is reached if memory goes on as it does now.',
        note: now.time_to_limit_seconds === null ? 'not in sight' : 'as it grows now',
      }),
      tile({
        label: 'Allocating',
        value: value(now.allocated_bytes_per_second, 'bytes_per_second'),
        hint: 'Bytes allocated in a second, whether freed again or not.',
        note: now.sites === null ? undefined : counted(now.sites, 'site'),
        href: '#/sites',
      }),
      tile({
        label: 'Threads',
        value: count(now.threads),
        hint: 'Threads of the process, and tasks that are alive.',
        note: now.tasks === null ? undefined : counted(now.tasks, 'task'),
        href: '#/activity',
      }),
      tile({
        label: 'Own cost',
        value: ratio(well?.cost.cpu_ratio),
        hint: 'What memopt takes of one core: counting, sampling, the monitor and the server.',
        note: well ? `${bytes(well.cost.own_bytes)} of memory` : undefined,
        kind:
          well?.cost.cpu_ratio && well.cost.cpu_ratio > well.cost.budget_cpu_ratio
            ? 'warn'
            : 'plain',
      }),
    );
  };
  status.watch(write, context.signal);
  health.watch(write, context.signal);
  return box;
}
