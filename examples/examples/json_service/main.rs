//! JSON service: requests parsed, looked up and answered in process, with each request's memory
//! from the allocator and from an arena.
//!
//! Both handlers call `answer::answer`, as it is; the one has `#[memopt::track_alloc]` above it,
//! the other `#[memopt::arena]`. An arena does not change what is asked for, so the figures of the
//! reports stay as they are: what changes is the time an allocation takes and where the blocks lie.
//! Hence the times, measured by turns, and the state of the arena's chunks.
//!
//! ```text
//! cargo run --release --example json_service
//! cargo run --release --example json_service -- --help
//! ```
#![forbid(unsafe_code)]

mod answer;
mod catalog;
mod race;

use crate::answer::Refused;
use crate::catalog::Catalog;
use crate::race::Race;
use memopt_examples::cli::{self, Args};
use memopt_examples::files::{Files, has_extension};
use memopt_examples::show;
use memopt_examples::units::{bytes, count, of};
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const USAGE: &str = "\
usage: json_service [--bytes N] [PATH..]

  --bytes N   take at most N bytes of request bodies; K, M, G may follow  [default: 1M]
  PATH..      files or folders with *.json to take as bodies instead of the cargo registry
  --help      this text";

const DEFAULT_BYTES: u64 = 1 << 20;
/// How long the handlers race, together.
const RACE: Duration = Duration::from_secs(3);

type Answer = Result<String, Refused>;

#[memopt::track_alloc(name = "handle")]
fn handle(body: &[u8], catalog: &Catalog) -> Answer {
    answer::answer(body, catalog)
}

#[memopt::arena(name = "handle")]
fn handle_in_arena(body: &[u8], catalog: &Catalog) -> Answer {
    answer::answer(body, catalog)
}

fn main() -> ExitCode {
    cli::main(USAGE, |args| cli::parse(args, DEFAULT_BYTES), run)
}

fn run(args: &Args, out: &mut impl Write) -> io::Result<()> {
    if args.help {
        return writeln!(out, "{USAGE}");
    }
    let packages = args.packages();
    let mut files = Files::below(&packages, |path| has_extension(path, &["json"]));
    files.limit(args.bytes);
    writeln!(out, "bodies from {}", packages.origin)?;
    let catalog = Catalog::of(&packages);
    let mut skipped = files.skipped;
    let mut bodies = Vec::new();
    for source in &files.list {
        match fs::read(&source.path) {
            Ok(body) => match answer::answer(&body, &catalog) {
                Ok(_) => bodies.push(body),
                Err(error) => skipped.push(format!("{}: {error}", source.name)),
            },
            Err(error) => skipped.push(format!("{}: {error}", source.name)),
        }
    }
    let size = bodies.iter().map(|body| body.len() as u64).sum();
    let packages = of(catalog.len() as u64, "package");
    writeln!(
        out,
        "{} with {}; a catalog of {packages}",
        of(bodies.len() as u64, "request"),
        bytes(size)
    )?;
    show::skipped(out, &skipped)?;
    if bodies.is_empty() {
        return Err(io::Error::other(
            "no request to serve; give a PATH with JSON files, or more `--bytes`",
        ));
    }

    for body in &bodies {
        if handle(body, &catalog) != handle_in_arena(body, &catalog) {
            return Err(io::Error::other("the two handlers gave different answers"));
        }
    }
    let serve = |handle: fn(&[u8], &Catalog) -> Answer| {
        memopt::record(|| {
            bodies.iter().for_each(|body| drop(std::hint::black_box(handle(body, &catalog))));
        })
    };
    let (before, after) = (serve(handle), serve(handle_in_arena));
    let first = handle(&bodies[0], &catalog).unwrap_or_default();
    writeln!(out, "\nthe first answer: {}..", first.chars().take(78).collect::<String>())?;
    writeln!(
        out,
        "\nbefore: the allocator; after: an arena. The same answers, and the same blocks asked \
         for:\n"
    )?;
    writeln!(out, "{}", before.report.diff(&after.report))?;
    let moved = |report: &memopt::Report| bytes(report.total().copied_bytes);
    let (before, after) = (moved(&before.report), moved(&after.report));
    writeln!(out, "bytes that moved because a buffer grew: {before} before, {after} after")?;

    let race = Race::run(RACE, |after| {
        for body in &bodies {
            let answer =
                if after { handle_in_arena(body, &catalog) } else { handle(body, &catalog) };
            drop(std::hint::black_box(answer));
        }
    });
    print_race(out, &race, bodies.len() as u64)?;
    print_chunks(out)
}

fn print_race(out: &mut impl Write, race: &Race, bodies: u64) -> io::Result<()> {
    let requests = race.rounds() * bodies;
    let a_request = |ns: f64| ns / bodies as f64 / 1000.0;
    writeln!(out, "\ntime per request, medians of {}, by turns:", of(race.rounds(), "round"))?;
    writeln!(
        out,
        "  before  {:>8.2} µs  ({} requests)",
        a_request(race.before()),
        count(requests)
    )?;
    writeln!(out, "  after   {:>8.2} µs  ({} requests)", a_request(race.after()), count(requests))?;
    writeln!(
        out,
        "  after ÷ before {:.2}; half of all rounds {:.2} to {:.2}",
        race.ratio(0.5),
        race.ratio(0.25),
        race.ratio(0.75)
    )
}

/// The memory behind the arena: what is taken by blocks, and what is kept for the next requests.
fn print_chunks(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nwhat holds memory for later:")?;
    for reclaimable in memopt::report().reclaimable() {
        writeln!(out, "  {}", reclaimable.name)?;
        writeln!(
            out,
            "    {} taken from the system, {} used again; now in use {}, most at once {}; kept {}",
            count(reclaimable.misses),
            count(reclaimable.hits),
            count(reclaimable.live),
            count(reclaimable.high_water),
            bytes(reclaimable.idle_bytes),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{handle, handle_in_arena};
    use crate::catalog::Catalog;
    use memopt_examples::input::Packages;

    #[test]
    fn both_handlers_answer_and_ask_for_the_same() {
        let catalog = Catalog::of(&Packages::default());
        let body = br#"{"names": ["one", "two"], "deep": {"deeper": [1, 2, null]}}"#;
        let plain = memopt::record(|| handle(body, &catalog));
        let arena = memopt::record(|| handle_in_arena(body, &catalog));
        assert!(plain.value.is_ok());
        assert_eq!(plain.value, arena.value);
        // What moves when a buffer grows is not the same: the last block of a chunk grows in place.
        let asked = |report: &memopt::Report| {
            let total = report.total();
            (total.allocs, total.bytes, total.frees, total.freed_bytes, total.reallocs)
        };
        assert_eq!(asked(&plain.report), asked(&arena.report));
        assert_eq!(handle(b"{", &catalog), handle_in_arena(b"{", &catalog));
    }
}
