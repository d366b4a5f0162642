// What is measured at which cost, the parts of the server, and the settings in force.

import { get, send } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { bytes, count, moment, ratio, seconds } from '../core/format.js';
import { health, may } from '../core/state.js';
import { resetRecords, stopOrStart, trackSite } from '../parts/control.js';
import { attempt, empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge, choice, facts, siteName } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */

/** @param {Context} context */
export function open(context) {
  return h(
    'div',
    { class: 'stack' },
    h('div', { class: 'columns' }, control(context), server(context)),
    config(context),
    metrics(context),
    links(),
  );
}

/** @param {Context} context */
function control(context) {
  const panel = new Panel('What is measured', {
    kind: 'one',
    hint: 'Changed at once, and until the program ends. Lasting settings are below.',
  });
  panel.follow(context, {
    load: (signal) => Promise.all([get('control', {}, signal), get('heap', {}, signal)]),
    show([now, samples]) {
      const heap = (/** @type {string} */ mode) =>
        void attempt(async () => {
          await send('POST', 'control/heap', { mode });
          await panel.again();
        }, `Heap samples: ${mode}`);
      const optimizer = (/** @type {string} */ mode) =>
        void attempt(async () => {
          await send('POST', 'control/optimizer', { mode });
          await panel.again();
        }, `Optimizer: ${mode}`);
      const again = () => void panel.again();
      return facts([
        [
          'Monitor',
          h(
            'span',
            { class: 'toolbar' },
            badge(
              now.is_paused ? 'stopped' : now.monitor_is_running ? 'runs' : 'ended',
              now.is_paused || !now.monitor_is_running ? 'warn' : 'good',
            ),
            now.monitor_is_running ? stopOrStart(now.is_paused, again) : null,
          ),
          'Stopped, it reads, judges and acts no more. Counting goes on.',
        ],
        [
          'Records',
          h(
            'span',
            { class: 'toolbar' },
            now.records_since_ms ? `since ${moment(now.records_since_ms)}` : 'since the start',
            resetRecords(again),
          ),
          'What sites, the site tree and reports tell. Findings and /metrics are not reset.',
        ],
        [
          'Sites not tracked',
          now.untracked_sites?.length
            ? h(
                'ul',
                { class: 'plain-list' },
                now.untracked_sites.map((/** @type {{ id: string, name: string }} */ site) =>
                  h(
                    'li',
                    { class: 'toolbar' },
                    siteName(site.name, site.id),
                    trackSite(site, false, again),
                  ),
                ),
              )
            : 'none',
          'Sites that were switched off. Each has the switch on its own page.',
        ],
        [
          'Heap samples',
          may('operate')
            ? choice(
                'Heap samples',
                [
                  ['off', 'Off'],
                  ['sampled', 'Sampled'],
                  ['exact', 'Exact'],
                ],
                samples.mode,
                heap,
              )
            : samples.mode,
          'Sampled is made for production. Exact tracks every block: for tests and staging.',
        ],
        [
          'Interval',
          bytes(samples.interval_bytes),
          'A block is sampled after so many bytes, on average.',
        ],
        [
          'Optimizer',
          may('administer')
            ? choice(
                'Optimizer',
                [
                  ['off', 'Off'],
                  ['suggest', 'Suggest'],
                  ['apply', 'Apply'],
                ],
                now.optimizer_mode,
                optimizer,
              )
            : now.optimizer_mode,
          'Apply changes how sites allocate, measures, and takes back what does not help.',
        ],
      ]);
    },
  });
  return panel.element;
}

