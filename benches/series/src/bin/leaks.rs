//! Leak verdicts of the monitor on recorded series, and on a generated suite: see the README of
//! this folder's parent.

use memopt_monitor::analysis::leak::{self, Leak, TimeToLimit, Verdict};
use memopt_monitor::analysis::sample::Sample;
use memopt_monitor::analysis::{forecast, patterns, trend};
use memopt_series::{columns, files, text};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

#[path = "../../../../memopt-monitor/tests/memory/mod.rs"]
mod memory;

const USAGE: &str = "usage: leaks --data DIR [--limit VALUE] [--explain]
       leaks --generated [--wide] [--seed NUMBER] [--parts NUMBER] [--explain]
       leaks --speed
--data: one JSON object for each .csv and .csv.gz file below DIR, whose second column is the value
--generated: precision, recall and time to verdict on series made from a seed; --wide with kinds that
cannot always be told apart
--speed: time of each analysis of 3,600 points";
/// Series of each sort in the suite.
const EACH: usize = 500;
const SEED: u64 = 12;
/// Parts of a series after which it is judged, to see when a leak is told.
const PARTS: usize = 20;

#[derive(Default)]
struct Options {
    data: Option<String>,
    generated: bool,
    wide: bool,
    speed: bool,
    seed: Option<u64>,
    parts: Option<usize>,
    limit: Option<f64>,
    explain: bool,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value\n{USAGE}"));
        match name.as_str() {
            "--data" => options.data = Some(value()?),
            "--limit" => options.limit = Some(value()?.parse()?),
            "--parts" => options.parts = Some(value()?.parse()?),
            "--seed" => options.seed = Some(value()?.parse()?),
            "--generated" => options.generated = true,
            "--wide" => options.wide = true,
            "--speed" => options.speed = true,
            "--explain" => options.explain = true,
            _ => return Err(format!("unknown option {name}\n{USAGE}").into()),
        }
    }
    if options.data.is_none() && !options.generated && !options.speed {
        return Err(USAGE.into());
    }
    Ok(options)
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    if let Some(folder) = &options.data {
        for file in files(Path::new(folder))? {
            let (seconds, values) = columns(&text(&file)?);
            let leak = leak::judge(&Sample::new(&seconds, &values), options.limit);
            let name = file.strip_prefix(folder).unwrap_or(&file);
            println!("{}", line(&name.to_string_lossy(), &leak));
            if options.explain {
                println!("    {}: {:?}", leak.verdict, leak.measured);
            }
        }
    }
    if options.generated {
        run(&options);
    }
    if options.speed {
        speed();
    }
    Ok(())
}

/// Time on a core, ms; by the clock where the system does not tell.
fn on_core() -> f64 {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let began = BEGAN.get_or_init(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| began.elapsed().as_secs_f64() * 1e3, |ns| ns / 1e6)
}

/// Prints the mean time on a core of each analysis of 3,600 points, over series of all kinds.
fn speed() {
    const POINTS: usize = 3_600;
    const ROUNDS: usize = 40;
    let samples: Vec<Sample> = memory::LEAKING
        .iter()
        .map(|kind| (*kind, true))
        .chain(memory::HEALTHY.iter().map(|kind| (*kind, false)))
        .map(|(kind, leaks)| {
            let mut random = memory::Random::new(SEED);
            let case = memory::case(memory::USUAL, kind, leaks, POINTS, &mut random);
            Sample::even(case.step, &case.values)
        })
        .collect();
    let time = |name: &str, analysis: &dyn Fn(&Sample) -> usize| {
        let began = on_core();
        for sample in samples.iter().cycle().take(samples.len() * ROUNDS) {
            std::hint::black_box(analysis(sample));
        }
        let each = (on_core() - began) / (samples.len() * ROUNDS) as f64;
        println!("{name:<10} {each:.2} ms");
    };
    time("leak", &|sample| usize::from(leak::judge(sample, Some(1e12)).slope.is_some()));
    time("trend", &|sample| usize::from(trend::trend(sample, trend::Least::default()).is_some()));
    time("patterns", &|sample| patterns::patterns(sample).len());
    time("forecast", &|sample| {
        forecast::forecast(sample, sample.span() / 4.0, 0.9).map_or(0, |found| found.bands.len())
    });
}

