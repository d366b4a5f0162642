//! Ten million rows of text, three ways: into a `Vec`, by the iterator one would write by hand, and
//! by the `Vec` function under `#[memopt::streamed]`.
//!
//! ```console
//! cargo run --release --example streamed            # 10,000,000 rows
//! cargo run --release --example streamed 1000000
//! ```

use memopt::Error;
use memopt::remedy::ChunkReader;
use std::io::{self, Read};
use std::time::Instant;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Turns of each way; the quickest counts.
const TURNS: usize = 5;

/// `n;n²` for each n below a number, as a file of them would be read.
struct Table {
    next: u64,
    rows: u64,
    line: Vec<u8>,
    given: usize,
}

impl Table {
    fn new(rows: u64) -> Self {
        Self { next: 0, rows, line: Vec::new(), given: 0 }
    }
}

impl Read for Table {
    fn read(&mut self, mut into: &mut [u8]) -> io::Result<usize> {
        use std::io::Write as _;
        let room = into.len();
        while !into.is_empty() {
            if self.given == self.line.len() {
                if self.next == self.rows {
                    break;
                }
                self.line.clear();
                self.given = 0;
                writeln!(self.line, "{};{}", self.next, self.next.wrapping_mul(self.next))?;
                self.next += 1;
            }
            self.given += into.write(&self.line[self.given..])?;
        }
        Ok(room - into.len())
    }
}

type Row = (u64, u64);

fn parse(line: &str) -> Row {
    let (n, square) = line.split_once(';').unwrap_or((line, ""));
    (n.parse().unwrap_or(0), square.parse().unwrap_or(0))
}

/// As most programs begin.
fn all(rows: u64) -> Result<Vec<Row>, Error> {
    let mut out = Vec::new();
    let mut reader = ChunkReader::new(Table::new(rows));
    while let Some(line) = reader.next_line()? {
        out.push(parse(line));
    }
    Ok(out)
}

/// The same function with one line more.
#[memopt::streamed]
fn streamed(rows: u64) -> Result<Vec<Row>, Error> {
    let mut out = Vec::new();
    let mut reader = ChunkReader::new(Table::new(rows));
    while let Some(line) = reader.next_line()? {
        out.push(parse(line));
    }
    Ok(out)
}

/// The same by hand.
struct ByHand(ChunkReader<Table>);

impl Iterator for ByHand {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_line().map(|line| line.map(parse)).transpose()
    }
}

/// No reading and no parsing: what is left is the way an item goes.
#[memopt::streamed]
fn counted(rows: u64) -> Vec<u64> {
    let mut out = Vec::new();
    for n in 0..rows {
        out.push(n ^ (n >> 3));
    }
    out
}

#[memopt::streamed(chunk = 64)]
fn counted_by_64(rows: u64) -> Vec<u64> {
    let mut out = Vec::new();
    for n in 0..rows {
        out.push(n ^ (n >> 3));
    }
    out
}

fn sum(rows: impl Iterator<Item = Result<Row, Error>>) -> Result<u64, Error> {
    let mut sum = 0u64;
    for row in rows {
        let (n, square) = row?;
        sum = sum.wrapping_add(n ^ square);
    }
    Ok(sum)
}

struct Way<'a> {
    name: &'a str,
    run: Box<dyn Fn() -> Result<u64, Error> + Sync + 'a>,
    seconds: f64,
}

fn main() -> Result<(), Error> {
    let rows: u64 =
        std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(10_000_000);
    let mut ways = [
        Way {
            name: "by hand",
            run: Box::new(move || sum(ByHand(ChunkReader::new(Table::new(rows))))),
            seconds: f64::MAX,
        },
        Way { name: "streamed", run: Box::new(move || sum(streamed(rows))), seconds: f64::MAX },
        Way {
            name: "into a Vec",
            run: Box::new(move || sum(all(rows)?.into_iter().map(Ok))),
            seconds: f64::MAX,
        },
        Way {
            name: "counted, by hand",
            run: Box::new(move || {
                Ok((0..rows).map(|n| std::hint::black_box(n ^ (n >> 3))).fold(0, u64::wrapping_add))
            }),
            seconds: f64::MAX,
        },
        Way {
            name: "counted, streamed",
            run: Box::new(move || {
                Ok(counted(rows).map(std::hint::black_box).fold(0, u64::wrapping_add))
            }),
            seconds: f64::MAX,
        },
        Way {
            name: "counted, chunk = 64",
            run: Box::new(move || {
                Ok(counted_by_64(rows).map(std::hint::black_box).fold(0, u64::wrapping_add))
            }),
            seconds: f64::MAX,
        },
    ];
    for _ in 0..TURNS {
        for way in &mut ways {
            let began = Instant::now();
            std::hint::black_box((way.run)()?);
            way.seconds = way.seconds.min(began.elapsed().as_secs_f64());
        }
    }
    println!("{rows} rows; seconds are the least of {TURNS} turns\n");
    println!("{:<22}{:>12}{:>10}{:>12}", "", "peak bytes", "seconds", "of by hand");
    for (at, way) in ways.iter().enumerate() {
        // On a thread of its own, which has no buffer of an earlier reader to use again.
        let recording = std::thread::scope(|threads| {
            threads.spawn(|| memopt::record(|| (way.run)())).join().expect("it ran before")
        });
        recording.value?;
        let by_hand = &ways[if at < 3 { 0 } else { 3 }];
        let ratio = way.seconds / by_hand.seconds;
        println!(
            "{:<22}{:>12}{:>10.3}{:>11.2}x",
            way.name, recording.peak_bytes, way.seconds, ratio
        );
    }
    Ok(())
}
