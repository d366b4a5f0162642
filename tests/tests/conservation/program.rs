//! Random programs: a flat list of moves, each by one of the threads.
//!
//! A program may hold moves that make no sense where they stand (the model says which); they are
//! left out, so that any part of a program is a program and a failing one can be made smaller by
//! leaving moves out.

pub(crate) const THREADS: usize = 4;
pub(crate) const SITES: usize = 12;
pub(crate) const BLOCKS: usize = 24;
pub(crate) const CONTEXTS: usize = 6;
pub(crate) const FUTURES: usize = 8;
/// Guards of one level: dropped when the level ends or is unwound, the outermost first.
pub(crate) const GUARDS: usize = 5;
/// Guards of one thread that outlive levels.
pub(crate) const STRAYS: usize = 4;

/// How a future is wrapped, from outside to inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrap {
    Tracked,
    InContext,
    ContextThenTracked,
    TrackedThenContext,
    Recorded,
    RecordedThenTracked,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Do {
    Alloc {
        block: usize,
        size: usize,
    },
    Realloc {
        block: usize,
        size: usize,
    },
    Free {
        block: usize,
    },
    /// Opens a scope whose guard lies in the level. `forget` is filled in by the model.
    Enter {
        site: usize,
        guard: usize,
        forget: bool,
    },
    Leave {
        guard: usize,
    },
    Forget {
        guard: usize,
    },
    EnterStray {
        site: usize,
        stray: usize,
        forget: bool,
    },
    LeaveStray {
        stray: usize,
    },
    Capture {
        context: usize,
    },
    /// These four start a level, that `End`, `Ready` or `Panic` ends.
    Run {
        context: usize,
    },
    Record,
    Catch,
    Poll {
        future: usize,
    },
    End,
    Ready,
    Panic,
    Make {
        future: usize,
        wrap: Wrap,
        site: usize,
        context: usize,
    },
    /// Gives a block to the future that is being polled.
    Hold {
        block: usize,
    },
    Cancel {
        future: usize,
    },
    /// Reads the process-wide report in the middle.
    Read,
    /// Starts and ends a thread's part of the program.
    Begin {
        wrapped: bool,
    },
    Finish,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    pub(crate) thread: usize,
    pub(crate) what: Do,
}

/// splitmix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn size(&mut self) -> usize {
        let magnitude = self.below(13);
        1 + self.below(1 << magnitude)
    }
}

/// A random program without the moves that end it.
pub(crate) fn generate(seed: u64) -> Vec<Move> {
    let mut random = Random(seed);
    // Some programs stay on one or two threads and few sites, so that they recurse and collide
    // more.
    let threads = 1 + random.below(THREADS);
    let sites = 1 + random.below(SITES);
    let len = 20 + random.below(160);
    let carries = random.below(4) > 0;
    let mut moves = Vec::with_capacity(len);
    while moves.len() < len {
        let thread = random.below(threads);
        let r = &mut random;
        let (site, block, guard) = (r.below(sites), r.below(BLOCKS), r.below(GUARDS));
        let (future, context, stray) = (r.below(FUTURES), r.below(CONTEXTS), r.below(STRAYS));
        let what = match r.below(if carries { 40 } else { 30 }) {
            0..=4 => Do::Alloc { block, size: r.size() },
            5..=6 => Do::Realloc { block, size: r.size() },
            7..=8 => Do::Free { block },
            9..=13 => Do::Enter { site, guard, forget: false },
            14..=16 => Do::Leave { guard },
            17 => Do::Forget { guard },
            18 => Do::EnterStray { site, stray, forget: false },
            19 => Do::LeaveStray { stray },
            20 => Do::Record,
            21 => Do::Catch,
            22 => Do::Panic,
            23..=25 => Do::End,
            26 => Do::Make { future, wrap: Wrap::Tracked, site, context },
            27..=28 | 37 => Do::Poll { future },
            29 => *r.pick(&[Do::Ready, Do::Cancel { future }, Do::Hold { block }, Do::Read]),
            30..=31 => Do::Capture { context },
            32..=34 => Do::Run { context },
            35..=36 => Do::Make { future, wrap: r.wrap(), site, context },
            38 => Do::Ready,
            _ => *r.pick(&[Do::Hold { block }, Do::Cancel { future }]),
        };
        moves.push(Move { thread, what });
    }
    moves
}

impl Random {
    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn wrap(&mut self) -> Wrap {
        *self.pick(&[
            Wrap::InContext,
            Wrap::ContextThenTracked,
            Wrap::TrackedThenContext,
            Wrap::Recorded,
            Wrap::RecordedThenTracked,
        ])
    }
}
