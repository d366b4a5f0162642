// Which route answers what.

import {
  actions,
  alerts,
  finding,
  KIB,
  leak,
  metrics,
  MIB,
  note,
  PLOTS,
  recommendations,
  siteAt,
  tree,
} from './mock-data.mjs';
import { fleet, instances } from './mock-fleet.mjs';
import { history, LEAK_BEGAN, valueOf } from './mock-series.mjs';

const STARTED = Date.now() - 5 * 3_600_000;
const LIMIT = 1024 * MIB;

/** A list as the API gives it. */
function list(items, query) {
  const offset = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  return {
    pid: 4711,
    started_ms: STARTED,
    instance: 'host-1',
    items: items.slice(offset, offset + limit),
    total: items.length,
    offset,
    limit,
  };
}

/** Values while the mock runs: what was changed by a request. */
export function world(mode) {
  return {
    mode,
    build: 'mock',
    started: STARTED,
    heap: 'sampled',
    optimizer: 'suggest',
    isPaused: false,
    since: null,
    untracked: new Set(),
    silences: [],
    profiles: profiles(),
    operations: new Map(),
    text: '# of the team\n[monitor]\ninterval = "1 s"\n',
  };
}

const control = (w) => ({
  heap_is_on: w.heap !== 'off',
  optimizer_mode: w.optimizer,
  monitor_is_running: true,
  is_paused: w.isPaused,
  records_since_ms: w.since,
  untracked_sites: [...w.untracked].map((id) => ({ id, name: site(id, w).name })),
});

function profiles() {
  return [0, 1, 2, 3].map((i) => ({
    id: `p${i}`,
    kind: i === 2 ? 'activity' : 'heap',
    at_ms: Date.now() - i * 3_100_000 - 60_000,
    run: 3,
    why: i === 0 ? 'rule leak-evidence' : 'asked by hand',
    bytes: 184_000 + i * 9000,
    baseline: i === 3 ? 'release-7' : null,
    labels: {},
  }));
}

const tracked = (own, world) => ({
  ...own,
  tracking: world.untracked.has(own.id) ? 'off' : 'on',
});

function sites(query, world) {
  const { mode } = world;
  const n = mode === 'huge' ? 10_000 : 12;
  const wanted = (query.get('q') ?? '').toLowerCase();
  const kind = query.get('kind');
  let all = Array.from({ length: n }, (_, i) => tracked(siteAt(i), world)).filter(
    (site) =>
      (!kind || site.kind === kind) && (site.name + site.file).toLowerCase().includes(wanted),
  );
  const sort = query.get('sort') ?? 'bytes';
  const key = (site) =>
    ({
      live: site.live_bytes,
      peak: site.peak_per_call.p99,
      retained: site.retained_per_call.mean,
      time: site.time_ns?.mean ?? 0,
    })[sort] ?? site[sort];
  const turn = query.get('order') === 'asc' ? 1 : -1;
  all = all.sort((a, b) => (key(a) < key(b) ? -turn : key(a) > key(b) ? turn : 0));
  return { ...list(all, query), made_ms: Date.now() - 1200 };
}

function site(id, world) {
  const own = tracked(siteAt(Number.parseInt(id, 16)), world);
  const stat = {
    count: own.calls,
    total: own.bytes,
    mean: 22_000,
    min: 64,
    p50: 18_000,
    p90: 30_100,
    p95: 41_000,
    p99: 61_000,
    max: 131_072,
    buckets: own.histogram,
  };
  return {
    ...own,
    column: 4,
    recursive_calls: 0,
    cancelled: 0,
    stats: {
      bytes: stat,
      allocs: { ...stat, mean: 66, min: 1, p50: 60, p90: 90, p95: 95, p99: 140, max: 220 },
      peak: stat,
      retained: { ...stat, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 },
      final_capacity: { count: 0 },
    },
    size_classes: own.histogram.filter((bucket) => bucket[2] > 0),
    grows: 247_200,
    shrinks: 0,
    shrunk_bytes: 0,
    capacity: { count: 41_200, held_bytes: 64 * MIB, used_bytes: 58 * MIB, max_slack_bytes: 900 },
    budget: {
      max_allocs: 100,
      max_bytes: 64 * KIB,
      max_peak: null,
      max_retained: null,
      exceeded: 14,
    },
    callers: [
      {
        path: ['shop::serve', 'shop::render::page'],
        calls: 300_000,
        bytes: own.bytes * 0.7,
        self_bytes: 0,
      },
      { path: ['shop::serve'], calls: 112_000, bytes: own.bytes * 0.3, self_bytes: 0 },
    ],
    callees: [{ id: siteAt(4).id, name: siteAt(4).name, calls: 412_000, bytes: own.bytes * 0.3 }],
    tree: tree(world.mode === 'huge' ? 4000 : 120, false),
    timeline: [
      { metric: 'site.allocated', label: own.name },
      { metric: 'site.live', label: own.name },
    ],
    findings: own.findings ? [finding] : [],
    leaks: own.leaks ? [leak] : [],
    actions: own.treated_by ? [actions[0]] : [],
  };
}

