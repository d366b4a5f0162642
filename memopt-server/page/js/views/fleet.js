// All instances, as Prometheus knows them: what leaks and where it began, versions side by side,
// the top sites.

import { get } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { ago, bytes, count, isNumber, moment, ratio, signed, value } from '../core/format.js';
import { empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge, plural, siteName, tile } from '../parts/small.js';
import { Table } from '../parts/table.js';
import { instances } from './fleet-instances.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Fleet} Fleet */
/** @typedef {import('../core/types.js').FleetLeak} Leak */
/** @typedef {import('../core/types.js').FleetVersion} Version */
/** @typedef {import('../core/types.js').FleetSite} Site */

const rate = (/** @type {unknown} */ x) => value(x, 'bytes_per_second');
const version = (/** @type {string | null} */ text) =>
  text ?? h('span', { class: 'muted' }, 'no version');

/** @param {Context} context */
export function open(context) {
  /** @type {Layout | null} */
  let layout = null;
  const panel = new Panel(null, { kind: 'bare' });
  panel.follow(context, {
    every: 10_000,
    rows: 8,
    load: (signal) => get('fleet', {}, signal),
    show(/** @type {Fleet} */ fleet, body) {
      if (fleet.addresses.length === 0) return nobody();
      layout ??= new Layout(instances(context));
      layout.show(fleet);
      // The same elements stay, so that they keep their scroll position.
      return body.firstChild === layout.element ? undefined : layout.element;
    },
  });
  return panel.element;
}

/** No Prometheus is named. */
function nobody() {
  return empty(
    'No Prometheus is set',
    'The fleet is all programs that a Prometheus scrapes. Name it before this program starts:',
    h('pre', { class: 'text' }, 'MEMOPT_FLEET=http://127.0.0.1:9090'),
    h(
      'p',
      { class: 'muted' },
      'Several addresses are separated by commas. A program that starts its server itself calls ',
      h('code', null, 'builder(&monitor).fleet(FleetSource::new(address))'),
      '.',
    ),
  );
}

class Layout {
  /** @param {Panel} list */
  constructor(list) {
    this.faults = h('div', { class: 'panel', role: 'status' });
    this.tiles = h('div', { class: 'tiles' });
    this.leaks = new Panel('Leaks over all instances', {
      kind: 'flush',
      hint:
        'Sites that leak now, and those that did within a week. The first instance is the one in ' +
        'which the leak was seen first: to the second in the last hour, else within 5 minutes.',
    });
    this.versions = versions();
    this.versionsPanel = new Panel('Versions side by side', {
      kind: 'flush',
      hint: 'Means of an instance. Shares are against the version that most instances have.',
    });
    this.sites = sites();
    this.sitesPanel = new Panel('Top sites', {
      kind: 'flush',
      hint: 'Over all instances of a service: those that allocate and retain the most.',
    });
    this.alerts = new Panel('Alerts of Prometheus', {
      kind: 'flush',
      hint: 'What fires there for these instances, beside what their own monitors tell.',
    });
    this.from = new Panel('Read from', { kind: 'flush' });
    this.element = h(
      'div',
      { class: 'stack' },
      this.faults,
      this.tiles,
      this.leaks.element,
      this.versionsPanel.element,
      h('div', { class: 'two' }, this.sitesPanel.element, this.alerts.element),
      list.element,
      this.from.element,
    );
  }

  /** @param {Fleet} fleet */
  show(fleet) {
    const failed = fleet.addresses.filter((at) => at.error);
    fill(
      this.faults,
      failed.map((at) =>
        h(
          'div',
          { class: 'row' },
          h('div', { class: 'row-head' }, badge('failed'), h('code', null, at.address)),
          h('p', { class: 'row-text' }, at.error),
        ),
      ),
    );
    this.faults.hidden = failed.length === 0;
    fill(this.tiles, ...tiles(fleet));
    fill(this.leaks.body, leaks(fleet));
    fill(
      this.versionsPanel.body,
      fleet.versions.length
        ? this.versions.show(withBase(fleet.versions))
        : unknown(fleet, failed.length),
    );
    fill(
      this.sitesPanel.body,
      fleet.sites.length
        ? this.sites.show(fleet.sites)
        : empty('No site is known yet', 'A rate needs two scrapes.'),
    );
    fill(this.alerts.body, alerts(fleet));
    fill(this.from.body, from(fleet));
  }
}

/** @param {Fleet} fleet @param {number} failed */
function unknown(fleet, failed) {
  return failed === fleet.addresses.length
    ? empty('Nobody told of an instance', 'The addresses failed: see above.')
    : empty(
        'No instance is known',
        'Prometheus scrapes no program that serves memopt_build_info. Give it the address of ' +
          '/metrics, with the labels service and version; deploy/prometheus has an example.',
      );
}

