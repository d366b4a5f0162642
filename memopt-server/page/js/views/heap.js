// Which call paths hold or allocate memory: a flamegraph and what is known of the blocks.

import { get } from '../core/api.js';
import { fill, h, say } from '../core/dom.js';
import { bytes, count, counted, moment, ratio } from '../core/format.js';
import { paused } from '../core/state.js';
import { Flame } from '../parts/flame.js';
import { isDriver, without } from '../parts/flame-model.js';
import { hint } from '../parts/hint.js';
import { menu } from '../parts/menu.js';
import { empty, failure, loading } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { plotGrid } from '../parts/plots.js';
import { choice, tile } from '../parts/small.js';
import { handOffs, lifetimes, utilisation } from './heap-blocks.js';

/** @typedef {import('../core/context.js').Context} Context */

/** @param {Context} context */
export async function open(context) {
  return h(
    'div',
    { class: 'stack' },
    figures(context),
    flame(context),
    h('div', { class: 'columns' }, lifetimes(context), utilisation(context)),
    handOffs(context),
    await plotGrid(context, 'heap').catch(() => null),
  );
}

/** @param {Context} context */
function figures(context) {
  return new Panel(null, { kind: 'bare' }).follow(context, {
    every: 3000,
    rows: 2,
    load: (signal) => get('heap', {}, signal),
    show: (heap) =>
      heap.mode === 'off'
        ? h(
            'div',
            { class: 'panel' },
            empty(
              'Heap samples are off',
              'The tree below counts sites alone. Turn samples on under Settings to see ' +
                'call stacks, lifetimes and hand-offs.',
              h('a', { class: 'main', href: '#/settings' }, 'Settings'),
            ),
          )
        : h(
            'div',
            { class: 'tiles' },
            tile({
              label: 'Live',
              value: bytes(heap.live.bytes),
              hint: 'Allocated and not freed, estimated from sampled blocks.',
              note: `${bytes(heap.live.low_bytes)}–${bytes(heap.live.high_bytes)}`,
            }),
            tile({
              label: 'Blocks',
              value: count(heap.live.blocks),
              hint: 'Live blocks, estimated.',
            }),
            tile({
              label: 'Peak',
              value: bytes(heap.peak_bytes),
              hint: 'The most that was live at once.',
              note: heap.peak_ms ? `at ${moment(heap.peak_ms)}` : undefined,
            }),
            tile({
              label: 'Allocated',
              value: bytes(heap.allocated.bytes),
              hint: 'Since the start, freed or not.',
              note: counted(heap.allocated.blocks, 'block'),
            }),
            tile({
              label: 'Samples',
              value: heap.mode,
              hint: 'How blocks are chosen; a sampled block stands for all of its size.',
              note: heap.mode === 'sampled' ? `one in ${bytes(heap.interval_bytes)}` : undefined,
            }),
            tile({
              label: 'Own memory',
              value: bytes(heap.own_bytes),
              hint: 'What keeping the samples takes.',
              note: heap.lost > 0 ? `${counted(heap.lost, 'sample')} lost` : 'no sample lost',
              kind: heap.lost > 0 ? 'warn' : 'plain',
            }),
          ),
  }).body;
}