function status({ mode, isPaused, since, untracked }) {
  const resident = valueOf('process.resident', null, Date.now());
  const isEmpty = mode === 'empty';
  return {
    pid: 4711,
    started_ms: STARTED,
    instance: 'host-1',
    at_ms: Date.now(),
    uptime_ms: Date.now() - STARTED,
    resident_bytes: isEmpty ? null : resident,
    heap_live_bytes: isEmpty ? null : resident * 0.7,
    heap_live_blocks: isEmpty ? null : 412_000,
    threads: 18,
    tasks: isEmpty ? null : 161,
    sites: isEmpty ? 0 : mode === 'huge' ? 10_000 : 12,
    allocated_bytes_per_second: isEmpty ? null : 91 * MIB,
    monitoring: isPaused ? 'paused' : 'running',
    records_since_ms: since,
    untracked_sites: untracked.size,
    limit: isEmpty
      ? null
      : {
          name: 'cgroup /shop',
          bytes: LIMIT,
          used_metric: 'cgroup.working_set',
          used_bytes: resident,
          used_ratio: resident / LIMIT,
        },
    limit_unknown: isEmpty ? 'no cgroup limit and no setting' : null,
    pressure: 'none',
    risk: isEmpty ? { score: null, level: null } : { score: 0.72, level: 'high' },
    time_to_limit_seconds: isEmpty ? null : 2460,
    alerts: isEmpty
      ? { firing: 0, pending: 0, critical: 0, warning: 0, info: 0 }
      : { firing: 2, pending: 1, critical: 1, warning: 1, info: 0 },
    findings: isEmpty ? 0 : 3,
    leaks: isEmpty ? 0 : 1,
    anomalies: 0,
    recommendations: isEmpty ? 0 : 3,
    proposals: isEmpty ? 0 : 1,
  };
}

function health(world) {
  return {
    pid: 4711,
    started_ms: world.started,
    instance: 'host-1',
    program: 'shop',
    version: '1.8.2',
    build: world.build,
    now_ms: Date.now(),
    at_ms: Date.now(),
    status: 'ok',
    uptime_ms: Date.now() - STARTED,
    monitoring: {
      enabled: true,
      interval_ms: 1000,
      is_counting: true,
      heap_is_sampled: world.heap !== 'off',
    },
    cost: {
      cpu_ratio: 0.0071,
      own_cpu_ratio: 0.0021,
      hook_cpu: [
        { part: 'counting', ratio: 0.004 },
        { part: 'sampling', ratio: 0.001 },
      ],
      own_bytes: 6.4 * MIB,
      level: 0,
      budget_cpu_ratio: 0.01,
      budget_bytes: 64 * MIB,
      server_cpu_ratio: 0.0009,
    },
    faults:
      world.mode === 'empty'
        ? [
            {
              part: 'store',
              since_ms: Date.now() - 60_000,
              detail: 'no storage.path is set, so history is kept in memory alone',
            },
          ]
        : [],
    store: {
      health: 'stored',
      detail: null,
      file_bytes: 9 * MIB,
      blocks: 410,
      failures: 0,
      recoveries: 0,
      damaged: 0,
    },
    sinks: [{ name: 'webhook', told: 14, waiting: 0, dropped: 0, fault: null }],
    held: { series: 212, bytes: 3 * MIB, refused: 0 },
    server: {
      address: '127.0.0.1:7700',
      connections: 2,
      connections_limit: 256,
      connections_refused: 0,
      handshakes_failed: 2,
      requests: 4120,
      refused: 0,
      event_clients: 1,
      events_dropped: 0,
    },
  };
}

