// What the mock answers: the shapes of the API with believable values.

import { LEAK_BEGAN, METRICS, noise, unitOf, valueOf } from './mock-series.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;

const SITES = [
  ['shop::orders::load', 'src/orders.rs', 48],
  ['shop::render::page', 'src/render.rs', 112],
  ['shop::cache::fill', 'src/cache.rs', 31],
  ['shop::search::index', 'src/search.rs', 204],
  ['shop::http::parse', 'src/http.rs', 77],
  ['shop::http::headers', 'src/http.rs', 131],
  ['shop::session::restore', 'src/session.rs', 19],
  ['shop::basket::add', 'src/basket.rs', 58],
  ['shop::mail::compose', 'src/mail.rs', 40],
  ['shop::audit::record', 'src/audit.rs', 22],
  [
    '<shop::price::Table as core::iter::FromIterator<shop::price::Row>>::from_iter',
    'src/price.rs',
    90,
  ],
  ['shop::serve', 'src/main.rs', 14],
];

export const edit = {
  file: 'src/orders.rs',
  line: 52,
  before: 'let mut rows = Vec::new();',
  after: 'let mut rows = Vec::with_capacity(found.len());',
  saving_ratio: 1,
};

export const finding = {
  code: 'presize',
  severity: 'warning',
  id: 'presize-1',
  site: 'shop::orders::load',
  file: 'src/orders.rs',
  line: 52,
  column: 20,
  title: 'a Vec grows step by step to a length that is known',
  label: 'grows here',
  evidence: [
    '98 % of 41,200 calls end with a capacity between 120 and 128',
    '6.0 reallocations a call copy 8.2 KiB',
  ],
  help: 'reserve the capacity once: Vec::with_capacity(found.len())',
  remedy: 'pre-size',
  saving: {
    bytes: 312 * MIB,
    blocks: 247_200,
    reallocs: 247_200,
    copied_bytes: 338 * MIB,
    peak_bytes: null,
    retained_bytes: null,
    cpu_ns: 1e9,
    cpu_ratio: 0.021,
    memory_ratio: 0.04,
  },
  worth_ratio: 0.06,
  edit,
};

const note = {
  ...finding,
  code: 'pool',
  severity: 'note',
  id: 'pool-1',
  site: 'shop::render::page',
  title: 'buffers of one size are made and dropped each call',
  edit: null,
  file: 'src/render.rs',
  line: 118,
  evidence: ['4,096-byte buffers, 2 a call, live for 31 µs'],
  help: 'take the buffer from a pool: #[memopt::pooled]',
  saving: { bytes: 118 * MIB, blocks: 82_000 },
};

export const leak = {
  kind: 'leak',
  site: 'shop::audit::record',
  file: 'src/audit.rs',
  line: 22,
  title: 'entries are kept and never removed',
  help: 'bound the list, or write it out and clear it',
  evidence: [
    'each call keeps 1.4 KiB',
    'live bytes rose in 9 of 9 windows',
    'none of the blocks older than 5 min was freed',
  ],
  scopes: ['shop::serve', 'shop::audit::record'],
  stack: [
    'alloc::raw_vec::finish_grow',
    'shop::audit::Log::push',
    'shop::audit::record',
    'shop::serve',
  ],
  bytes: 91 * MIB,
  live_bytes: 91 * MIB,
  live_blocks: 66_300,
  bytes_per_second: 174_080,
  bytes_per_second_low: 168_000,
  bytes_per_second_high: 181_000,
  bytes_per_call: 1434,
  seconds_to_limit: 2460,
  confidence_ratio: 0.96,
  windows: 9,
  generations: 9,
};

function bucketsOf(i) {
  return Array.from({ length: 12 }, (_, k) => [
    2 ** (k + 4),
    2 ** (k + 5) - 1,
    Math.round(900 * Math.exp(-(((k - 3 - (i % 6)) / 2.2) ** 2))) + (k === 11 ? 3 : 0),
  ]);
}