/** @param {Context} context */
function server(context) {
  const panel = new Panel('Server and monitor');
  health.watch((now) => {
    if (!now) return;
    panel.fill(
      facts([
        ['State', badge(now.status)],
        ['Up', seconds(Math.round(now.uptime_ms / 1000))],
        ['Address', now.server.address ?? 'that of the program'],
        [
          'Connections',
          `${count(now.server.connections)} of ${count(now.server.connections_limit)}`,
          now.server.connections_refused > 0
            ? `${count(now.server.connections_refused)} refused, as there were too many.`
            : 'Open now.',
        ],
        now.server.handshakes_failed > 0 && [
          'Handshakes failed',
          count(now.server.handshakes_failed),
          'Of TLS: the client does not speak it, or does not trust the certificate.',
        ],
        ['Requests', count(now.server.requests), 'Since the start.'],
        ['Refused', count(now.server.refused), 'Too many, or not allowed.'],
        ['Pages that listen', count(now.server.event_clients), 'Open streams of events.'],
        ['Events dropped', count(now.server.events_dropped), 'For clients that read too slowly.'],
        ['Series', count(now.held.series), 'What the history knows.'],
        ['In memory', bytes(now.held.bytes)],
        [
          'On disk',
          now.store.health === 'memory_only' ? 'no' : bytes(now.store.file_bytes),
          now.store.detail ?? 'The history file.',
        ],
        ['CPU', ratio(now.cost.cpu_ratio), 'All of memopt, of one core.'],
        ...now.sinks.map(
          (sink) =>
            /** @type {[string, string, string]} */ ([
              `Sink ${sink.name}`,
              sink.fault ??
                `${count(sink.told)} told${sink.dropped ? `, ${count(sink.dropped)} dropped` : ''}`,
              'Where alerts are told.',
            ]),
        ),
      ]),
      now.faults.map((fault) =>
        h(
          'p',
          { class: 'row' },
          badge('fault', 'warn'),
          ` ${fault.part}: ${fault.detail} `,
          h('span', { class: 'muted num' }, `since ${moment(fault.since_ms)}`),
        ),
      ),
    );
  }, context.signal);
  return panel.element;
}

/** @param {Context} context */
function config(context) {
  const panel = new Panel('Settings in force', {
    kind: 'flush',
    hint: 'Defaults, file, environment and builder, in this order. Secrets are masked.',
  });
  const table = new Table(
    'Settings in force',
    [
      {
        key: 'path',
        title: 'Setting',
        sort: true,
        value: (row) => row.path,
        cell: (row) => h('code', null, row.path),
      },
      {
        key: 'value',
        title: 'Value',
        value: (row) => String(row.value),
        cell: (row) => h('code', null, String(row.value ?? '')),
      },
      {
        key: 'origin',
        title: 'From',
        sort: true,
        value: (row) => row.origin,
        cell: (row) =>
          row.origin === 'default'
            ? h('span', { class: 'muted' }, 'default')
            : badge(row.origin, 'note'),
      },
      {
        key: 'default',
        title: 'Default',
        from: 'mid',
        value: (row) => String(row.default),
        cell: (row) => h('code', { class: 'muted' }, String(row.default ?? '')),
      },
      {
        key: 'start',
        title: 'Takes effect',
        from: 'mid',
        value: (row) => (row.at_start ? 'start' : 'now'),
        cell: (row) =>
          h('span', { class: 'muted' }, row.at_start ? 'at the next start' : 'at once'),
      },
    ],
    { sort: 'origin', order: 'desc', most: 12 },
  );
  panel.follow(context, {
    load: (signal) => get('config', {}, signal),
    show(now) {
      panel.note.textContent = now.file ? `file ${now.file}` : 'no file';
      return [
        now.fault ? h('p', { class: 'row text-bad' }, now.fault) : h('span', { hidden: true }),
        now.values.length ? table.show(now.values) : empty('All settings have their defaults'),
        may('administer') && now.file
          ? editor(now, () => void panel.again())
          : h('span', { hidden: true }),
      ];
    },
  });
  return panel.element;
}

/**
 * The file's own text: what other layers set, and what is a default, must not get into it.
 *
 * @param {any} now @param {() => void} done
 */
