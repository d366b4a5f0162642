// Taken profiles: take one, read it, compare two, take it along.

import { address, get, operate, send } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { bytes, count, moment, signed, stamp, value } from '../core/format.js';
import { may } from '../core/state.js';
import { ask } from '../parts/dialog.js';
import { menu } from '../parts/menu.js';
import { attempt, empty, failure, loading } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Profile} Profile */

const FORMATS = [
  ['json', 'JSON'],
  ['pprof', 'pprof'],
  ['dhat', 'DHAT'],
  ['folded', 'folded stacks'],
  ['speedscope', 'speedscope'],
  ['svg', 'SVG'],
  ['text', 'text'],
];

/** @param {string} path @param {string} [kind] */
function files(path, kind) {
  return menu(
    'Files of this profile',
    FORMATS.map(([format, text]) => ({
      text: `Save ${text}`,
      run: () => {
        location.href = address(path, { format, kind }).href;
      },
    })),
    'Files',
  );
}

/** @param {Context} context */
export function open(context) {
  const panel = new Panel('Kept profiles', {
    kind: 'flush',
    hint: 'Heap: who holds memory. Allocation: who allocates. Activity: what threads and tasks do.',
  });
  const difference = h('div');
  /** @type {string[]} */
  let chosen = [context.param('before'), context.param('after')].filter(Boolean);
  const take = (/** @type {string} */ kind) =>
    ask(
      `Take a profile: ${kind}`,
      kind === 'activity' ? 'It looks for one second.' : '',
      [{ name: 'why', label: 'What for', value: 'by hand' }],
      'Take',
      async (values) => {
        await operate(
          'profiles',
          { kind, why: values.why, ...(kind === 'activity' ? { duration_ms: 1000 } : {}) },
          context.signal,
        );
        await panel.again();
      },
    );
  if (may('operate'))
    panel.tools.append(
      h(
        'button',
        { type: 'button', class: 'main', onclick: () => take('heap') },
        'Take heap profile',
      ),
      menu('Other profiles', [
        { text: 'Allocation', run: () => take('allocation') },
        { text: 'Activity', run: () => take('activity') },
      ]),
    );
  panel.tools.append(files('profiles/current/data', 'heap'));

  const choose = (/** @type {Profile} */ row, /** @type {boolean} */ on) => {
    chosen = on ? [...chosen, row.id].slice(-2) : chosen.filter((id) => id !== row.id);
    void panel.again();
    void compare();
  };
  async function compare() {
    if (chosen.length < 2) {
      fill(difference);
      return;
    }
    fill(difference, h('div', { class: 'panel' }, loading(4)));
    try {
      const list = await get('profiles', { limit: 500 }, context.signal);
      const known = chosen
        .map((id) => list.items.find((/** @type {Profile} */ at) => at.id === id))
        .filter(Boolean)
        .sort((a, b) => a.at_ms - b.at_ms);
      if (known.length < 2) {
        fill(difference);
        return;
      }
      context.set({ before: known[0].id, after: known[1].id });
      fill(
        difference,
        show(
          known[0],
          known[1],
          await get('profiles/diff', { before: known[0].id, after: known[1].id }, context.signal),
        ),
      );
    } catch (error) {
      fill(
        difference,
        h(
          'div',
          { class: 'panel' },
          failure(error, () => void compare()),
        ),
      );
    }
  }

  const table = new Table(
    'Kept profiles',
    /** @type {import('../parts/table.js').Column<Profile>[]} */ ([
      {
        key: 'at',
        title: 'Taken',
        sort: true,
        value: (row) => row.at_ms,
        cell: (row) => [
          h(
            'label',
            { class: 'pick' },
            h('input', {
              type: 'checkbox',
              checked: chosen.includes(row.id),
              'data-key': `pick ${row.id}`,
              onchange: (/** @type {Event} */ event) =>
                choose(row, /** @type {HTMLInputElement} */ (event.target).checked),
            }),
            h('span', { class: 'num', title: stamp(row.at_ms) }, ` ${moment(row.at_ms)}`),
            h('span', { class: 'unseen' }, ' compare'),
          ),
        ],
      },
      {
        key: 'kind',
        title: 'Kind',
        sort: true,
        value: (row) => row.kind,
        cell: (row) => [row.kind, ' ', row.baseline && badge(row.baseline, 'note')],
      },
      {
        key: 'why',
        title: 'Why',
        from: 'mid',
        value: (row) => row.why,
        cell: (row) => h('span', { class: 'muted' }, row.why),
      },
      {
        key: 'bytes',
        title: 'Size',
        num: true,
        sort: true,
        from: 'mid',
        value: (row) => row.bytes,
        cell: (row) => bytes(row.bytes),
      },
      {
        key: 'act',
        title: '',
        cell: (row) =>
          h(
            'div',
            { class: 'row-tools' },
            row.kind !== 'activity' &&
              h(
                'a',
                {
                  href: `#/heap?profile=${encodeURIComponent(row.id)}`,
                  'data-key': `flame ${row.id}`,
                },
                'Flamegraph',
              ),
            row.kind === 'heap' &&
              h(
                'a',
                { href: `#/heap?base=${encodeURIComponent(row.id)}`, 'data-key': `now ${row.id}` },
                'Against now',
              ),
            files(`profiles/${encodeURIComponent(row.id)}/data`),
            may('operate') &&
              menu('More', [
                {
                  text: 'Name as a baseline',
                  run: () =>
                    ask(
                      'Baseline',
                      'A named profile is kept, and offered for comparison.',
                      [{ name: 'name', label: 'Name', value: row.baseline ?? '', required: true }],
                      'Name it',
                      async (values) => {
                        await send(
                          'PUT',
                          `profiles/${encodeURIComponent(row.id)}/baseline`,
                          values,
                        );
                        await panel.again();
                      },
                    ),
                },
                {
                  text: 'Delete',
                  run: () =>
                    ask(
                      'Delete this profile',
                      `${row.kind}, taken ${stamp(row.at_ms)}. This cannot be taken back.`,
                      [],
                      'Delete',
                      async () => {
                        await send('DELETE', `profiles/${encodeURIComponent(row.id)}`);
                        await panel.again();
                      },
                    ),
                },
              ]),
          ),
      },
    ]),
    { sort: 'at', rowClass: (row) => (chosen.includes(row.id) ? 'is-chosen' : '') },
  );
  panel.follow(context, {
    every: 10_000,
    load: (signal) => get('profiles', { limit: 500 }, signal),
    show: (list) =>
      list.items.length
        ? [
            h(
              'p',
              { class: 'row muted' },
              chosen.length === 2
                ? 'The two chosen profiles are compared below.'
                : 'Choose two to compare them.',
            ),
            table.show(list.items),
          ]
        : empty('No profile is kept', 'Take one here, or let a rule take one when memory grows.'),
  });
  context.on('operation', () => void panel.again());
  void compare();
  return h('div', { class: 'stack' }, panel.element, difference, bundles(context));
}