export function siteAt(i) {
  const [name, file, line] = SITES[i] ?? [
    `shop::generated::module_${i % 97}::handler_${i}`,
    `src/generated/module_${i % 97}.rs`,
    (i * 7) % 900,
  ];
  const bytes = Math.round((9.4 * 1024 * MIB) / (i + 1) ** 1.3);
  const per = {
    mean: 22_400 / (i + 1),
    p50: 18_000 / (i + 1),
    p90: 30_000 / (i + 1),
    p99: 61_000 / (i + 1),
    max: 131_072,
  };
  return {
    id: i.toString(16).padStart(16, '0'),
    name,
    module: 'shop',
    function: name.split('::').at(-1),
    kind: i % 5 === 4 ? 'async_function' : 'function',
    file,
    line,
    calls: Math.round(412_000 / (i + 1)),
    open: i === 11 ? 3 : 0,
    panics: 0,
    bytes,
    allocs: Math.round(bytes / 340),
    self_bytes: Math.round(bytes * 0.4),
    self_allocs: Math.round(bytes / 900),
    live_bytes: i === 9 ? 91 * MIB : Math.round(bytes / 4000),
    reallocs: 247_200 >> i,
    bytes_per_call: per,
    peak_per_call: per,
    retained_per_call: { ...per, mean: i === 9 ? 1434 : 0 },
    time_ns:
      i % 3 === 2
        ? null
        : { samples: 4100, mean: 41_000 / (i + 1), median: 38_000 / (i + 1), max: 2e6 },
    histogram: bucketsOf(i),
    treated_by: i === 2 ? 'arena' : null,
    findings: i === 0 ? 1 : i === 1 ? 2 : 0,
    leaks: i === 9,
  };
}

const FUNCTIONS = [
  'alloc::vec::Vec<T>::push',
  'serde_json::de::from_str',
  'hashbrown::raw::RawTable<T>::reserve_rehash',
  'bytes::BytesMut::reserve',
  'core::iter::adapters::map',
  'shop::util::clone_row',
];

/** A tree of `most` frames: each takes a part of what its parent held itself. */
export function tree(most, compared) {
  const frame = (name, kind, total) => ({
    name,
    module: name.split('::')[0],
    file: kind === 'root' ? null : 'src/orders.rs',
    line: kind === 'root' ? null : 48,
    kind,
    self: total,
    total,
    children: [],
  });
  const all = [{ own: frame('all', 'root', 268 * MIB), depth: 0 }];
  for (let k = 1; all.length < most && k < most * 20; k++) {
    const { own, depth } = all[Math.floor(all.length * noise(k) ** 1.4)];
    if (own.self < 64 || depth > 48 || own.children.length > 6) continue;
    const part = Math.floor(own.self * (0.35 + noise(k * 7) * 0.6));
    const name =
      depth < 3
        ? SITES[Math.floor(noise(k * 3) * SITES.length)][0]
        : FUNCTIONS[Math.floor(noise(k * 5) * FUNCTIONS.length)];
    const child = frame(name, depth < 3 ? 'scope' : 'function', part);
    own.self -= part;
    own.children.push(child);
    all.push({ own: child, depth: depth + 1 });
  }
  if (compared)
    all.forEach(({ own }, k) => {
      Object.assign(own, {
        base_self: own.self,
        base_total: Math.round(own.total * (0.4 + noise(k) * 1.2)),
      });
    });
  return all[0].own;
}

export const alerts = [
  {
    id: 'a1',
    rule: 'MemoryExhaustionSoon',
    severity: 'critical',
    state: 'firing',
    labels: { alertname: 'MemoryExhaustionSoon', instance: 'host-1' },
    annotations: {
      summary: 'Memory reaches the limit in about 41 min',
      remedy:
        'look at the leak in shop::audit::record; restart at a quiet time if it cannot be mended',
    },
    subject: 'process.resident',
    value: 2460,
    active_since_ms: LEAK_BEGAN + 120_000,
    fired_ms: LEAK_BEGAN + 420_000,
    ended_ms: null,
    quiet: null,
  },
  {
    id: 'a2',
    rule: 'MemoryLeak',
    severity: 'warning',
    state: 'firing',
    labels: { alertname: 'MemoryLeak', site: 'shop::audit::record' },
    annotations: { summary: 'shop::audit::record keeps 1.4 KiB a call', remedy: 'bound the list' },
    subject: 'shop::audit::record',
    value: 0.96,
    active_since_ms: LEAK_BEGAN + 200_000,
    fired_ms: LEAK_BEGAN + 260_000,
    ended_ms: null,
    quiet: { kind: 'acknowledged', text: 'acknowledged by operations' },
  },
  {
    id: 'a3',
    rule: 'ThreadsOrTasksGrow',
    severity: 'warning',
    state: 'pending',
    labels: { alertname: 'ThreadsOrTasksGrow' },
    annotations: { summary: 'Tasks only grow' },
    subject: 'tasks.live',
    value: 171,
    active_since_ms: Date.now() - 90_000,
    fired_ms: null,
    ended_ms: null,
    quiet: null,
  },
];

