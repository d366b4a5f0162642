// Threads and tasks: what they do, hold and wait for. Pools, caches and arenas.

import { get, send } from '../core/api.js';
import { h } from '../core/dom.js';
import { bytes, count, counted, ratio, seconds } from '../core/format.js';
import { may } from '../core/state.js';
import { menu } from '../parts/menu.js';
import { attempt, empty, toast } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { plotGrid } from '../parts/plots.js';
import { badge, meter, place, siteLink, siteName, tone } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */

/** @param {Context} context */
export async function open(context) {
  return h(
    'div',
    { class: 'stack' },
    await plotGrid(context, 'activity').catch(() => null),
    threads(context),
    tasks(context),
    reclaimable(context),
  );
}

/** @param {Context} context */
function threads(context) {
  const table = new Table(
    'Threads',
    [
      {
        key: 'name',
        title: 'Thread',
        sort: true,
        value: (row) => row.name,
        cell: (row) => [
          h('b', null, row.name),
          h('span', { class: 'muted small num' }, ` ${row.os_id ?? ''}`),
        ],
      },
      {
        key: 'state',
        title: 'State',
        value: (row) => row.state,
        cell: (row) => badge(row.state ?? 'unknown', 'plain'),
      },
      {
        key: 'rate',
        title: 'Allocating',
        hint: 'Bytes allocated in a second.',
        num: true,
        sort: true,
        value: (row) => row.bytes_per_second,
        cell: (row) => `${bytes(row.bytes_per_second)}/s`,
      },
      {
        key: 'blocks',
        title: 'Blocks',
        hint: 'Blocks allocated in a second.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.allocs_per_second,
        cell: (row) => `${count(row.allocs_per_second)}/s`,
      },
      {
        key: 'live',
        title: 'Live',
        hint: 'Allocated by this thread and not freed, by whoever.',
        num: true,
        sort: true,
        value: (row) => row.live_bytes,
        cell: (row) => bytes(row.live_bytes),
      },
      {
        key: 'allocated',
        title: 'Allocated',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.allocated_bytes,
        cell: (row) => bytes(row.allocated_bytes),
      },
      {
        key: 'scopes',
        title: 'Inside of',
        hint: 'The site it is in now, and those around it.',
        from: 'mid',
        value: (row) => row.scopes.join(' > '),
        cell: (row) =>
          row.scopes.length
            ? h(
                'div',
                { class: 'way' },
                [...row.scopes]
                  .reverse()
                  .slice(0, 3)
                  .map((name) => h('span', null, siteName(name))),
              )
            : h('span', { class: 'muted' }, 'outside of sites'),
      },
    ],
    { sort: 'rate' },
  );
  return new Panel('Threads', { kind: 'flush' }).follow(context, {
    every: 2000,
    load: (signal) => get('threads', { limit: 500 }, signal),
    show: (list) => (list.items.length ? table.show(list.items) : empty('No thread allocated yet')),
  }).element;
}

/** @param {Context} context */
function tasks(context) {
  return new Panel('Tasks', {
    kind: 'flush',
    hint: 'Futures that memopt tracks, by the place that spawned them.',
  }).follow(context, {
    every: 3000,
    load: (signal) => get('tasks', { limit: 100 }, signal),
    show: (list) =>
      list.items.length
        ? h('div', { class: 'rows' }, list.items.map(taskRow))
        : empty(
            'No task is tracked',
            'Use .track_alloc(site!("name")) on a future, or #[memopt::track_alloc] on ' +
              'an async fn.',
          ),
  }).element;
}

