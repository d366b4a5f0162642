//! What is measured: the benches, who takes part in each, and how long each is given.

/// A tool that takes part in a bench.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Its name in the results.
    pub name: &'static str,
    /// The program that does its work.
    pub program: &'static str,
    /// Whether the program does the work of other subjects too, each in a process of its own.
    shared: bool,
}

impl Subject {
    const fn alone(name: &'static str, program: &'static str) -> Self {
        Self { name, program, shared: false }
    }

    const fn of(name: &'static str, program: &'static str) -> Self {
        Self { name, program, shared: true }
    }

    /// What its program calls a bench.
    pub fn asks(&self, bench: &str) -> String {
        if self.shared { format!("{bench}/{}", self.name) } else { bench.to_owned() }
    }
}

/// The profiles the programs are built with.
pub const PROFILES: [&str; 2] = ["lto", "release"];

/// One bench and its effort.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// Its name in the results.
    pub bench: &'static str,
    /// The name `--only` selects it by, together with its variants.
    pub group: &'static str,
    /// Who takes part; the first is the baseline, the ratio of the others is to it.
    pub subjects: &'static [Subject],
    /// The numbers of threads it is measured with.
    pub threads: &'static [u64],
    /// Whether it also runs in the default release build.
    pub release: bool,
    /// How long a turn should take.
    pub microseconds: u64,
    /// How long all turns of all programs may take, with one number of threads and one profile.
    pub seconds: u64,
    /// The two iteration counts whose difference gives the instructions of one; `None` where the
    /// counter would change what is measured.
    pub counted: Option<(u64, u64)>,
    /// Whether programs are asked for what is no time: bytes, shares.
    pub facts: bool,
}

/// How often the programs are started anew: where a program lands in memory decides a few percent.
pub const LAUNCHES: u32 = 6;

/// The share of the time, in percent, that a profile is given: the default release build is a
/// second look at the same code, and has two bars of all.
pub fn share(profile: &str) -> u64 {
    if profile == "release" { 50 } else { 100 }
}

/// Turns in each launch, at most.
pub const TURNS: u64 = 60;

const MEMOPT: Subject = Subject::alone("memopt", "memopt");

/// Tools that count allocations; `plain` is what all of them are compared with.
const TRACKERS: &[Subject] = &[
    Subject::alone("plain", "plain"),
    Subject::alone("std", "std"),
    MEMOPT,
    Subject::alone("divan", "divan"),
    Subject::alone("stats_alloc", "stats_alloc"),
    Subject::alone("allocation-counter", "allocation_counter"),
    Subject::alone("tracking-allocator", "tracking_allocator"),
    Subject::alone("dhat", "dhat"),
    Subject::alone("hotpath", "hotpath"),
];

/// memopt where a remedy is measured and not the counting.
const REMEDIES: Subject = Subject::alone("memopt", "remedies");

const THREAD_LOCAL: Subject = Subject::of("thread_local", "pools");
const SYSTEM_POOL: Subject = Subject::of("system", "pools");
const OBJECT_POOL: Subject = Subject::of("object-pool", "pools");
const LOCKFREE: Subject = Subject::of("lockfree-object-pool", "pools");
const ARRAY_QUEUE: Subject = Subject::of("ArrayQueue", "pools");
const SEG_QUEUE: Subject = Subject::of("SegQueue", "pools");

const POOLS: &[Subject] = &[
    THREAD_LOCAL,
    REMEDIES,
    SYSTEM_POOL,
    OBJECT_POOL,
    LOCKFREE,
    Subject::of("opool", "pools"),
    Subject::of("sharded-slab", "pools"),
    ARRAY_QUEUE,
    SEG_QUEUE,
];

const POOLS_HANDOFF: &[Subject] =
    &[ARRAY_QUEUE, REMEDIES, SEG_QUEUE, OBJECT_POOL, LOCKFREE, SYSTEM_POOL];

const ARENAS: &[Subject] = &[
    Subject::of("bumpalo", "alternatives"),
    REMEDIES,
    Subject::of("typed-arena", "alternatives"),
    Subject::of("system", "alternatives"),
];

const SYSTEM: Subject = Subject::alone("system", "system");

const ALLOCATORS: &[Subject] = &[
    SYSTEM,
    REMEDIES,
    Subject::alone("mimalloc", "mimalloc"),
    Subject::alone("jemalloc", "jemalloc"),
];

/// What sampling blocks costs: memopt's on top of its own counting, jemalloc's on
/// top of jemalloc.
const SAMPLED: &[Subject] = &[
    Subject::of("counting", "tracked"),
    Subject::of("memopt", "tracked"),
    Subject::alone("plain", "plain"),
    Subject::alone("jemalloc", "jemalloc"),
    Subject::alone("jemalloc_prof", "jemalloc_prof"),
    Subject::alone("dhat", "dhat"),
];

/// What tracking all blocks costs.
const EXACT: &[Subject] = &[
    Subject::alone("plain", "plain"),
    Subject::of("memopt", "tracked"),
    Subject::of("memopt_stacks", "tracked"),
    Subject::alone("dhat", "dhat"),
];

const PRESIZE: &[Subject] = &[
    Subject::of("Vec::new", "alternatives"),
    REMEDIES,
    Subject::of("Vec::with_capacity", "alternatives"),
];

const LAZIES: &[Subject] =
    &[Subject::of("LazyLock", "alternatives"), REMEDIES, Subject::of("once_cell", "alternatives")];

