// What fires, what waits, what was silenced, and what was.

import { get, send } from '../core/api.js';
import { h } from '../core/dom.js';
import { ago, moment, value } from '../core/format.js';
import { may } from '../core/state.js';
import { ask } from '../parts/dialog.js';
import { attempt, empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge, prose } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Alert} Alert */

const DURATIONS = /** @type {[string, string][]} */ ([
  ['3600000', '1 hour'],
  ['14400000', '4 hours'],
  ['86400000', '1 day'],
  ['604800000', '7 days'],
]);

/** @param {Context} context */
export function open(context) {
  const now = new Panel('Open', {
    kind: 'flush',
    hint: 'An alert is pending until its condition held long enough, then it fires.',
  });
  const silences = new Panel('Silences', {
    kind: 'flush',
    hint: 'What matches is judged and shown, and told to nobody.',
  });
  const past = new Panel('History', { kind: 'flush' });
  const again = () => Promise.all([now.again(), silences.again(), past.again()]);
  now.follow(context, {
    every: 2000,
    load: (signal) => get('alerts', { limit: 200 }, signal),
    show: (list) =>
      list.items.length
        ? h(
            'div',
            { class: 'rows' },
            list.items.map((/** @type {Alert} */ alert) => row(alert, again)),
          )
        : empty(
            'No alert is open',
            'All rules are judged with each reading; their state stands under Rules.',
            h('a', { href: '#/rules' }, 'Rules'),
          ),
  });
  silences.follow(context, {
    every: 10_000,
    load: (signal) => get('silences', { limit: 100 }, signal),
    show: (list) =>
      list.items.length
        ? h(
            'div',
            { class: 'rows' },
            list.items.map((/** @type {any} */ silence) =>
              h(
                'div',
                { class: 'row' },
                h(
                  'div',
                  { class: 'row-head' },
                  silence.matchers.map((/** @type {string} */ text) => h('code', null, text)),
                  h('span', { class: 'row-side num' }, `until ${moment(silence.ends_ms)}`),
                ),
                h(
                  'p',
                  { class: 'row-text' },
                  [silence.comment, silence.by].filter(Boolean).join(' – '),
                ),
                may('operate') &&
                  h(
                    'div',
                    { class: 'row-tools' },
                    h(
                      'button',
                      {
                        type: 'button',
                        onclick: () =>
                          attempt(async () => {
                            await send('DELETE', `silences/${encodeURIComponent(silence.id)}`);
                            await again();
                          }, 'The silence is over'),
                      },
                      'End',
                    ),
                  ),
              ),
            ),
          )
        : empty('Nothing is silenced'),
  });
  if (may('operate'))
    silences.tools.append(
      h('button', { type: 'button', onclick: () => silence('alertname = ', again) }, 'New silence'),
    );
  const table = new Table(
    'What happened',
    [
      {
        key: 'at',
        title: 'At',
        value: (row) => row.at_ms,
        cell: (row) => h('span', { class: 'num' }, moment(row.at_ms)),
      },
      {
        key: 'rule',
        title: 'Rule',
        value: (row) => row.alert.rule,
        cell: (row) => h('b', null, row.alert.rule),
      },
      { key: 'to', title: 'Became', value: (row) => row.to, cell: (row) => badge(row.to) },
      {
        key: 'subject',
        title: 'Of',
        from: 'mid',
        value: (row) => row.alert.subject,
        cell: (row) => h('span', { class: 'wrap' }, row.alert.subject ?? ''),
      },
      {
        key: 'why',
        title: 'Why',
        from: 'mid',
        value: (row) => row.why,
        cell: (row) => h('span', { class: 'muted wrap' }, prose(row.why)),
      },
    ],
    { most: 50 },
  );
  past.follow(context, {
    every: 5000,
    load: (signal) => get('alerts/history', { limit: 200 }, signal),
    show: (list) =>
      list.items.length ? table.show(list.items) : empty('No alert has changed yet'),
  });
  context.on('alert', () => void again());
  return h(
    'div',
    { class: 'stack' },
    now.element,
    h('div', { class: 'two' }, past.element, silences.element),
  );
}

/** @param {Alert} alert @param {() => Promise<unknown>} again */
function row(alert, again) {
  const path = `alerts/${encodeURIComponent(alert.id)}`;
  return h(
    'div',
    { class: 'row' },
    h(
      'div',
      { class: 'row-head' },
      badge(alert.severity),
      h('span', { class: 'row-title' }, alert.rule),
      badge(alert.state, alert.state === 'firing' ? 'bad' : 'plain'),
      alert.quiet && badge(alert.quiet.kind, 'note'),
      h(
        'span',
        { class: 'row-side num' },
        alert.state === 'firing'
          ? `fires since ${moment(alert.fired_ms)}, ${ago(alert.fired_ms)}`
          : `pending since ${moment(alert.active_since_ms)}`,
      ),
    ),
    h('p', null, prose(alert.annotations.summary ?? alert.subject)),
    alert.annotations.remedy &&
      h(
        'p',
        { class: 'help' },
        h('span', { class: 'muted' }, 'Remedy: '),
        alert.annotations.remedy,
      ),
    alert.quiet && h('p', { class: 'row-text' }, alert.quiet.text),
    h(
      'details',
      null,
      h('summary', { 'data-key': `more ${alert.id}` }, 'Labels and value'),
      h(
        'p',
        { class: 'row-text num' },
        `value ${value(alert.value, 'count')}; `,
        Object.entries(alert.labels).map(([name, text]) => h('code', null, `${name}="${text}" `)),
      ),
    ),
    may('operate') &&
      h(
        'div',
        { class: 'row-tools' },
        h(
          'button',
          {
            type: 'button',
            'data-key': `ack ${alert.id}`,
            onclick: () =>
              ask(
                `Acknowledge ${alert.rule}`,
                'It stays open, and nobody is told of it again until it ends.',
                [{ name: 'by', label: 'Your name', required: true }],
                'Acknowledge',
                async (values) => {
                  await send('POST', `${path}/acknowledge`, values);
                  await again();
                },
              ),
          },
          'Acknowledge',
        ),
        h(
          'button',
          {
            type: 'button',
            'data-key': `silence ${alert.id}`,
            onclick: () => silence(`alertname = ${alert.rule}`, again),
          },
          'Silence',
        ),
        h(
          'a',
          { href: `#/rules/${encodeURIComponent(alert.rule)}`, 'data-key': `rule ${alert.id}` },
          'The rule',
        ),
      ),
  );
}

/** @param {string} matcher @param {() => Promise<unknown>} again */
function silence(matcher, again) {
  ask(
    'New silence',
    '',
    [
      {
        name: 'matchers',
        label: 'Labels',
        value: matcher,
        required: true,
        hint: 'One or more, joined by commas: alertname = MemoryLeak, site =~ shop::.*',
      },
      { name: 'duration', label: 'For', choices: DURATIONS, value: '3600000' },
      { name: 'by', label: 'Your name', required: true },
      { name: 'comment', label: 'Why' },
    ],
    'Silence',
    async (values) => {
      await send('POST', 'silences', {
        matchers: values.matchers
          .split(',')
          .map((text) => text.trim())
          .filter(Boolean),
        duration_ms: Number(values.duration),
        by: values.by,
        comment: values.comment,
      });
      await again();
    },
  );
}