/** @param {Profile} before @param {Profile} after @param {any} diff */
function show(before, after, diff) {
  const table = new Table(
    'What differs',
    [
      {
        key: 'name',
        title: 'Where',
        sort: true,
        value: (row) => row.name,
        cell: (row) => h('code', null, row.name),
      },
      {
        key: 'before',
        title: 'Before',
        num: true,
        sort: true,
        value: (row) => row.before,
        cell: (row) => value(row.before, diff.unit),
      },
      {
        key: 'after',
        title: 'After',
        num: true,
        sort: true,
        value: (row) => row.after,
        cell: (row) => value(row.after, diff.unit),
      },
      {
        key: 'change',
        title: 'Change',
        num: true,
        sort: true,
        value: (row) => row.change,
        cell: (row) =>
          h(
            'b',
            { class: row.change > 0 ? 'text-bad' : 'text-good' },
            signed(row.change, diff.unit),
          ),
      },
    ],
    { sort: 'change' },
  );
  const panel = new Panel(`${diff.what}: ${moment(before.at_ms)} against ${moment(after.at_ms)}`, {
    kind: 'flush',
    tools: [
      before.kind === 'heap' &&
        h(
          'a',
          {
            href:
              `#/heap?profile=${encodeURIComponent(after.id)}` +
              `&base=${encodeURIComponent(before.id)}`,
          },
          'As a flamegraph',
        ),
    ],
  });
  panel.fill(
    diff.rows.length ? table.show(diff.rows) : empty('Nothing differs'),
    h('p', { class: 'row muted num' }, `${count(diff.same)} are the same`),
  );
  return panel.element;
}

/** @param {Context} context */
function bundles(context) {
  const panel = new Panel('Incident bundles', {
    kind: 'flush',
    hint: 'An archive of profiles, history, alerts and settings with secrets masked, to hand on.',
  });
  if (!may('administer')) {
    if (may('operate')) panel.tools.append(make());
    panel.fill(empty('Archives are listed to administrators'));
    return panel.element;
  }
  panel.tools.append(make());
  panel.follow(context, {
    load: (signal) => get('bundles', {}, signal),
    show: (list) =>
      list.items.length
        ? h(
            'div',
            { class: 'rows' },
            list.items.map((/** @type {any} */ at) =>
              h(
                'div',
                { class: 'row' },
                h(
                  'div',
                  { class: 'row-head' },
                  h('a', { href: address(`bundles/${encodeURIComponent(at.name)}`).href }, at.name),
                  h('span', { class: 'row-side num' }, `${bytes(at.bytes)}, ${moment(at.at_ms)}`),
                ),
              ),
            ),
          )
        : empty('None was made yet'),
  });
  function make() {
    return h(
      'button',
      {
        type: 'button',
        onclick: () =>
          attempt(async () => {
            await operate('bundle', { why: 'by hand' }, context.signal);
            await panel.again();
          }, 'The bundle is made'),
      },
      'Make a bundle',
    );
  }
  return panel.element;
}