function changed(query) {
  const row = (metric, direction, score, before, within) => ({
    metric,
    label: null,
    unit: 'bytes',
    as: 'value',
    part: 'level',
    direction,
    effect: score * 2,
    score,
    before: { median: before, spread: before / 50, points: 300 },
    within: { median: within, spread: within / 40, points: 120 },
  });
  return {
    from_ms: Number(query.get('from')),
    to_ms: Number(query.get('to')),
    compared: 212,
    too_few: 3,
    items: [
      row('process.resident', 'up', 0.97, 430 * MIB, 506 * MIB),
      row('heap.live', 'up', 0.94, 280 * MIB, 352 * MIB),
      row('heap.allocated', 'down', 0.41, 90 * MIB, 84 * MIB),
    ],
    appeared: [{ metric: 'site.live', label: 'shop::audit::record' }],
    vanished: [],
  };
}

const rules = () => [
  {
    name: 'MemoryLeak',
    kind: 'alert',
    watch: 'leak verdict',
    severity: 'warning',
    state: 'firing',
    mode: null,
    value: 0.96,
    shown: 'leak in shop::audit::record',
    evaluated_ms: Date.now(),
    why: 'fires: a leak verdict holds since 9 min',
    alerts: 1,
    left_out: 0,
    runs: null,
    runs_limit: null,
  },
  {
    name: 'MemoryNearLimit',
    kind: 'alert',
    watch: 'share of the limit above 85 %',
    severity: 'warning',
    state: 'inactive',
    mode: null,
    value: 0.52,
    shown: '52 %',
    evaluated_ms: Date.now(),
    why: 'does not fire: 52 % is not above 85 %',
    alerts: 0,
    left_out: 0,
    runs: null,
    runs_limit: null,
  },
  {
    name: 'leak-evidence',
    kind: 'collection',
    watch: 'leak verdict',
    severity: null,
    state: 'throttled',
    mode: 'act',
    value: null,
    shown: null,
    evaluated_ms: Date.now(),
    why: 'does not act: it acted 4 min ago and waits 1 h between two runs',
    alerts: null,
    left_out: 0,
    runs: 1,
    runs_limit: 3,
  },
];