/** @param {Fleet} fleet */
function tiles(fleet) {
  const n = fleet.instances;
  return [
    tile({
      label: 'Instances',
      value: count(n.total),
      hint: 'Programs that serve memopt’s metrics, as the scrapes know them.',
      note: n.dropped ? `${count(n.dropped)} left out` : plural(services(fleet), 'service'),
    }),
    tile({
      label: 'Down',
      value: count(n.down),
      hint: 'Instances that did not answer the last scrape.',
      kind: n.down > 0 ? 'warn' : 'plain',
    }),
    tile({
      label: 'Leaking',
      value: count(n.leaking),
      hint: 'Instances in which a site leaks now.',
      note: n.total > 0 ? `${ratio(n.leaking / n.total)} of all` : null,
      kind: n.leaking > 0 ? 'bad' : 'plain',
    }),
    tile({
      label: 'Alerting',
      value: count(n.alerting),
      hint: 'Instances whose own monitor has an alert that fires.',
      kind: n.alerting > 0 ? 'warn' : 'plain',
    }),
    tile({
      label: 'Resident',
      value: bytes(fleet.resident_bytes),
      hint: 'Bytes in memory, of all instances together.',
      note: each(fleet.resident_bytes, n.total - n.down),
    }),
    tile({
      label: 'Allocating',
      value: rate(fleet.allocated_bytes_per_second),
      hint: 'Bytes allocated in a second, over 5 minutes, of all instances together.',
      note: `${bytes(fleet.heap_live_bytes)} live`,
    }),
  ];
}

/** @param {Fleet} fleet */
const services = (fleet) => new Set(fleet.versions.map((at) => at.service)).size;

/** @param {number} sum @param {number} n */
const each = (sum, n) => (n > 0 ? `${bytes(sum / n)} each` : null);

/** @param {Fleet} fleet */
function leaks(fleet) {
  if (!fleet.leaks.length)
    return empty('No instance leaks', 'None did within a week, as far as Prometheus knows.');
  return h('div', { class: 'rows' }, fleet.leaks.map(leakRow));
}

/** @param {Leak} leak */
function leakRow(leak) {
  const { first } = leak;
  return h(
    'div',
    { class: 'row' },
    h(
      'div',
      { class: 'row-head' },
      leak.leaking > 0 ? badge('leak') : badge('no longer', 'plain'),
      h('span', { class: 'row-title' }, siteName(leak.site)),
      h('span', { class: 'muted' }, leak.service),
      h(
        'span',
        { class: 'row-side num' },
        leak.leaking > 0 ? rate(leak.bytes_per_second) : 'stopped',
      ),
    ),
    h(
      'p',
      null,
      first
        ? [
            'First in ',
            h('b', null, first.instance),
            first.version ? `, version ${first.version}` : null,
            h(
              'span',
              { class: 'muted num' },
              `, ${moment(first.since_ms)} (${ago(first.since_ms)})`,
            ),
          ]
        : 'It is not known yet where it began.',
      ' ',
      h(
        'span',
        { class: 'muted' },
        leak.leaking > 0 ? `Now in ${plural(leak.leaking, 'instance')}.` : 'In none now.',
      ),
    ),
    leak.instances.length > 1 || leak.more > 0
      ? h(
          'details',
          null,
          h(
            'summary',
            { 'data-key': `leak ${leak.service} ${leak.site}` },
            `All ${count(leak.instances.length + leak.more)} instances`,
          ),
          h(
            'ul',
            null,
            leak.instances.map((at) =>
              h(
                'li',
                { class: 'num' },
                `${at.instance}${at.version ? `, version ${at.version}` : ''}: `,
                at.bytes_per_second > 0 ? rate(at.bytes_per_second) : 'no longer',
                isNumber(at.since_ms) ? `, since ${moment(at.since_ms)}` : null,
              ),
            ),
            leak.more > 0 ? h('li', null, `and ${count(leak.more)} more`) : null,
          ),
        )
      : null,
  );
}

/** @typedef {Version & { base: Version | null }} Compared */

/** Each version with the one that most instances of its service have. @param {Version[]} all */
function withBase(all) {
  /** @type {Map<string, Version>} */
  const bases = new Map();
  for (const at of all) if (!bases.has(at.service)) bases.set(at.service, at);
  return all.map((at) => {
    const base = bases.get(at.service);
    return { ...at, base: base && base.version !== at.version ? base : null };
  });
}

/** @param {number | null} now @param {number | null | undefined} base */
function against(now, base) {
  if (!isNumber(now) || !isNumber(base) || base === 0) return null;
  const change = now / base - 1;
  const kind = change > 0.1 ? 'text-bad' : change < -0.1 ? 'text-good' : 'muted';
  return h('div', { class: `small ${kind}` }, signed(change, 'ratio'));
}