/// One JSON object. Time to limit is in seconds; null without a limit, and where it is never
/// reached.
fn line(name: &str, leak: &Leak) -> String {
    let number = |value: f64| serde_json::json!(Some(value).filter(|value| value.is_finite()));
    let time = |time: TimeToLimit| {
        serde_json::json!({
            "earliest": number(time.earliest),
            "likely": number(time.likely),
            "latest": number(time.latest),
        })
    };
    serde_json::json!({
        "file": name,
        "verdict": leak.verdict.name(),
        "slope": leak.slope.map(|line| line.slope),
        "confidence": leak.confidence,
        "time_to_limit": leak.time_to_limit.map(time),
    })
    .to_string()
}

#[derive(Default)]
struct Count {
    series: usize,
    told: usize,
    /// Parts of the series after which leaks were told for good, in percent.
    when: Vec<usize>,
    /// Parts of series at which a leak was told.
    parts: usize,
    early: usize,
}

fn leaks(sample: &Sample) -> bool {
    matches!(leak::judge(sample, None).verdict, Verdict::Leaking)
}

fn run(options: &Options) {
    let seed = options.seed.unwrap_or(SEED);
    let parts = options.parts.unwrap_or(PARTS).max(1);
    let reach = if options.wide { memory::WIDE } else { memory::USUAL };
    let began = Instant::now();
    let mut rows: Vec<(&str, bool, Count)> = Vec::new();
    for (at, case) in memory::suite(reach, seed, EACH).iter().enumerate() {
        let sample = Sample::even(case.step, &case.values);
        if !rows.iter().any(|row| row.0 == case.kind) {
            rows.push((case.kind, case.leaks, Count::default()));
        }
        let Some((_, _, row)) = rows.iter_mut().find(|row| row.0 == case.kind) else { continue };
        let told: Vec<bool> =
            (1..=parts).map(|part| leaks(&sample.part(0..sample.len() * part / parts))).collect();
        row.series += 1;
        row.parts += parts;
        row.early += told.iter().filter(|told| **told).count();
        if told[parts - 1] {
            row.told += 1;
            let from = told.iter().rposition(|told| !told).map_or(0, |last| last + 1);
            row.when.push((from + 1) * 100 / parts);
        }
        if options.explain {
            let leak = leak::judge(&sample, None);
            let right = if told[parts - 1] == case.leaks { "right" } else { "WRONG" };
            println!(
                "#{at} {right} {} n={} {}: {:.3?}",
                case.kind,
                sample.len(),
                leak.verdict,
                leak.measured
            );
        }
    }
    print!("{}", table(seed, &mut rows));
    eprintln!("{:.1} s", began.elapsed().as_secs_f64());
}

fn table(seed: u64, rows: &mut [(&str, bool, Count)]) -> String {
    let mut text = format!("seed {seed}, {EACH} series that leak and {EACH} that do not\n\n");
    let _ = writeln!(
        text,
        "{:<18} {:>6} {:>6}  {:>22}  told at parts",
        "kind", "series", "told", "told for good after"
    );
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    let mut all = Vec::new();
    for (kind, leaks, count) in rows {
        count.when.sort_unstable();
        let when = if *leaks { quantiles(&count.when) } else { String::new() };
        let share = 100.0 * count.early as f64 / count.parts as f64;
        let _ = writeln!(
            text,
            "{kind:<18} {:>6} {:>6}  {when:>22}  {share:.1} %",
            count.series, count.told
        );
        if *leaks {
            right += count.told;
            missed += count.series - count.told;
            all.append(&mut count.when);
        } else {
            wrong += count.told;
        }
    }
    all.sort_unstable();
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let _ = writeln!(
        text,
        "\nprecision {:.3}  recall {:.3}  time to verdict (half of leaks, nine tenths) {}",
        share(right, right + wrong),
        share(right, right + missed),
        quantiles(&all)
    );
    text
}

/// The median and the ninth decile of percentages.
fn quantiles(sorted: &[usize]) -> String {
    match sorted.len() {
        0 => "never".to_owned(),
        n => format!("{} %, {} %", sorted[n / 2], sorted[n * 9 / 10]),
    }
}