function editor(now, done) {
  if (now.text === null)
    return h(
      'p',
      { class: 'row muted' },
      `${now.file} cannot be read or is no TOML: mend it where it is.`,
    );
  const text = h('textarea', {
    class: 'settings',
    'aria-label': `Text of ${now.file}`,
    spellcheck: 'false',
    oninput: () => {
      text.dataset.changed = '';
      void check();
    },
  });
  text.value = now.text;
  const state = h('span', { role: 'status' });
  let wait = 0;
  const check = async () => {
    clearTimeout(wait);
    wait = window.setTimeout(async () => {
      try {
        const told = await send('POST', 'config/validate', text.value);
        fill(
          state,
          told.valid
            ? h('span', { class: 'text-good' }, 'valid')
            : h(
                'ul',
                { class: 'text-bad' },
                told.faults.map((/** @type {any} */ fault) =>
                  h('li', null, `line ${fault.line}: ${fault.path}: ${fault.message}`),
                ),
              ),
        );
        save.disabled = !told.valid;
      } catch (error) {
        fill(state, error instanceof Error ? error.message : String(error));
      }
    }, 300);
  };
  const save = h(
    'button',
    {
      type: 'button',
      class: 'main',
      disabled: true,
      onclick: () =>
        attempt(async () => {
          await send('PUT', 'config', text.value, { 'if-match': now.etag });
          delete text.dataset.changed;
          done();
        }, 'The settings are written'),
    },
    'Write the file',
  );
  return h(
    'details',
    { class: 'row' },
    h('summary', null, `Edit ${now.file}`),
    now.text.includes('***')
      ? h('p', { class: 'muted' }, '***1, ***2 stand for secrets: leave them, and these stay.')
      : null,
    text,
    h('div', { class: 'config-state' }, save, state),
  );
}

/** @param {Context} context */
function metrics(context) {
  const table = new Table(
    'Metrics',
    [
      {
        key: 'name',
        title: 'Metric',
        sort: true,
        value: (row) => row.name,
        cell: (row) =>
          h(
            'a',
            { href: `#/history?metric=${encodeURIComponent(row.name)}` },
            h('code', null, row.name),
          ),
      },
      {
        key: 'help',
        title: 'Definition',
        value: (row) => row.help,
        cell: (row) => h('span', { class: 'muted' }, row.help),
      },
      {
        key: 'unit',
        title: 'Unit',
        sort: true,
        from: 'mid',
        value: (row) => row.unit,
        cell: (row) => row.unit,
      },
      {
        key: 'kind',
        title: 'Kind',
        sort: true,
        from: 'mid',
        value: (row) => row.kind,
        cell: (row) => row.kind,
      },
      {
        key: 'label',
        title: 'By',
        from: 'mid',
        value: (row) => row.label,
        cell: (row) => row.label ?? '',
      },
    ],
    { sort: 'name', order: 'asc', most: 12 },
  );
  return new Panel('Metrics', {
    kind: 'flush',
    hint: 'Every number of these pages, of the API and of /metrics has its definition here.',
  }).follow(context, {
    load: (signal) => get('metrics', { limit: 1000 }, signal),
    show: (list) => (list.items.length ? table.show(list.items) : empty('No reading was made yet')),
  }).element;
}

function links() {
  const panel = new Panel('For other programs');
  const link = (/** @type {string} */ path, /** @type {string} */ text) =>
    h('li', null, h('a', { href: path }, path), h('span', { class: 'muted' }, ` ${text}`));
  panel.fill(
    h(
      'ul',
      null,
      link('docs', 'the API, page by page'),
      link('openapi.json', 'the API as OpenAPI 3.1'),
      link('metrics', 'for Prometheus'),
      link('debug/pprof/heap', 'for go tool pprof, Parca, Alloy'),
      link('api/v1/export/report?format=json', 'the report'),
      link('api/v1/export/metrics?format=csv', 'the history as CSV'),
      link('readyz?verbose', 'checks'),
    ),
  );
  return panel.element;
}