function versions() {
  return new Table(
    'Versions',
    [
      {
        key: 'service',
        title: 'Version',
        value: (/** @type {Compared} */ row) => `${row.service} ${row.version ?? ''}`,
        cell: (row) => [
          h('b', null, version(row.version)),
          h('div', { class: 'muted small' }, row.service),
        ],
      },
      {
        key: 'instances',
        title: 'Instances',
        hint: 'How many run, and how many of them do not answer.',
        num: true,
        sort: true,
        value: (row) => row.instances,
        cell: (row) => [
          count(row.instances),
          row.down > 0 ? h('div', { class: 'small text-warn' }, `${count(row.down)} down`) : null,
        ],
      },
      {
        key: 'leaking',
        title: 'Leaking',
        hint: 'Instances in which a site leaks now.',
        num: true,
        sort: true,
        value: (row) => row.leaking,
        cell: (row) => (row.leaking > 0 ? badge(count(row.leaking), 'bad') : '0'),
      },
      {
        key: 'alerts',
        title: 'Alerts',
        hint: 'Alerts of their own monitors that fire.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.alerts,
        cell: (row) => count(row.alerts),
      },
      {
        key: 'resident',
        title: 'Resident',
        hint: 'Bytes in memory: the mean of an instance, against the other version.',
        num: true,
        sort: true,
        value: (row) => row.resident_bytes,
        cell: (row) => [
          bytes(row.resident_bytes),
          against(row.resident_bytes, row.base?.resident_bytes),
        ],
      },
      {
        key: 'most',
        title: 'At most',
        hint: 'The largest instance.',
        num: true,
        sort: true,
        from: 'wide',
        value: (row) => row.resident_max_bytes,
        cell: (row) => bytes(row.resident_max_bytes),
      },
      {
        key: 'live',
        title: 'Heap live',
        hint: 'Bytes allocated and not freed: the mean of an instance, against the other version.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.heap_live_bytes,
        cell: (row) => [
          bytes(row.heap_live_bytes),
          against(row.heap_live_bytes, row.base?.heap_live_bytes),
        ],
      },
      {
        key: 'allocating',
        title: 'Allocating',
        hint: 'Bytes allocated in a second: the mean of an instance. It follows the load too.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.allocated_bytes_per_second,
        cell: (row) => [
          rate(row.allocated_bytes_per_second),
          against(row.allocated_bytes_per_second, row.base?.allocated_bytes_per_second),
        ],
      },
    ],
    {},
  );
}

function sites() {
  return new Table(
    'Top sites',
    [
      {
        key: 'site',
        title: 'Site',
        sort: true,
        value: (/** @type {Site} */ row) => row.site,
        cell: (row) =>
          [
            siteName(row.site),
            row.is_leaking ? [' ', badge('leak')] : null,
            h('div', { class: 'muted small' }, row.service),
          ].flat(),
      },
      {
        key: 'allocating',
        title: 'Allocating',
        hint: 'Bytes allocated in a second within the site, over all instances.',
        num: true,
        sort: true,
        value: (row) => row.allocated_bytes_per_second,
        cell: (row) => rate(row.allocated_bytes_per_second),
      },
      {
        key: 'retained',
        title: 'Retained',
        hint:
          'Allocated in the site and not freed by it, over all instances: what it keeps, and what ' +
          'it gave to its callers.',
        num: true,
        sort: true,
        value: (row) => row.retained_bytes,
        cell: (row) => bytes(row.retained_bytes),
      },
      {
        key: 'versions',
        title: 'An instance, by version',
        hint: 'Bytes allocated in a second by one instance of each version.',
        num: true,
        from: 'mid',
        cell: (row) =>
          row.versions.length
            ? row.versions.map((at) =>
                h(
                  'div',
                  { class: 'small num' },
                  h('span', { class: 'muted' }, version(at.version), ' '),
                  rate(at.instance_bytes_per_second),
                ),
              )
            : '–',
      },
    ],
    { sort: 'allocating', most: 15 },
  );
}

/** @param {Fleet} fleet */
function alerts(fleet) {
  if (!fleet.alerts.length)
    return empty('Nothing fires', 'deploy/prometheus has rules for leaks and limits.');
  return h(
    'div',
    { class: 'rows' },
    fleet.alerts
      .slice(0, 30)
      .map((at) =>
        h(
          'div',
          { class: 'row' },
          h(
            'div',
            { class: 'row-head' },
            badge(at.severity ?? 'firing'),
            h('span', { class: 'row-title' }, at.name),
          ),
          h('p', { class: 'row-text' }, `${at.service} ${at.instance}`),
          at.site ? h('p', null, siteName(at.site)) : null,
        ),
      ),
    fleet.alerts.length > 30
      ? h('p', { class: 'row muted' }, `and ${count(fleet.alerts.length - 30)} more`)
      : null,
  );
}

/** @param {Fleet} fleet */
function from(fleet) {
  return h(
    'div',
    { class: 'rows' },
    fleet.addresses.map((at) =>
      h(
        'div',
        { class: 'row' },
        h(
          'div',
          { class: 'row-head' },
          at.error ? badge('failed') : badge('ok'),
          h('code', null, at.address),
          h('span', { class: 'muted' }, plural(at.instances, 'instance')),
          h(
            'span',
            { class: 'row-side num' },
            `asked ${ago(at.asked_ms)}, took ${value(at.took_ms, 'milliseconds')}`,
          ),
        ),
        at.error ? h('p', { class: 'row-text' }, at.error) : null,
      ),
    ),
  );
}
