//! What is measured: the subjects, the benches, and how long each is given.

/// The programs, by the name in the results and the name of the binary. `plain` comes first: the others are compared
/// with it.
pub const SUBJECTS: [(&str, &str); 9] = [
    ("plain", "plain"),
    ("std", "std"),
    ("memopt", "memopt"),
    ("divan", "divan"),
    ("stats_alloc", "stats_alloc"),
    ("allocation-counter", "allocation_counter"),
    ("tracking-allocator", "tracking_allocator"),
    ("dhat", "dhat"),
    ("hotpath", "hotpath"),
];

/// The profiles the programs are built with.
pub const PROFILES: [&str; 2] = ["lto", "release"];

/// One bench and its effort.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// Its name in the results.
    pub bench: &'static str,
    /// The name `--only` selects it by, together with its variants.
    pub group: &'static str,
    /// Whether it also runs in the default release build.
    pub release: bool,
    /// How long a turn should take.
    pub microseconds: u64,
    /// How long all turns of all programs may take, with one number of threads and one profile.
    pub seconds: u64,
    /// The two iteration counts whose difference gives the instructions of one; `None` where the counter would change
    /// what is measured.
    pub counted: Option<(u64, u64)>,
}

/// How often the programs are started anew: where a program lands in memory decides a few percent.
pub const LAUNCHES: u32 = 6;

/// Turns in each launch, at most.
pub const TURNS: u64 = 60;

const CALLS: Option<(u64, u64)> = Some((16_384, 114_688));

/// A bench whose iterations are calls; the defaults of the others.
const CALL: Planned =
    Planned { bench: "", group: "", release: false, microseconds: 1000, seconds: 4, counted: CALLS };

/// All benches that take turns; `compile1000` has its own way.
pub const BENCHES: [Planned; 10] = [
    Planned { bench: "alloc64", group: "alloc64", release: true, ..CALL },
    Planned { bench: "alloc64_in_scope", group: "alloc64_in_scope", release: true, ..CALL },
    Planned {
        bench: "json1m",
        group: "json1m",
        release: true,
        microseconds: 5000,
        seconds: 10,
        counted: Some((1, 2)),
    },
    Planned { bench: "scope", group: "scope", release: true, microseconds: 3000, ..CALL },
    Planned { bench: "scope_same", group: "scope", ..CALL },
    Planned { bench: "scope_200", group: "scope", microseconds: 3000, ..CALL },
    Planned { bench: "scope_paced", group: "scope", counted: None, ..CALL },
    Planned { bench: "simulate", group: "scope", seconds: 1, ..CALL },
    Planned { bench: "poll", group: "poll", release: true, ..CALL },
    Planned { bench: "poll_long", group: "poll", ..CALL },
];

/// The name of the bench that compiles instead of running.
pub const COMPILE: &str = "compile1000";

/// Whether `only` (when given) selects a bench of this name and group.
pub fn selected(only: Option<&str>, bench: &str, group: &str) -> bool {
    only.is_none_or(|only| only == bench || only == group)
}

/// All names that `--only` takes.
pub fn names() -> Vec<&'static str> {
    BENCHES.iter().map(|planned| planned.bench).chain([COMPILE]).collect()
}
