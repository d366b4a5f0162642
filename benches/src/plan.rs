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
    /// How often the programs are started anew: where a program lands in memory decides a few percent.
    pub launches: u64,
    /// Turns of each program in each launch.
    pub turns: u64,
    /// How long a turn should take.
    pub microseconds: u64,
    /// The two iteration counts whose difference gives the instructions of one; `None` where the counter would change
    /// what is measured.
    pub counted: Option<(u64, u64)>,
}

const CALLS: Option<(u64, u64)> = Some((16_384, 114_688));

/// All benches that take turns; `compile1000` has its own way.
pub const BENCHES: [Planned; 10] = [
    Planned {
        bench: "alloc64",
        group: "alloc64",
        launches: 8,
        turns: 40,
        microseconds: 1000,
        counted: CALLS,
    },
    Planned {
        bench: "alloc64_in_scope",
        group: "alloc64_in_scope",
        launches: 8,
        turns: 40,
        microseconds: 1000,
        counted: CALLS,
    },
    Planned {
        bench: "json1m",
        group: "json1m",
        launches: 5,
        turns: 12,
        microseconds: 5000,
        counted: Some((1, 3)),
    },
    Planned { bench: "scope", group: "scope", launches: 8, turns: 25, microseconds: 3000, counted: CALLS },
    Planned {
        bench: "scope_same",
        group: "scope",
        launches: 8,
        turns: 25,
        microseconds: 1000,
        counted: CALLS,
    },
    Planned {
        bench: "scope_200",
        group: "scope",
        launches: 8,
        turns: 25,
        microseconds: 3000,
        counted: CALLS,
    },
    Planned {
        bench: "scope_paced",
        group: "scope",
        launches: 4,
        turns: 15,
        microseconds: 4000,
        counted: None,
    },
    Planned { bench: "simulate", group: "scope", launches: 4, turns: 10, microseconds: 2000, counted: CALLS },
    Planned { bench: "poll", group: "poll", launches: 8, turns: 25, microseconds: 1000, counted: CALLS },
    Planned { bench: "poll_long", group: "poll", launches: 8, turns: 25, microseconds: 1000, counted: CALLS },
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