/** @param {Context} context */
function flame(context) {
  const graph = new Flame();
  const box = h('div', { class: 'panel-body' }, loading(8));
  const found = h('span', { class: 'muted num', role: 'status' });
  const note = h('span', { class: 'panel-note num' });
  const threads = h(
    'select',
    { 'aria-label': 'Thread', onchange: () => change({ thread: threads.value }) },
    h('option', { value: '' }, 'All threads'),
  );
  const base = h(
    'select',
    { 'aria-label': 'Compare with', onchange: () => change({ base: base.value }) },
    h('option', { value: '' }, 'No comparison'),
  );
  const find = h('input', {
    type: 'search',
    placeholder: 'Search frames',
    'aria-label': 'Search frames',
    value: context.param('find'),
    oninput: () => {
      context.set({ find: find.value });
      tell(graph.find(find.value));
    },
  });
  /** @type {AbortController} */ let reading = new AbortController();
  let shown = false;

  const tell = (/** @type {{ count: number, share: number } | null} */ hit) =>
    say(found, hit ? `${count(hit.count)} frames hold ${ratio(hit.share)}` : '');
  const change = (/** @type {Record<string, string>} */ values) => {
    context.set(values);
    void read();
  };

  async function read() {
    reading.abort();
    reading = new AbortController();
    const signal = AbortSignal.any([context.signal, reading.signal]);
    try {
      const answer = await get(
        'heap/tree',
        {
          weight: context.param('weight', 'live'),
          source: context.param('source'),
          thread: context.param('thread'),
          base: context.param('base'),
          profile: context.param('profile'),
          inverted: context.param('inverted'),
        },
        signal,
      );
      if (signal.aborted) return;
      fill(
        threads,
        h('option', { value: '' }, 'All threads'),
        answer.threads.map((/** @type {string} */ name) =>
          h('option', { value: name, selected: name === context.param('thread') }, name),
        ),
      );
      const own =
        context.param('drivers') === ''
          ? without(answer.root, isDriver)
          : { root: answer.root, hidden: 0 };
      say(
        note,
        [
          answer.source === 'scopes'
            ? 'sites, exact'
            : answer.is_estimate
              ? 'sampled stacks, estimated'
              : 'all blocks, exact',
          own.hidden > 0 && `${counted(own.hidden, 'frame')} of runtimes hidden`,
          answer.folded > 0 && `${counted(answer.folded, 'small frame')} folded`,
        ]
          .filter(Boolean)
          .join('; '),
      );
      if (answer.root.total === 0) {
        shown = false;
        fill(
          box,
          empty(
            'No memory is held here',
            context.param('thread')
              ? 'This thread holds nothing in this weight.'
              : 'No block was sampled yet. Small programs need a shorter interval or the ' +
                  'exact mode, under Settings.',
          ),
        );
        return;
      }
      if (!shown) fill(box, graph);
      shown = true;
      graph.show(own.root, {
        unit: answer.unit,
        compared: context.param('base') !== '',
        find: find.value,
      });
      tell(graph.find(find.value));
    } catch (error) {
      if (signal.aborted) return;
      if (!shown)
        fill(
          box,
          failure(error, () => void read()),
        );
    }
  }
  void read();
  context.live(() => {
    if (paused.value === null && !box.matches(':hover, :focus-within') && !context.param('profile'))
      void read();
  }, 5000);
  void get('profiles', { kind: 'heap' }, context.signal)
    .then((list) => {
      for (const profile of list.items) {
        base.append(
          h(
            'option',
            { value: profile.id, selected: profile.id === context.param('base') },
            `against ${profile.baseline ?? moment(profile.at_ms)}`,
          ),
        );
      }
    })
    .catch(() => {});

  return h(
    'section',
    { class: 'panel', 'aria-label': 'Flamegraph' },
    h(
      'header',
      { class: 'panel-head' },
      h(
        'h2',
        null,
        context.param('profile') ? `Profile ${context.param('profile')}` : 'Call paths',
      ),
      hint(
        'Each bar is a call path; its width is the memory it holds with all that it ' +
          'calls. Blue bars are sites, yellow ones functions of the stack.',
        'Call paths',
      ),
      note,
      h('span', { class: 'grow' }),
      menu('Flamegraph: table and files', [
        { text: 'Show as a table', run: () => graph.toggleTable() },
        { text: 'Save CSV', run: () => graph.saveCsv() },
        { text: 'Save SVG', run: () => graph.saveSvg() },
        { text: 'Save PNG', run: () => graph.savePng() },
        {
          text: 'Save pprof',
          run: () => {
            location.href = new URL(
              'api/v1/profiles/current/data?kind=heap&format=pprof',
              document.baseURI,
            ).href;
          },
        },
      ]),
    ),
    h(
      'div',
      { class: 'toolbar panel-tools' },
      choice(
        'Weight',
        [
          ['live', 'Live'],
          ['peak', 'Peak'],
          ['allocated', 'Allocated'],
        ],
        /** @type {'live'} */ (context.param('weight', 'live')),
        (weight) => change({ weight }),
      ),
      choice(
        'Direction',
        [
          ['', 'From callers'],
          ['true', 'From allocations'],
        ],
        /** @type {''} */ (context.param('inverted')),
        (inverted) => change({ inverted }),
      ),
      threads,
      base,
      find,
      h(
        'label',
        { class: 'pick' },
        h('input', {
          type: 'checkbox',
          checked: context.param('drivers') === '',
          onchange: (/** @type {Event} */ event) =>
            change({
              drivers: /** @type {HTMLInputElement} */ (event.target).checked ? '' : 'shown',
            }),
        }),
        'Own code',
      ),
      hint(
        'Frames of executors, servers and the start of threads are hidden; what they ' +
          'hold counts for their caller.',
        'Own code',
      ),
      found,
    ),
    box,
  );
}
