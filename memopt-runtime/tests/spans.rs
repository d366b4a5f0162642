//! Random programs of spans against a model, small enough for Miri: what is allocated belongs to
//! the span entered last of those that were not left, in whatever order they are.
#![cfg(all(feature = "track", feature = "tracing"))]

use memopt_runtime::integrate::tracing::{Untracked, layer};
use memopt_runtime::{Alloc, Context, record, scope};
use tracing::{Span, info_span};
use tracing_subscriber::layer::SubscriberExt;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const SPANS: usize = 4;

/// A callsite each.
fn spans() -> [Span; SPANS] {
    [info_span!("s0"), info_span!("s1"), info_span!("s2"), info_span!("s3")]
}

/// What the model says a span did: own blocks and bytes, and its finished calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Expected {
    allocs: u64,
    bytes: u64,
    calls: u64,
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Spans as the program holds them, and what the model knows of each: whether it was ever entered.
struct Program {
    spans: [Span; SPANS],
    was_entered: [bool; SPANS],
    entered: Vec<usize>,
    expected: [Expected; SPANS],
}

impl Program {
    fn step(&mut self, random: &mut Random) {
        let which = random.below(SPANS as u64) as usize;
        match random.below(12) {
            0..=3 if self.entered.len() < 8 => {
                self.spans[which].with_subscriber(|(id, dispatch)| dispatch.enter(id));
                self.was_entered[which] = true;
                self.entered.push(which);
            }
            4..=7 => {
                if let Some(at) = self.entered.iter().rposition(|of| *of == which) {
                    self.entered.remove(at);
                }
                // Also of one that is not entered, which changes nothing.
                self.spans[which].with_subscriber(|(id, dispatch)| dispatch.exit(id));
            }
            8 => {
                if !self.entered.contains(&which) {
                    self.renew(which);
                }
            }
            9 => {
                let _scope = scope!("between");
                drop(vec![0u8; 1000]);
            }
            10 => Context::current().run(|| self.allocate(random)),
            _ => self.allocate(random),
        }
    }

    fn allocate(&mut self, random: &mut Random) {
        let size = 1 + random.below(100);
        drop(vec![0u8; size as usize]);
        if let Some(&innermost) = self.entered.last() {
            self.expected[innermost].allocs += 1;
            self.expected[innermost].bytes += size;
        }
    }

    /// Closes a span that is not entered and makes another of its callsite.
    fn renew(&mut self, which: usize) {
        let [s0, s1, s2, s3] = spans();
        self.spans[which] = [s0, s1, s2, s3].into_iter().nth(which).unwrap();
        self.expected[which].calls += u64::from(std::mem::take(&mut self.was_entered[which]));
    }
}

fn run(seed: u64, steps: usize) {
    let mut random = Random(seed);
    let recording = record(|| {
        let mut program = Program {
            spans: spans(),
            was_entered: [false; SPANS],
            entered: Vec::with_capacity(8),
            expected: [Expected::default(); SPANS],
        };
        for _ in 0..steps {
            program.step(&mut random);
        }
        while let Some(last) = program.entered.pop() {
            program.spans[last].with_subscriber(|(id, dispatch)| dispatch.exit(id));
        }
        (0..SPANS).for_each(|which| program.renew(which));
        program.expected
    });
    for (which, expected) in recording.value.iter().enumerate() {
        let name = format!("spans::s{which}");
        let found = recording.report.sites().iter().find(|site| site.name == name);
        let found = found.map_or(Expected::default(), |site| {
            assert_eq!((site.open, site.panics), (0, 0), "seed {seed}");
            Expected { allocs: site.own.allocs, bytes: site.own.bytes, calls: site.calls }
        });
        assert_eq!(found, *expected, "{name}, seed {seed}");
    }
}

#[test]
fn random_programs_are_billed_as_the_model_says() {
    let (seeds, steps) = if cfg!(miri) { (2, 40) } else { (400, 300) };
    let subscriber = Untracked::new(tracing_subscriber::registry().with(layer()));
    tracing::subscriber::with_default(subscriber, || (1..=seeds).for_each(|seed| run(seed, steps)));
}

#[test]
fn threads_that_share_spans_lose_nothing() {
    let (threads, rounds) = if cfg!(miri) { (2, 5) } else { (4, 500) };
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer()));
    tracing::dispatcher::with_default(&dispatch, || {
        let (left, right) = (info_span!("left"), info_span!("right"));
        std::thread::scope(|scope| {
            let work = || {
                for _ in 0..rounds {
                    let in_left = left.enter();
                    let in_right = right.enter();
                    drop(in_left);
                    drop(vec![0u8; 10]);
                    drop(in_right);
                }
            };
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            for thread in threads {
                thread.join().unwrap();
            }
        });
    });
    let report = memopt_runtime::report();
    let site = |name: &str| report.sites().iter().find(|site| site.name == name).unwrap();
    assert_eq!((site("spans::left").calls, site("spans::left").own.bytes), (1, 0));
    let right = site("spans::right");
    let all = threads * rounds;
    assert_eq!((right.calls, right.own.allocs, right.bytes.max()), (1, all, 10 * all));
}
