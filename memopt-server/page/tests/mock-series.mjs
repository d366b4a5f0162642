// Series that look like those of a service: a day with its load, a leak that began, noise.

/** A number from 0 to 1 that is the same for the same seed. */
export function noise(seed) {
  const x = Math.sin(seed * 127.1 + 311.7) * 43758.5453;
  return x - Math.floor(x);
}

const MIB = 1024 * 1024;
const HOUR = 3_600_000;

/** When the leak began. */
export const LEAK_BEGAN = Date.now() - 9 * 60_000;

const SHAPES = {
  'process.resident': (t) => 412 * MIB + wave(t, 40 * MIB) + leak(t) + noise(t) * 4 * MIB,
  'heap.live': (t) => 268 * MIB + wave(t, 32 * MIB) + leak(t) + noise(t + 1) * 2 * MIB,
  'heap.allocated': (t) => 84 * MIB + wave(t, 30 * MIB) + noise(t) * 22 * MIB,
  'heap.freed': (t) => 83 * MIB + wave(t, 30 * MIB) + noise(t + 5) * 22 * MIB,
  'cgroup.working_set': (t) => 430 * MIB + wave(t, 40 * MIB) + leak(t),
  'process.cpu': (t) => 0.61 + wave(t, 0.2) + noise(t) * 0.12,
  'memopt.cpu': (t) => 0.006 + noise(t) * 0.002,
  'memopt.bytes': () => 6.4 * MIB,
  'process.threads': (t) => 18 + Math.round(noise(Math.floor(t / 60_000)) * 2),
  'tasks.live': (t) => 140 + Math.round(noise(Math.floor(t / 5000)) * 40),
  'pressure.some': (t) => Math.max(0, noise(t) - 0.9) * 0.2,
};

function wave(t, size) {
  return (
    size * (0.5 + 0.5 * Math.sin((t / (24 * HOUR)) * 2 * Math.PI) + 0.15 * Math.sin(t / 47_000))
  );
}

function leak(t) {
  return t < LEAK_BEGAN ? 0 : ((t - LEAK_BEGAN) / 1000) * 170 * 1024;
}

export function valueOf(metric, label, at) {
  const shape = SHAPES[metric];
  if (shape) return shape(at);
  const seed = [...`${metric}${label}`].reduce((sum, c) => sum + c.charCodeAt(0), 0);
  return (1 + (seed % 9)) * 2 * MIB * (0.8 + noise(seed + Math.floor(at / 4000)) * 0.4);
}

export const METRICS = [...Object.keys(SHAPES), 'site.allocated', 'site.live'];

export function unitOf(metric) {
  if (/cpu|pressure/.test(metric)) return 'ratio';
  return /threads|tasks/.test(metric) ? 'count' : 'bytes';
}

/** `15m`, `900s`, `2h`, `7d` or milliseconds since 1970. */
export function momentOf(text, otherwise) {
  if (!text) return otherwise;
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!found) return Number(text);
  return (
    Date.now() - Number(found[1]) * { ms: 1, s: 1000, m: 60_000, h: HOUR, d: 24 * HOUR }[found[2]]
  );
}

/** What `/metrics/history` gives. */
export function history(query, { isHuge, isEmpty }) {
  const to = Number(query.get('to')) || Date.now();
  const from = momentOf(query.get('from'), to - 15 * 60_000);
  const metric = query.get('metric');
  const wanted = query.getAll('label');
  const labels = wanted.length
    ? wanted
    : metric.startsWith('site.')
      ? [
          'shop::orders::load',
          'shop::render::page',
          'shop::cache::fill',
          'shop::search::index',
          'shop::http::parse',
          'other',
        ]
      : metric.startsWith('thread.')
        ? ['main', 'worker-0', 'worker-1', 'flush']
        : [null];
  const step = isHuge
    ? Math.max(1, (to - from) / 3600)
    : Math.max(1000, Math.ceil((to - from) / 600 / 500) * 500);
  const series = isEmpty
    ? []
    : labels.map((label) => {
        const points = [];
        for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
          if (!isHuge && at > to - (to - from) * 0.32 && at < to - (to - from) * 0.3) {
            if (points.at(-1)?.[1] !== null) points.push([at, null, null, null, null]);
            continue;
          }
          const mean = valueOf(metric, label, at);
          const spread = mean * (step > 5000 ? 0.05 : 0);
          points.push([at, mean - spread, mean, mean + spread * 1.4, mean]);
        }
        return { label, points };
      });
  return {
    metric,
    unit: unitOf(metric),
    kind: 'gauge',
    as: query.get('as') ?? 'value',
    label_name: null,
    from_ms: from,
    to_ms: to,
    step_ms: step,
    tier: 'raw',
    series,
    dropped: 0,
  };
}
