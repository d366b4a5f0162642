// Is memory in trouble, why, and what to do next.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { ago, bytes, moment, ratio, seconds } from '../core/format.js';
import { health, range, status } from '../core/state.js';
import { empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { plotChart, plotGrid, plotsOf } from '../parts/plots.js';
import { badge, editBox, facts, meter, prose, siteLink } from '../parts/small.js';
import { tiles, verdict } from './overview-head.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Alert} Alert */
/** @typedef {import('../core/types.js').Recommendation} Recommendation */

/** @param {Context} context */
export async function open(context) {
  const plots = await plotsOf('overview').catch(() => []);
  const [first, ...others] = plots;
  const memory = first
    ? plotChart(context, first, { tall: true, more: (signal) => around(first, signal) })
    : null;
  return h(
    'div',
    { class: 'stack' },
    verdict(context),
    tiles(context),
    h(
      'div',
      { class: 'two' },
      h(
        'div',
        { class: 'stack' },
        memory,
        h(
          'div',
          { class: 'plots' },
          others.map((plot) => plotChart(context, plot)),
        ),
      ),
      h('div', { class: 'stack' }, alerts(context), risk(context)),
    ),
    h('div', { class: 'columns' }, recommendations(context), cost(context)),
    fold(context, 'system', 'Plots of the machine and the process'),
    fold(context, 'monitor', 'Plots of the monitor itself'),
  );
}

/**
 * The limit, the forecast and the alerts around a chart of memory.
 *
 * @param {import('../core/types.js').Plot} plot @param {AbortSignal} signal
 */
async function around(plot, signal) {
  const [forecasts, told] = await Promise.all([
    get('forecast', {}, signal),
    get('alerts/history', { limit: 40 }, signal),
  ]);
  const limit = status.value?.limit;
  const known = forecasts.items.find(
    (/** @type {any} */ at) =>
      plot.series.some((series) => series.metric === at.metric) && at.bands.length > 0,
  );
  const ahead = Math.min(range.value / 4, (status.value?.uptime_ms ?? range.value) / 3);
  return {
    limits: limit ? [{ label: `limit ${bytes(limit.bytes)}`, value: limit.bytes }] : [],
    ...(known
      ? {
          to: Date.now() + ahead,
          forecast: {
            label: `forecast, ${ratio(known.probability_ratio)} band`,
            points: [[known.last_at_ms, known.last, known.last, known.last], ...known.bands],
          },
        }
      : {}),
    marks: told.items
      .filter((/** @type {any} */ at) => at.to === 'firing')
      .map((/** @type {any} */ at) => ({
        at: at.at_ms,
        label: at.alert.rule,
        kind: at.alert.severity === 'critical' ? 'bad' : 'warn',
      })),
  };
}

/** @param {Context} context */
function alerts(context) {
  return new Panel('Open alerts', {
    kind: 'flush',
    hint: 'Alerts that fire or wait to fire, those that nobody silenced first.',
    tools: [h('a', { href: '#/alerts' }, 'All')],
  }).follow(context, {
    every: 3000,
    load: (signal) => get('alerts', { limit: 5 }, signal),
    show: (list) =>
      list.items.length === 0
        ? empty('No alert is open')
        : h(
            'div',
            { class: 'rows' },
            list.items.map((/** @type {Alert} */ alert) =>
              h(
                'div',
                { class: 'row' },
                h(
                  'div',
                  { class: 'row-head' },
                  badge(alert.severity),
                  h(
                    'a',
                    { class: 'row-title', href: '#/alerts', 'data-key': alert.id },
                    alert.rule,
                  ),
                ),
                h('p', null, prose(alert.annotations.summary ?? alert.subject)),
                h(
                  'p',
                  { class: 'row-text num' },
                  alert.state === 'firing'
                    ? `since ${moment(alert.fired_ms)}, ${ago(alert.fired_ms)}`
                    : 'pending',
                  alert.quiet ? `; ${alert.quiet.text}` : '',
                ),
              ),
            ),
          ),
  }).element;
}

/** @param {Context} context */
function risk(context) {
  return new Panel('Risk', {
    hint:
      'What adds to the score, with its share of it; the bar is how severe it is. ' +
      'A factor that is not known is left out.',
  }).follow(context, {
    every: 2000,
    load: (signal) => get('risk', {}, signal),
    show: (known) =>
      known.score === null || known.factors.length === 0
        ? empty('Not judged yet', 'The first look comes after some readings.')
        : h(
            'div',
            { class: 'factors' },
            known.factors
              .filter((/** @type {any} */ factor) => factor.share_ratio > 0)
              .map((/** @type {any} */ factor) =>
                h(
                  'div',
                  { class: 'factor' },
                  h('span', null, prose(factor.text)),
                  h('span', { class: 'num muted' }, ratio(factor.share_ratio)),
                  meter(
                    factor.severity_ratio,
                    factor.severity_ratio > 0.75
                      ? 'bad'
                      : factor.severity_ratio > 0.4
                        ? 'warn'
                        : 'plain',
                  ),
                  factor.severity_ratio > 0.4 && factor.mitigation[0]
                    ? h('p', { class: 'muted small' }, factor.mitigation[0])
                    : null,
                ),
              ),
            calm(known.factors),
          ),
  }).element;
}

/**
 * What is known and adds nothing, in one paragraph.
 *
 * @param {any[]} factors
 */
function calm(factors) {
  const texts = factors.filter((factor) => factor.share_ratio <= 0).map((factor) => factor.text);
  return texts.length === 0
    ? null
    : h('p', { class: 'muted small' }, `Adds nothing: ${texts.join('; ')}.`);
}

/** @param {Context} context */
function recommendations(context) {
  return new Panel('What to do', {
    kind: 'flush',
    hint: 'Ranked by what is urgent first, then by what it saves.',
  }).follow(context, {
    every: 10_000,
    load: (signal) => get('recommendations', { limit: 6 }, signal),
    show: (list) =>
      list.items.length === 0
        ? empty('Nothing to recommend', 'Findings need some hundred calls of a site.')
        : h(
            'div',
            { class: 'rows' },
            list.items.map((/** @type {Recommendation} */ advice, /** @type {number} */ i) =>
              h(
                'div',
                { class: 'row' },
                h(
                  'div',
                  { class: 'row-head' },
                  h('span', { class: 'row-title' }, prose(advice.title)),
                  h('span', { class: 'row-side num' }, worth(advice)),
                ),
                advice.site ? h('p', null, siteLink(advice.site)) : null,
                advice.acts
                  .filter((act) => !act.edit)
                  .slice(0, 2)
                  .map((act) => h('p', { class: 'row-text' }, prose(act.text))),
                advice.acts
                  .filter((act) => act.edit)
                  .slice(0, 1)
                  .map((act) =>
                    h(
                      'details',
                      null,
                      h('summary', { 'data-key': `edit ${i}` }, 'The edit'),
                      act.edit ? editBox(act.edit) : null,
                    ),
                  ),
              ),
            ),
          ),
  }).element;
}

/** @param {Recommendation} advice */
function worth(advice) {
  if (advice.urgency_ratio >= 0.5) return badge('urgent', 'bad');
  if (advice.memory_bytes > 0) return `saves ${bytes(advice.memory_bytes)}`;
  return advice.cpu_ratio > 0 ? `saves ${ratio(advice.cpu_ratio)} CPU` : '';
}

/** @param {Context} context */
function cost(context) {
  const panel = new Panel('What memopt costs', {
    hint: 'memopt measures itself, and slows down where it would cost more than its budget.',
  });
  health.watch((now) => {
    if (!now) return;
    panel.fill(
      facts([
        [
          'CPU',
          `${ratio(now.cost.cpu_ratio)} of ${ratio(now.cost.budget_cpu_ratio)}`,
          'Of one core, of the budget it may take.',
        ],
        [
          'Memory',
          `${bytes(now.cost.own_bytes)} of ${bytes(now.cost.budget_bytes)}`,
          'What memopt holds for itself; left out of all other figures.',
        ],
        ['Monitor', ratio(now.cost.own_cpu_ratio), 'The thread that reads, keeps and judges.'],
        ['Server', ratio(now.cost.server_cpu_ratio), 'This page, the API and scrapes.'],
        ...now.cost.hook_cpu.map(
          (part) =>
            /** @type {[string, string, string]} */ ([
              `Hook: ${part.part}`,
              ratio(part.ratio),
              'CPU of this part, in the threads of the program.',
            ]),
        ),
        [
          'Readings',
          `every ${seconds(now.monitoring.interval_ms / 1000)}`,
          'The interval; longer where the budget asks for it.',
        ],
        ['Heap samples', now.monitoring.heap_is_sampled ? 'on' : 'off'],
        [
          'History',
          now.store.health === 'stored'
            ? `${bytes(now.store.file_bytes)} on disk`
            : now.store.health.replace('_', ' '),
          now.store.detail ?? undefined,
        ],
      ]),
      now.faults.length > 0 &&
        h(
          'div',
          { class: 'rows' },
          now.faults.map((fault) =>
            h(
              'div',
              { class: 'row' },
              h(
                'div',
                { class: 'row-head' },
                badge('fault', 'warn'),
                h('b', null, fault.part),
                h('span', { class: 'row-side num' }, `since ${moment(fault.since_ms)}`),
              ),
              h('p', { class: 'row-text' }, fault.detail),
            ),
          ),
        ),
    );
  }, context.signal);
  return panel.element;
}

/**
 * Plots that are read when somebody opens them.
 *
 * @param {Context} context @param {string} page @param {string} title
 */
function fold(context, page, title) {
  const box = h('details', { class: 'fold' }, h('summary', null, title));
  box.addEventListener('toggle', async () => {
    if (box.open && box.childElementCount === 1) box.append(await plotGrid(context, page));
  });
  return box;
}
