//! The program around the benches: takes turns on command, so that the driver can interleave many
//! programs.
//!
//! `SUBJECT turns BENCH THREADS MICROSECONDS` prints `ready` once it knows how many iterations make
//! a turn of that length; each line on stdin is then a turn, answered by the nanoseconds per
//! iteration, the mean of the threads, or by `apart` where the threads could not be made to run at
//! the same time. End of input ends it. `SUBJECT count BENCH PART ITERATIONS` runs one part of a
//! bench and prints its sign, to be run under an instruction counter. Both print `absent` where the
//! tool has no such bench. `SUBJECT facts BENCH` prints what there is to say besides the time: a
//! name and a number a line.

use std::io::{BufRead as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Instant;

use crate::bench::Bench;
use crate::pair;

/// Runs the program of one tool. `settle` is called after each turn, outside the measurement: it
/// must return when whatever the tool left to its own threads is done, else that work would be
/// charged to the next program's turn.
///
/// # Panics
///
/// When the arguments are not the ones above.
pub fn serve(benches: &[Bench], settle: fn()) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, name, rest @ ..] = &arguments[..] else { usage() };
    let Some(bench) = benches.iter().find(|bench| bench.name == name) else {
        println!("absent");
        return;
    };
    let numbers: Vec<u64> =
        rest.iter().map(|text| text.parse().unwrap_or_else(|_| usage())).collect();
    match (mode.as_str(), &numbers[..]) {
        ("turns", &[threads, microseconds]) => turns(*bench, threads, microseconds, settle),
        ("count", &[part, iterations]) => count(bench, part, iterations),
        ("facts", &[]) => facts(bench),
        _ => usage(),
    }
}

fn usage() -> ! {
    panic!(
        "run this through the `peers` program: turns BENCH THREADS MICROSECONDS | count BENCH PART ITERATIONS | \
         facts BENCH"
    )
}

fn facts(bench: &Bench) {
    for (name, value) in bench.facts.map(|facts| facts()).unwrap_or_default() {
        println!("{name} {value}");
    }
}

fn count(bench: &Bench, part: u64, iterations: u64) {
    let Some(part) = bench.parts.get(part as usize) else {
        println!("absent");
        return;
    };
    (part.run)(iterations);
    println!("{}", part.sign);
}

fn turns(bench: Bench, threads: u64, microseconds: u64, settle: fn()) {
    let iterations = calibrate(bench, microseconds);
    settle();
    // What was tried out does not count.
    pair::disturbed();
    // The loops of a pair bring the other thread along.
    let threads = if bench.pair { 1 } else { threads };
    let line_up = Arc::new(AtomicU64::new(0));
    let helpers: Vec<_> =
        (1..threads).map(|_| helper(bench, iterations, threads, line_up.clone())).collect();
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        line.expect("stdin is readable");
        // A pair has made its attempts.
        let attempts = if bench.pair { 1 } else { ATTEMPTS };
        let turn = (0..attempts).find_map(|_| {
            line_up.store(0, Ordering::SeqCst);
            for (start, _) in &helpers {
                start.send(()).expect("the helper waits");
            }
            let mut taken = vec![Taken::measure(bench, iterations, threads, &line_up)];
            taken.extend(helpers.iter().map(|(_, done)| done.recv().expect("the helper answers")));
            Taken::together(&taken).filter(|_| !pair::disturbed())
        });
        settle();
        match turn {
            Some(nanoseconds) => println!("{nanoseconds}"),
            None => println!("apart"),
        }
        std::io::stdout().flush().expect("stdout is writable");
    }
    // Without running a tool's report at exit: it would only delay the driver.
    std::process::exit(0);
}

/// A second thread that runs the same bench whenever it is told to.
fn helper(
    bench: Bench,
    iterations: u64,
    threads: u64,
    line_up: Arc<AtomicU64>,
) -> (mpsc::Sender<()>, mpsc::Receiver<Taken>) {
    let (start, started) = mpsc::channel();
    let (finish, done) = mpsc::channel();
    std::thread::spawn(move || {
        while started.recv().is_ok() {
            if finish.send(Taken::measure(bench, iterations, threads, &line_up)).is_err() {
                return;
            }
        }
    });
    (start, done)
}

/// How often a turn is tried when its threads did not run at the same time.
const ATTEMPTS: u32 = 8;

/// What one thread took in a turn, and when.
struct Taken {
    nanoseconds: f64,
    begin: Instant,
    end: Instant,
}

impl Taken {
    fn measure(bench: Bench, iterations: u64, threads: u64, line_up: &AtomicU64) -> Self {
        meet(line_up, threads);
        let begin = Instant::now();
        let nanoseconds = bench.measure(iterations);
        Self { nanoseconds, begin, end: Instant::now() }
    }

    /// The mean of the threads; `None` unless all of them were at work for four fifths of the time
    /// that any was: on a busy machine they can share a core, one after the other, and then show no
    /// contention. More threads than cores are never all at work; of them the mean is taken as it
    /// is.
    fn together(all: &[Self]) -> Option<f64> {
        let first_end = all.iter().map(|taken| taken.end).min()?;
        let shared =
            first_end.saturating_duration_since(all.iter().map(|taken| taken.begin).max()?);
        let whole =
            all.iter().map(|taken| taken.end).max()? - all.iter().map(|taken| taken.begin).min()?;
        let mean = all.iter().map(|taken| taken.nanoseconds).sum::<f64>() / all.len() as f64;
        (crowded(all.len() as u64) || shared * 5 >= whole * 4).then_some(mean)
    }
}

/// Waits, spinning, until all threads are here: a thread that still wakes up while another works
/// would show less contention than there is.
fn meet(line_up: &AtomicU64, threads: u64) {
    line_up.fetch_add(1, Ordering::SeqCst);
    while line_up.load(Ordering::SeqCst) < threads {
        if crowded(threads) {
            std::thread::yield_now();
        }
        std::hint::spin_loop();
    }
}

/// Whether there are more threads than cores.
fn crowded(threads: u64) -> bool {
    static CORES: OnceLock<u64> = OnceLock::new();
    threads
        > *CORES.get_or_init(|| {
            std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
        })
}

/// How many iterations take the given time, at least one; all parts together.
fn calibrate(bench: Bench, microseconds: u64) -> u64 {
    // What is made at its first use is not part of the time.
    bench.measure(1);
    if let Some(iterations) = bench.iterations {
        bench.measure(iterations);
        return iterations;
    }
    let mut iterations = 1;
    loop {
        // The shortest of three: a thread that lost its core for a moment would make the turns too
        // short.
        let taken =
            (0..3).map(|_| bench.length(iterations)).min().unwrap_or_default().as_micros() as u64;
        if taken * 2 >= microseconds {
            return (iterations * microseconds / taken.max(1)).max(1);
        }
        iterations *= 2;
    }
}