export const actions = [
  {
    at_ms: Date.now() - 1_500_000,
    by: 'optimizer',
    dry_run: false,
    site: 'shop::cache::fill',
    step: 'adopted',
    remedy: 'arena',
    routing: 'arena',
    code: 'arena',
    evidence: '410 blocks a call, all freed at its end',
    predicted_ratio: 0.12,
    predicted_time_ratio: 0.88,
    measured: {
      time_ratio: 0.81,
      low: 0.78,
      high: 0.84,
      treated: 2048,
      untreated: 2051,
      bytes_ratio: 1,
      blocks_ratio: 0.02,
      peak_ratio: 1.03,
    },
    edit: null,
  },
  {
    at_ms: Date.now() - 900_000,
    by: 'optimizer',
    dry_run: false,
    site: 'shop::http::parse',
    step: 'reverted',
    remedy: 'free list',
    routing: 'magazine',
    code: 'pool',
    evidence: 'blocks of 64 and 96 bytes, 12 a call',
    predicted_ratio: 0.05,
    predicted_time_ratio: 0.95,
    measured: {
      time_ratio: 1.02,
      low: 0.99,
      high: 1.05,
      treated: 4096,
      untreated: 4090,
      bytes_ratio: 1,
      blocks_ratio: 0.4,
      peak_ratio: 1.1,
    },
    edit: null,
  },
  {
    at_ms: Date.now() - 60_000,
    by: 'optimizer',
    dry_run: false,
    site: 'shop::orders::load',
    step: 'proposed',
    remedy: 'pre-size',
    routing: null,
    code: 'presize',
    evidence: '98 % of calls end with a capacity of 120 to 128',
    predicted_ratio: 0.06,
    predicted_time_ratio: 0.94,
    measured: null,
    edit,
  },
];

export const recommendations = [
  {
    from: 'leak',
    site: 'shop::audit::record',
    title: 'stop keeping entries in shop::audit::record',
    evidence: leak.evidence,
    urgency_ratio: 0.9,
    cpu_ratio: 0,
    memory_bytes: 91 * MIB,
    acts: [{ kind: 'change', text: 'bound the list, or write it out and clear it', edit: null }],
  },
  {
    from: 'finding',
    site: 'shop::orders::load',
    title: 'reserve the capacity of rows once',
    evidence: finding.evidence,
    urgency_ratio: 0.1,
    cpu_ratio: 0.021,
    memory_bytes: 12 * MIB,
    acts: [{ kind: 'edit', text: 'Vec::with_capacity(found.len()) in src/orders.rs:52', edit }],
  },
  {
    from: 'reclaimable',
    site: null,
    title: 'trim the pool of PageBuffer',
    evidence: ['31 MiB idle for 20 min'],
    urgency_ratio: 0.05,
    cpu_ratio: 0,
    memory_bytes: 31 * MIB,
    acts: [{ kind: 'reclaim', text: 'reclaim now, or lower its idle timeout', edit: null }],
  },
];

export const PLOTS = [
  plot('memory', 'overview', 'Memory', 'bytes', false, [
    ['process.resident', 'resident'],
    ['heap.live', 'heap live'],
  ]),
  plot('rates', 'overview', 'Allocated and freed', 'bytes', false, [
    ['heap.allocated', 'allocated', 'rate'],
    ['heap.freed', 'freed', 'rate'],
  ]),
  plot('cpu', 'overview', 'CPU', 'ratio', false, [['process.cpu', 'process']]),
  plot('sites', 'sites', 'Allocated by site', 'bytes', true, [
    ['site.allocated', 'site', 'rate', '*'],
  ]),
  plot('heap', 'heap', 'Heap live', 'bytes', false, [['heap.live', 'heap live']]),
  plot('threads', 'activity', 'Threads and tasks', 'count', false, [
    ['process.threads', 'threads'],
    ['tasks.live', 'tasks'],
  ]),
  plot('thread-rate', 'activity', 'Allocated by thread', 'bytes', true, [
    ['thread.allocated', 'thread', 'rate', '*'],
  ]),
  plot('pressure', 'system', 'Memory pressure', 'ratio', false, [['pressure.some', 'some']]),
  plot('own', 'monitor', 'CPU of memopt', 'ratio', false, [['memopt.cpu', 'memopt']]),
];

function plot(id, page, title, unit, stack, series) {
  return {
    id,
    page,
    title,
    unit,
    stack,
    hint: `${title} as the monitor read it.`,
    series: series.map(([metric, name, as = 'value', label = null]) => ({
      metric,
      label,
      title: name,
      as,
    })),
  };
}

export const metrics = () =>
  METRICS.map((name) => ({
    name,
    unit: unitOf(name),
    kind: name.startsWith('heap.a') || name.startsWith('heap.f') ? 'counter' : 'gauge',
    help: `What ${name} is, in one sentence.`,
    label: null,
    latest: [{ label: null, value: valueOf(name, null, Date.now()), at_ms: Date.now() }],
  }));

export { note };
export { KIB, MIB };