const STREAMS: &[Subject] = &[
    Subject::of("iterator", "alternatives"),
    REMEDIES,
    Subject::of("memopt_chunk_64", "remedies"),
    Subject::of("Vec", "alternatives"),
];

const UNWINDERS: &[Subject] = &[Subject::of("backtrace", "alternatives"), REMEDIES];

const CALLS: Option<(u64, u64)> = Some((16_384, 114_688));

/// A bench of the trackers whose iterations are calls; the defaults of the others.
const CALL: Planned = Planned {
    bench: "",
    group: "",
    subjects: TRACKERS,
    threads: &[1, 2],
    release: false,
    microseconds: 1000,
    seconds: 4,
    counted: CALLS,
    facts: false,
};

/// A bench of a remedy: fewer programs take part, and it is run in one profile.
const REMEDY: Planned = Planned { threads: &[1], seconds: 3, counted: None, ..CALL };

/// What the benches of allocators share.
const SCOPED: Planned =
    Planned { group: "scope_arena", subjects: ALLOCATORS, threads: &[1, 2], ..REMEDY };

/// What the benches of sampling share. Enough is counted for some sixty samples: each costs
/// thousands of instructions.
const SAMPLES: Planned = Planned {
    group: "sampled",
    subjects: SAMPLED,
    microseconds: 5000,
    seconds: 7,
    counted: Some((4, 20)),
    ..CALL
};

/// All benches that take turns; `compile1000` has its own way.
pub const BENCHES: [Planned; 28] = [
    Planned { bench: "alloc64", group: "alloc64", release: true, ..CALL },
    Planned { bench: "alloc64_in_scope", group: "alloc64_in_scope", release: true, ..CALL },
    Planned {
        bench: "json1m",
        group: "json1m",
        release: true,
        microseconds: 5000,
        seconds: 6,
        counted: Some((1, 2)),
        ..CALL
    },
    Planned { bench: "scope", group: "scope", release: true, microseconds: 3000, ..CALL },
    Planned { bench: "scope_same", group: "scope", seconds: 2, ..CALL },
    Planned { bench: "scope_200", group: "scope", microseconds: 3000, ..CALL },
    Planned { bench: "scope_paced", group: "scope", seconds: 2, counted: None, ..CALL },
    Planned { bench: "simulate", group: "scope", subjects: &[MEMOPT], seconds: 1, ..CALL },
    Planned { bench: "poll", group: "poll", release: true, ..CALL },
    Planned { bench: "poll_long", group: "poll", seconds: 2, ..CALL },
    Planned { bench: "sampled_json1m", ..SAMPLES },
    Planned { bench: "sampled_btree", ..SAMPLES },
    Planned { bench: "sampled_alloc64", counted: Some((65_536, 1_114_112)), ..SAMPLES },
    Planned {
        bench: "exact_json1m",
        group: "exact",
        subjects: EXACT,
        microseconds: 5000,
        seconds: 6,
        counted: Some((2, 6)),
        ..CALL
    },
    Planned {
        bench: "pool4k",
        group: "pool4k",
        subjects: POOLS,
        threads: &[1, 2, 8],
        seconds: 4,
        ..REMEDY
    },
    Planned {
        bench: "pool4k_handoff",
        group: "pool4k",
        subjects: POOLS_HANDOFF,
        threads: &[2],
        microseconds: 4000,
        ..REMEDY
    },
    Planned {
        bench: "arena1000",
        group: "arena1000",
        subjects: ARENAS,
        counted: Some((64, 576)),
        ..REMEDY
    },
    Planned { bench: "scope_arena_json1m", microseconds: 5000, seconds: 5, ..SCOPED },
    Planned { bench: "scope_arena_btree", ..SCOPED },
    Planned { bench: "scope_arena_box1000", ..SCOPED },
    Planned { bench: "scope_arena_remote", threads: &[2], ..SCOPED },
    Planned {
        bench: "hook_idle_arena",
        group: "hook_idle_arena",
        subjects: &[Subject::of("plain", "system"), REMEDIES],
        threads: &[1, 2],
        counted: CALLS,
        ..REMEDY
    },
    Planned {
        bench: "magazine64_lifo",
        group: "magazine64",
        threads: &[1, 2],
        counted: CALLS,
        ..SCOPED
    },
    Planned {
        bench: "magazine64_batch",
        group: "magazine64",
        threads: &[1, 2],
        counted: Some((64, 576)),
        ..SCOPED
    },
    Planned { bench: "presize", group: "presize", subjects: PRESIZE, facts: true, ..REMEDY },
    Planned { bench: "lazy_read", group: "lazy_read", subjects: LAZIES, counted: CALLS, ..REMEDY },
    Planned { bench: "unwind40", group: "unwind40", subjects: UNWINDERS, facts: true, ..REMEDY },
    Planned { bench: "streamed", group: "streamed", subjects: STREAMS, facts: true, ..REMEDY },
];

/// The name of the bench that compiles instead of running.
pub const COMPILE: &str = "compile1000";

/// Whether `only` (when given) selects a bench of this name and group.
pub fn selected(only: Option<&str>, bench: &str, group: &str) -> bool {
    only.is_none_or(|only| only == bench || only == group)
}

/// All names that `--only` takes.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for name in BENCHES.iter().flat_map(|planned| [planned.group, planned.bench]).chain([COMPILE]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