/** `[method, pattern, answer(query, parts, world, body)]`. */
export const ROUTES = [
  ['GET', 'fleet', (q, p, w) => fleet(w.mode)],
  ['GET', 'fleet/instances', (q, p, w) => list(instances(q, w.mode), q)],
  [
    'GET',
    'session',
    (q, p, w) =>
      w.mode === 'login' && !w.signedIn
        ? { role: null, needs_login: true, version: '0.1.0', build: w.build }
        : {
            role: w.role ?? 'administer',
            needs_login: w.mode === 'login',
            version: '0.1.0',
            build: w.build,
          },
  ],
  ['GET', 'health', (q, p, w) => health(w)],
  ['GET', 'status', (q, p, w) => status(w)],
  ['GET', 'metrics', (q, p, w) => list(w.mode === 'empty' ? [] : metrics(), q)],
  [
    'GET',
    'metrics/history',
    (q, p, w) => history(q, { isHuge: w.mode === 'huge', isEmpty: w.mode === 'empty' }),
  ],
  ['GET', 'plots', (q) => list(PLOTS, q)],
  ['GET', 'sites', (q, p, w) => (w.mode === 'empty' ? list([], q) : sites(q, w))],
  ['GET', 'sites/:id', (q, p, w) => site(p[0], w)],
  [
    'GET',
    'heap',
    (q, p, w) => ({
      mode: w.mode === 'empty' ? 'off' : w.heap,
      interval_bytes: 512 * KIB,
      live: { blocks: 412_000, bytes: 268 * MIB, low_bytes: 259 * MIB, high_bytes: 277 * MIB },
      allocated: {
        blocks: 9e7,
        bytes: 41_000 * MIB,
        low_bytes: 40_000 * MIB,
        high_bytes: 42_000 * MIB,
      },
      peak_bytes: 301 * MIB,
      peak_ms: Date.now() - 800_000,
      own_bytes: 2 * MIB,
      lost: 0,
      threads: ['main', 'worker-0', 'worker-1'],
      limit_bytes: 16 * MIB,
    }),
  ],
  [
    'GET',
    'heap/tree',
    (q, p, w) => ({
      source: 'heap',
      weight: q.get('weight') ?? 'live',
      unit: 'bytes',
      at_ms: Date.now(),
      is_estimate: true,
      threads: ['main', 'worker-0', 'worker-1'],
      folded: 12,
      root:
        w.mode === 'empty'
          ? { name: 'all', kind: 'root', self: 0, total: 0, children: [] }
          : tree(w.mode === 'huge' ? 20_000 : 400, q.has('base')),
    }),
  ],
  [
    'GET',
    'heap/lifetimes',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [0, 1, 2, 3].map((i) => ({
              site: siteAt(i).name,
              function: 'alloc::vec::push',
              live_bytes: MIB << i,
              allocated_bytes: (900 * MIB) >> i,
              blocks: 41_000 >> i,
              mean_ns: 31_000 * 8 ** i,
              p50_ns: 12_000 * 8 ** i,
              p99_ns: 9e6 * 8 ** i,
              powers: Array.from({ length: 40 }, (_, k) =>
                Math.round(4000 * Math.exp(-(((k - 14 - 3 * i) / 3) ** 2))),
              ),
            })),
        q,
      ),
  ],
  [
    'GET',
    'heap/utilisation',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [0, 1, 2].map((i) => ({
              site: siteAt(i).name,
              function: 'alloc::vec::with_capacity',
              live_bytes: (40 * MIB) >> i,
              usable_bytes: (41 * MIB) >> i,
              looked_at_bytes: (20 * MIB) >> i,
              never_written_ratio: 0.62 / (i + 1),
              zero_ratio: 0.05,
              duplicate_ratio: 0.11,
            })),
        q,
      ),
  ],
  [
    'GET',
    'heap/hand-offs',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              ['shop::http::parse', 'shop::orders::load'],
              ['shop::orders::load', 'shop::render::page'],
              ['shop::render::page', ''],
              ['shop::cache::fill', 'shop::serve'],
            ].map(([from, to], i) => ({
              from,
              to,
              from_thread: `worker-${i % 2}`,
              to_thread: 'main',
              blocks: 9000 >> i,
              bytes: (120 * MIB) >> i,
            })),
        q,
      ),
  ],
  [
    'GET',
    'threads',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : ['main', 'worker-0', 'worker-1', 'flush'].map((name, i) => ({
              name,
              os_id: 4711 + i,
              state: i === 3 ? 'waiting' : 'running',
              allocated_bytes: (9000 * MIB) >> i,
              live_bytes: (90 * MIB) >> i,
              bytes_per_second: (40 * MIB) >> i,
              allocs_per_second: 120_000 >> i,
              scopes: ['shop::serve', 'shop::orders::load'],
            })),
        q,
      ),
  ],
  [
    'GET',
    'tasks',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [0, 1].map((i) => ({
              id: `t${i}`,
              site: ['shop::serve::connection', 'shop::mail::send'][i],
              file: 'src/main.rs',
              line: 40,
              live: 140 >> i,
              running: 3,
              age_min_ms: 12,
              age_median_ms: 900,
              age_max_ms: 91_000,
              polls: 4_100_000,
              held_bytes: (12 * MIB) >> i,
              future_bytes: 3120,
              completed: 91_000,
              cancelled: 41,
              panicked: i,
              waiting: [
                { scopes: ['shop::orders::load'], tasks: 90, held_bytes: 9 * MIB },
                { scopes: ['shop::http::read'], tasks: 47, held_bytes: 3 * MIB },
              ],
              history: Array.from({ length: 20 }, (_, k) => [
                Date.now() - (20 - k) * 60_000,
                120 + k,
                3 + k,
              ]),
            })),
        q,
      ),
  ],
  [
    'GET',
    'reclaimable',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                name: 'pool of PageBuffer',
                remedy: 'pool',
                hits: 91_000,
                misses: 410,
                hit_ratio: 0.9955,
                live: 12,
                high_water: 140,
                idle: 128,
                idle_bytes: 31 * MIB,
                released: 0,
                wasted_bytes: 2 * MIB,
                contention: 4,
              },
            ],
        q,
      ),
  ],
  ['GET', 'findings', (q, p, w) => list(w.mode === 'empty' ? [] : [finding, note], q)],
  ['GET', 'recommendations', (q, p, w) => list(w.mode === 'empty' ? [] : recommendations, q)],
  [
    'GET',
    'leaks',
    (q, p, w) => ({
      ...list(
        w.mode === 'empty'
          ? []
          : w.mode === 'huge'
            ? Array.from({ length: 200 }, () => leak)
            : [
                leak,
                {
                  ...leak,
                  kind: 'bloat',
                  site: 'shop::cache::fill',
                  title: 'the cache grows with the number of keys',
                  bytes_per_second: 2100,
                  seconds_to_limit: null,
                  confidence_ratio: 0.71,
                },
              ],
        q,
      ),
      unknown: w.mode === 'empty' ? 'verdicts need 3 windows of 20 s; 1 is there' : null,
    }),
  ],
  [
    'GET',
    'trends',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                metric: 'process.resident',
                label: null,
                unit: 'bytes',
                direction: 'increasing',
                slope_per_second: 170 * KIB,
                slope_low: 160 * KIB,
                slope_high: 181 * KIB,
                change: 91 * MIB,
                change_ratio: 0.21,
                since_ms: LEAK_BEGAN,
                tau: 0.93,
                p: 0.0001,
                persistence_ratio: 0.96,
                verdict: {
                  name: 'leak',
                  text: 'grows and is not given back',
                  confidence_ratio: 0.96,
                },
              },
            ],
        q,
      ),
  ],
  [
    'GET',
    'patterns',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                metric: 'heap.live',
                label: null,
                unit: 'bytes',
                kind: 'sawtooth',
                from_ms: Date.now() - 800_000,
                to_ms: Date.now(),
                strength_ratio: 0.6,
                text: 'rises and falls each 47 s',
              },
            ],
        q,
      ),
  ],
  [
    'GET',
    'anomalies',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                metric: 'heap.allocated',
                label: null,
                unit: 'bytes',
                score: 0.34,
                is_anomaly: false,
                detail: 'nearest known form is near',
              },
            ],
        q,
      ),
  ],
  ['GET', 'changed', (q) => changed(q)],
  [
    'GET',
    'forecast',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                metric: 'process.resident',
                label: null,
                unit: 'bytes',
                model: 'line',
                miss: 0.01,
                last_at_ms: Date.now(),
                last: valueOf('process.resident', null, Date.now()),
                bands: [1, 2, 3, 4, 5, 6, 8, 10, 20].map((m) => {
                  const at = valueOf('process.resident', null, Date.now()) + m * 10 * MIB;
                  return [Date.now() + m * 60_000, at - m * 2 * MIB, at, at + m * 3 * MIB];
                }),
                probability_ratio: 0.9,
                limit_bytes: LIMIT,
                reach: {
                  state: 'within',
                  earliest_seconds: 2000,
                  likely_seconds: 2460,
                  latest_seconds: 3100,
                  text: 'in 33 to 52 min',
                },
              },
            ],
        q,
      ),
  ],
  [
    'GET',
    'risk',
    (q, p, w) =>
      w.mode === 'empty'
        ? { score: null, level: null, factors: [] }
        : {
            score: 0.72,
            level: 'high',
            factors: [
              ['time_to_limit', 'the limit is reached in 41 min', 0.9],
              ['leak', 'a leak is suspected with confidence 96 %', 0.8],
              ['headroom', '47 % of the limit is free', 0.3],
              ['fragmentation', '8 % of resident memory is not live', 0.1],
            ].map(([cause, text, severity]) => ({
              cause,
              text,
              value: severity,
              severity_ratio: severity,
              share_ratio: severity / 3,
              weight_ratio: 0.1,
              mitigation: ['look at the leak; restart at a quiet time'],
            })),
          },
  ],
  [
    'GET',
    'optimizer',
    (q, p, w) => ({ mode: w.optimizer, sites: w.mode === 'empty' ? [] : actions }),
  ],
  ['GET', 'optimizer/log', (q, p, w) => list(w.mode === 'empty' ? [] : actions, q)],
  ['POST', 'optimizer/tick', () => ({ actions: [{ ...actions[2], dry_run: true }] })],
  ['POST', 'optimizer/revert', () => null],
  ['POST', 'reclaim', () => ({ text: 'trimmed 1 pool', bytes: 31 * MIB })],
  [
    'GET',
    'alerts',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : alerts.filter((at) => !q.get('state') || at.state === q.get('state')),
        q,
      ),
  ],
  [
    'GET',
    'alerts/history',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                at_ms: alerts[0].fired_ms,
                from: 'pending',
                to: 'firing',
                why: 'held for 5 min',
                text: 'MemoryExhaustionSoon fires',
                alert: alerts[0],
              },
              {
                at_ms: alerts[1].fired_ms,
                from: 'pending',
                to: 'firing',
                why: 'held for 1 min',
                text: 'MemoryLeak fires',
                alert: alerts[1],
              },
            ],
        q,
      ),
  ],
  ['POST', 'alerts/:id/acknowledge', () => null],
  ['GET', 'silences', (q, p, w) => list(w.silences, q)],
  [
    'POST',
    'silences',
    (q, p, w, body) => {
      w.silences.push({
        id: `s${w.silences.length}`,
        began_ms: Date.now(),
        ends_ms: Date.now() + body.duration_ms,
        ...body,
      });
      return { id: `s${w.silences.length - 1}` };
    },
  ],
  [
    'DELETE',
    'silences/:id',
    (q, p, w) => {
      w.silences = w.silences.filter((at) => at.id !== p[0]);
      return null;
    },
  ],
  ['GET', 'rules', (q, p, w) => list(w.mode === 'empty' ? [] : rules(), q)],
  [
    'GET',
    'rules/:name',
    (q, p) => ({
      ...rules().find((rule) => rule.name === p[0]),
      definition:
        `[[alerts.rules]]\nname = "${p[0]}"\nwatch = "leak"\nfor = "1 min"\nseverity = ` +
        `"warning"\n`,
      history: [],
    }),
  ],
  [
    'POST',
    'rules/test',
    () => ({
      changes: [
        {
          at_ms: LEAK_BEGAN + 260_000,
          from: 'pending',
          to: 'firing',
          why: 'held for 1 min',
          subject: 'shop::audit::record',
        },
      ],
      moments: 900,
      unknown: 0,
    }),
  ],
  [
    'GET',
    'runs',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                id: 'r1',
                rule: 'leak-evidence',
                why: 'a leak verdict holds',
                mode: 'act',
                began_ms: Date.now() - 240_000,
                ended_ms: Date.now() - 239_000,
                ending: null,
                actions: [
                  {
                    name: 'profile',
                    action: 'heap profile',
                    took_ms: 31,
                    bytes: 184_000,
                    result: { profile: 'p0' },
                    error: null,
                    effect: {
                      metric: 'process.resident',
                      before: 5e8,
                      expected: 6e8,
                      after: 4.8e8,
                      verdict: 'better',
                    },
                    taken_back: null,
                  },
                ],
              },
            ],
        q,
      ),
  ],
  [
    'GET',
    'proposals',
    (q, p, w) =>
      list(
        w.mode === 'empty'
          ? []
          : [
              {
                id: 'x1',
                rule: 'relieve',
                why: 'memory is above 80 % of the limit',
                actions: ['reclaim at medium pressure'],
                made_ms: Date.now() - 60_000,
              },
            ],
        q,
      ),
  ],
  ['POST', 'proposals/:id/agree', () => null],
  ['POST', 'proposals/:id/refuse', () => null],
  ['GET', 'profiles', (q, p, w) => list(w.mode === 'empty' ? [] : w.profiles, q)],
  [
    'POST',
    'profiles',
    (q, p, w, body) => {
      const id = `p${w.profiles.length}`;
      w.profiles.unshift({
        id,
        kind: body.kind,
        at_ms: Date.now(),
        run: 3,
        why: body.why,
        bytes: 190_000,
        baseline: null,
        labels: {},
      });
      return {
        status: 202,
        id: 'o1',
        kind: 'profile',
        state: 'done',
        began_ms: Date.now(),
        ended_ms: Date.now(),
        result: { id },
        error: null,
      };
    },
  ],
  [
    'GET',
    'profiles/diff',
    () => ({
      kind: 'heap',
      what: 'live bytes',
      unit: 'bytes',
      rows: [
        { name: 'shop::audit::record', before: 4 * MIB, after: 91 * MIB, change: 87 * MIB },
        { name: 'shop::cache::fill', before: 41 * MIB, after: 33 * MIB, change: -8 * MIB },
      ],
      same: 10,
      text: '',
    }),
  ],
  [
    'PUT',
    'profiles/:id/baseline',
    (q, p, w, body) => {
      w.profiles.find((at) => at.id === p[0]).baseline = body.name;
      return null;
    },
  ],
  [
    'DELETE',
    'profiles/:id',
    (q, p, w) => {
      w.profiles = w.profiles.filter((at) => at.id !== p[0]);
      return null;
    },
  ],
  [
    'GET',
    'config',
    (q, p, w) => ({
      etag: '"1"',
      file: 'memopt.toml',
      values: [
        {
          path: 'monitor.interval',
          value: '1 s',
          default: '1 s',
          origin: 'default',
          at_start: false,
        },
        { path: 'server.token', value: '***', default: '', origin: 'environment', at_start: true },
        {
          path: 'storage.path',
          value: '/var/lib/shop',
          default: '',
          origin: 'file',
          at_start: true,
        },
      ],
      text: w.text,
      toml: '[monitor]\ninterval = "1 s"\n[storage]\npath = "/var/lib/shop"\n',
      fault: null,
    }),
  ],
  [
    'POST',
    'config/validate',
    (q, p, w, body) => ({
      valid: !String(body).includes('wrong'),
      faults: String(body).includes('wrong')
        ? [
            {
              path: 'monitor.interval',
              line: 2,
              column: 12,
              message: 'no duration: write a number and a unit, as in `1 s`',
            },
          ]
        : [],
    }),
  ],
  [
    'PUT',
    'config',
    (q, p, w, body) => {
      w.text = body;
      return { etag: '"2"', file: 'memopt.toml', text: body, values: [], toml: body, fault: null };
    },
  ],
  ['GET', 'control', (q, p, w) => control(w)],
  [
    'POST',
    'control/heap',
    (q, p, w, body) => {
      w.heap = body.mode;
      return control(w);
    },
  ],
  [
    'POST',
    'control/optimizer',
    (q, p, w, body) => {
      w.optimizer = body.mode;
      return control(w);
    },
  ],
  [
    'POST',
    'control/stop',
    (q, p, w) => {
      w.isPaused = true;
      return control(w);
    },
  ],
  [
    'POST',
    'control/start',
    (q, p, w) => {
      w.isPaused = false;
      return control(w);
    },
  ],
  [
    'POST',
    'control/reset',
    (q, p, w) => {
      w.since = Date.now();
      return control(w);
    },
  ],
  [
    'POST',
    'sites/:id/tracking',
    (q, p, w, body) => {
      if (body.on) w.untracked.delete(p[0]);
      else w.untracked.add(p[0]);
      return { id: p[0], name: site(p[0], w).name, is_tracked: body.on };
    },
  ],
  [
    'POST',
    'bundle',
    () => ({
      status: 202,
      id: 'o2',
      kind: 'bundle',
      state: 'done',
      began_ms: Date.now(),
      ended_ms: Date.now(),
      result: { name: 'shop.tar.gz', bytes: 1.2 * MIB },
      error: null,
    }),
  ],
  [
    'GET',
    'bundles',
    (q) => list([{ name: 'shop.tar.gz', at_ms: Date.now() - 600_000, bytes: 1.2 * MIB }], q),
  ],
];

export const tick = () => ({
  at_ms: Date.now(),
  values: { 'process.resident': valueOf('process.resident', null, Date.now()) },
  rates: {},
  risk: 0.72,
  pressure: 'none',
  alerts_firing: 2,
  findings: 3,
  leaks: 1,
});
export { STARTED };