/** @param {any} task */
function taskRow(task) {
  const top = Math.max(1, ...task.waiting.map((/** @type {any} */ at) => at.tasks));
  return h(
    'div',
    { class: 'row' },
    h(
      'div',
      { class: 'row-head' },
      siteLink(task.site),
      place(task.file, task.line),
      h(
        'span',
        { class: 'row-side num' },
        `${count(task.live)} live, ${count(task.running)} running`,
      ),
    ),
    h(
      'p',
      { class: 'row-text num' },
      `age ${seconds(task.age_median_ms / 1000)}, up to ` +
        `${seconds(task.age_max_ms / 1000)} · hold ${bytes(task.held_bytes)} · a future is ` +
        `${bytes(task.future_bytes)} · ${count(task.completed)} completed, ` +
        `${count(task.cancelled)} cancelled`,
      task.panicked > 0 && h('span', { class: 'text-bad' }, `, ${count(task.panicked)} panicked`),
    ),
    task.waiting.length > 0 &&
      h(
        'table',
        { class: 'plain' },
        h('caption', { class: 'unseen' }, 'Where tasks wait'),
        h(
          'tbody',
          null,
          task.waiting
            .slice(0, 6)
            .map((/** @type {any} */ at) =>
              h(
                'tr',
                null,
                h(
                  'th',
                  { scope: 'row' },
                  h('span', { class: 'muted' }, 'wait in '),
                  siteName(at.scopes.at(-1)),
                ),
                h('td', null, meter(at.tasks / top)),
                h('td', { class: 'num' }, counted(at.tasks, 'task')),
                h('td', { class: 'num muted' }, bytes(at.held_bytes)),
              ),
            ),
        ),
      ),
  );
}

/** @param {Context} context */
function reclaimable(context) {
  const panel = new Panel('Held for reuse', {
    kind: 'flush',
    hint: 'Pools, caches and arenas: memory kept on purpose, and whether that pays.',
  });
  const reclaim = async (/** @type {Record<string, string>} */ body) => {
    await attempt(async () => {
      const told = await send('POST', 'reclaim', body);
      toast(`${told.text}: ${bytes(told.bytes)} given back`);
      await panel.again();
    }, '');
  };
  if (may('operate')) {
    panel.tools.append(
      menu(
        'Give memory back',
        [
          {
            text: 'At low pressure: what is long idle',
            run: () => void reclaim({ pressure: 'low' }),
          },
          {
            text: 'At medium pressure: what is idle',
            run: () => void reclaim({ pressure: 'medium' }),
          },
          {
            text: 'At critical pressure: all that can go',
            run: () => void reclaim({ pressure: 'critical' }),
          },
        ],
        'Reclaim now',
      ),
    );
  }
  const table = new Table(
    'Held for reuse',
    [
      {
        key: 'name',
        title: 'Name',
        sort: true,
        value: (row) => row.name,
        cell: (row) => [
          h('b', null, row.name),
          h('span', { class: 'muted small' }, ` ${row.remedy}`),
        ],
      },
      {
        key: 'hit',
        title: 'Hits',
        hint: 'Share of requests that were served from what is held. Arenas count whole chunks.',
        num: true,
        sort: true,
        value: (row) => (row.remedy === 'arena' ? -1 : row.hit_ratio),
        cell: (row) =>
          row.remedy === 'arena'
            ? '–'
            : [
                meter(row.hit_ratio, row.hit_ratio < 0.5 ? tone('warning') : 'good'),
                ` ${ratio(row.hit_ratio)}`,
              ],
      },
      {
        key: 'live',
        title: 'In use',
        num: true,
        sort: true,
        value: (row) => row.live,
        cell: (row) => count(row.live),
      },
      {
        key: 'high',
        title: 'At most',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.high_water,
        cell: (row) => count(row.high_water),
      },
      {
        key: 'idle',
        title: 'Idle',
        num: true,
        sort: true,
        value: (row) => row.idle_bytes,
        cell: (row) => [
          bytes(row.idle_bytes),
          h('div', { class: 'muted small' }, counted(row.idle, 'item')),
        ],
      },
      {
        key: 'wasted',
        title: 'Wasted',
        hint: 'Held and of no use: slack, blocks pinned by others.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.wasted_bytes,
        cell: (row) => bytes(row.wasted_bytes),
      },
      {
        key: 'contention',
        title: 'Contended',
        hint: 'Accesses that had to retry.',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.contention,
        cell: (row) => count(row.contention),
      },
      {
        key: 'act',
        title: '',
        cell: (row) =>
          may('operate') &&
          h(
            'button',
            {
              type: 'button',
              'data-key': `reclaim ${row.name}`,
              onclick: () => void reclaim({ name: row.name }),
            },
            'Reclaim',
          ),
      },
    ],
    { sort: 'idle' },
  );
  panel.follow(context, {
    every: 5000,
    load: (signal) => get('reclaimable', { limit: 200 }, signal),
    show: (list) =>
      list.items.length
        ? table.show(list.items)
        : empty(
            'Nothing is held for reuse',
            'Pools, lazy values, arenas and caches of memopt stand here.',
          ),
  });
  return panel.element;
}
