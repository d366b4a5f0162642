// The fleet of the mock: three versions of a shop, of which the newest leaks.

const MIB = 1024 * 1024;
const NOW = () => Date.now();

const program = (i) => {
  const version = i % 6 === 0 ? '2.4.0' : i % 6 < 5 ? '2.3.1' : null;
  const service = i % 6 === 5 ? 'mailer' : 'shop';
  const leaks = version === '2.4.0' && i % 12 === 0 ? 1 : 0;
  const isDown = i === 7;
  return {
    service,
    instance: `${service}-${7 + i}.eu-west.internal:7700`,
    version,
    program: service === 'shop' ? 'shopd' : 'mailer',
    memopt_version: '0.1.0',
    is_down: isDown,
    resident_bytes: isDown ? null : (180 + (i % 17) * 9 + (leaks ? 340 : 0)) * MIB,
    heap_live_bytes: isDown ? null : (120 + (i % 13) * 7 + (leaks ? 330 : 0)) * MIB,
    allocated_bytes_per_second: isDown ? null : (22 + (i % 5)) * MIB,
    limit_bytes: 768 * MIB,
    used_ratio: isDown ? null : (180 + (i % 17) * 9 + (leaks ? 340 : 0)) / 768,
    leak_bytes_per_second: leaks ? 84_000 : 0,
    leaks,
    alerts: isDown ? null : leaks * 2,
  };
};

const programs = (mode) =>
  Array.from({ length: mode === 'huge' ? 10_000 : 24 }, (_, i) => program(i));
const sum = (all, of) => all.reduce((total, at) => total + (at[of] ?? 0), 0);

function versions(all) {
  const groups = new Map();
  for (const at of all) {
    const key = `${at.service} ${at.version}`;
    groups.set(key, [...(groups.get(key) ?? []), at]);
  }
  return [...groups.values()]
    .map((of) => ({
      service: of[0].service,
      version: of[0].version,
      instances: of.length,
      down: of.filter((at) => at.is_down).length,
      leaking: of.filter((at) => at.leaks > 0).length,
      alerts: sum(of, 'alerts'),
      resident_bytes: sum(of, 'resident_bytes') / of.length,
      resident_max_bytes: Math.max(...of.map((at) => at.resident_bytes ?? 0)),
      heap_live_bytes: sum(of, 'heap_live_bytes') / of.length,
      allocated_bytes_per_second: sum(of, 'allocated_bytes_per_second') / of.length,
    }))
    .sort((a, b) => b.service.localeCompare(a.service) || b.instances - a.instances);
}

const SITES = [
  ['shop::orders::page', 210, 38],
  ['shop::session::store', 64, 2400],
  ['shop::catalogue::search', 57, null],
  ['shop::serve::connection', 31, 96],
  ['shop::basket::Basket::add', 12, 610],
];

const site = (i) => {
  const [name, rate, held] = SITES[i % SITES.length];
  const scale = 1 / (1 + Math.floor(i / SITES.length));
  return {
    service: 'shop',
    site: i < SITES.length ? name : `${name}_${i}`,
    allocated_bytes_per_second: rate * MIB * scale,
    retained_bytes: held === null ? null : held * MIB * scale,
    is_leaking: i === 1,
    versions: [
      {
        version: '2.3.1',
        allocated_bytes_per_second: rate * MIB * 0.7 * scale,
        instance_bytes_per_second: (rate * MIB * 0.7 * scale) / 16,
      },
      {
        version: '2.4.0',
        allocated_bytes_per_second: rate * MIB * 0.3 * scale,
        instance_bytes_per_second: (rate * MIB * 0.3 * scale) / 4,
      },
    ],
  };
};

const leak = (name, count, ago, now) => {
  const instances = Array.from({ length: Math.min(20, count) }, (_, i) => ({
    instance: `shop-${7 + 12 * i}.eu-west.internal:7700`,
    version: '2.4.0',
    bytes_per_second: now ? 84_000 - i * 900 : 0,
    since_ms: NOW() - ago + i * 61_000,
  }));
  return {
    service: 'shop',
    site: name,
    bytes_per_second: sum(instances, 'bytes_per_second'),
    leaking: now ? count : 0,
    first: instances[0],
    instances,
    more: Math.max(0, count - 20),
  };
};

export function fleet(mode) {
  if (mode === 'empty')
    return {
      asked_ms: null,
      addresses: [],
      instances: { total: 0, down: 0, leaking: 0, alerting: 0, dropped: 0 },
      resident_bytes: 0,
      heap_live_bytes: 0,
      allocated_bytes_per_second: 0,
      versions: [],
      sites: [],
      leaks: [],
      alerts: [],
    };
  const all = programs(mode);
  const huge = mode === 'huge';
  return {
    asked_ms: NOW() - 4000,
    addresses: [
      {
        address: 'http://prometheus-a:9090',
        error: null,
        asked_ms: NOW() - 4000,
        took_ms: 38,
        instances: all.length,
      },
      {
        address: 'http://prometheus-b:9090',
        error: 'it was not reached: io: Connection refused',
        asked_ms: NOW() - 4000,
        took_ms: 3,
        instances: 0,
      },
    ],
    instances: {
      total: all.length,
      down: all.filter((at) => at.is_down).length,
      leaking: all.filter((at) => at.leaks > 0).length,
      alerting: all.filter((at) => at.alerts > 0).length,
      dropped: 0,
    },
    resident_bytes: sum(all, 'resident_bytes'),
    heap_live_bytes: sum(all, 'heap_live_bytes'),
    allocated_bytes_per_second: sum(all, 'allocated_bytes_per_second'),
    versions: versions(all),
    sites: Array.from({ length: huge ? 100 : SITES.length }, (_, i) => site(i)),
    leaks: [
      leak('shop::session::store', huge ? 834 : 2, 5_400_000, true),
      leak('shop::import::read_list', 1, 2 * 86_400_000, false),
    ],
    alerts: Array.from({ length: huge ? 200 : 2 }, (_, i) => ({
      service: 'shop',
      instance: `shop-${7 + 12 * i}.eu-west.internal:7700`,
      name: 'MemoptSiteLeaks',
      severity: 'warning',
      site: 'shop::session::store',
    })),
  };
}

const KEYS = {
  name: 'instance',
  version: 'version',
  resident: 'resident_bytes',
  heap_live: 'heap_live_bytes',
  allocated: 'allocated_bytes_per_second',
  used: 'used_ratio',
  leaking: 'leak_bytes_per_second',
  alerts: 'alerts',
};

export function instances(query, mode) {
  const wanted = (query.get('q') ?? '').toLowerCase();
  const key = KEYS[query.get('sort') ?? 'resident'];
  const turn = query.get('order') === 'asc' ? 1 : -1;
  return (mode === 'empty' ? [] : programs(mode))
    .filter((at) => `${at.service} ${at.instance} ${at.version}`.toLowerCase().includes(wanted))
    .sort((a, b) => (a[key] < b[key] ? -turn : turn));
}
