//! The sentences.

mod saving;

use self::saving::{of, quantities, share_of_run, worth, would_save};
use super::{Evidence, tells_of_age};
use crate::label::{clean, shorten};
use crate::units::{bytes, count, counted, duration, on_lines, percent, signed_bytes};
use std::fmt;

/// Names of a chain shown; the others are counted.
const NAMES: usize = 4;
/// Columns of a name in a sentence.
const NAME: usize = 60;
/// Members of a group that are named; the others are counted.
const MEMBERS: usize = 6;

impl fmt::Display for Evidence {
    #[expect(clippy::too_many_lines, reason = "one arm a fact, nothing else")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameEveryCall { calls, blocks, bytes: each } => write!(
                f,
                "every one of {} made {}, {} in all, and kept nothing",
                counted(*calls, "call"),
                counted(*blocks, "block"),
                bytes(*each)
            ),
            Self::WouldSave { remedy, saving } => would_save(f, *remedy, saving),
            Self::CapacityAtOnce { capacity_bytes, saving, unused_bytes } => write!(
                f,
                "{} from the start would save {}{}, {} of {}; unused room it adds to a buffer: {} \
                 on average",
                bytes(*capacity_bytes),
                counted(saving.reallocs, "reallocation"),
                match saving.copied_bytes {
                    0 => String::new(),
                    copied => format!(" and {} of copying", bytes(copied)),
                },
                percent(saving.share),
                of(saving),
                bytes(*unused_bytes)
            )
            .and_then(|()| worth(f, saving)),
            Self::BlocksOfCalls { blocks, calls, mean_bytes, retained_share } => write!(
                f,
                "{} in {}, {} each on average; {} of the bytes stay after the call",
                counted(*blocks, "block"),
                counted(*calls, "call"),
                bytes(*mean_bytes),
                percent(*retained_share)
            ),
            Self::LiveTogether { peak_share, peak_bytes } => write!(
                f,
                "they live at the same time: a call holds {} of what it allocates at its peak, at \
                 most {}",
                percent(*peak_share),
                bytes(*peak_bytes)
            ),
            Self::OneSize { class_share, blocks, low_bytes, high_bytes } => {
                write!(
                    f,
                    "{} of its {} are of ",
                    percent(*class_share),
                    counted(*blocks, "block")
                )?;
                if low_bytes < high_bytes {
                    write!(f, "{} to ", bytes(*low_bytes))?;
                }
                f.write_str(&bytes(*high_bytes))
            }
            Self::FreedHere { freed_share, peak_bytes } => write!(
                f,
                "it frees {} of them itself; a call holds at most {} at once",
                percent(*freed_share),
                bytes(*peak_bytes)
            ),
            Self::Dropped { blocks, mean_bytes, of, by, caller } => {
                write!(
                    f,
                    "{} of its {} of {} on average ",
                    count(*blocks),
                    counted(*of, "block"),
                    bytes(*mean_bytes)
                )?;
                match by {
                    Some(by) if *caller => write!(f, "are dropped by its caller `{}`", name(by)),
                    Some(by) => write!(f, "are dropped inside the call, by `{}`", name(by)),
                    None if *caller => f.write_str("are dropped by its callers"),
                    None if *blocks < *of / 2 => f.write_str("are short-lived"),
                    None => f.write_str("are dropped before the call ends"),
                }
            }
            Self::Kept { blocks, mean_bytes, of } => write!(
                f,
                "{} of its {} of {} on average outlive the call",
                count(*blocks),
                counted(*of, "block"),
                bytes(*mean_bytes)
            ),
            Self::MadeBy { expression, line, other_lines } => write!(
                f,
                "made by `{}` on {}, by the look of the source",
                clean(expression),
                on_lines(*line, other_lines)
            ),
            Self::Beside { expression, line } => write!(
                f,
                "not counted: as many that `{}` on line {line} is taken to make",
                clean(expression)
            ),
            Self::SmallEnough { share, blocks, bytes: within } => write!(
                f,
                "{} of its {} end within {}",
                percent(*share),
                counted(*blocks, "block"),
                bytes(*within)
            ),
            Self::HandedOver { share, to } => {
                write!(f, "other threads free {} of its blocks", percent(*share))?;
                to.as_ref().map_or(Ok(()), |to| write!(f, ", most in `{}`", name(to)))
            }
            Self::OneBuffer { bytes: one, peak_bytes } => write!(
                f,
                "a call holds {} at its peak, {} of it in one buffer",
                bytes(*peak_bytes),
                bytes(*one)
            ),
            Self::EqualContents { share } => {
                write!(f, "{} of the sampled bytes equal those of another block", percent(*share))
            }
            Self::AllocatorTime { cpu_ns, cpu_share } => {
                write!(f, "its calls to the allocator take about {}", time(*cpu_ns))?;
                share_of_run(f, *cpu_share, "CPU time")
            }
            Self::MadeInside { package, function, share } => write!(
                f,
                "{} of its sampled blocks are made inside crate `{}`, by `{}`",
                percent(*share),
                clean(package),
                name(function)
            ),
            Self::Alternative { remedy, saving } => {
                write!(f, "or {}: ", remedy.name())?;
                quantities(f, saving)?;
                worth(f, saving)
            }
            Self::Members { sites } => {
                f.write_str("together: ")?;
                for (i, (site, share)) in sites.iter().take(MEMBERS).enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}`{}` {}", name(site), percent(*share))?;
                }
                match sites.len().saturating_sub(MEMBERS) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::Grew { buffers, reallocs, copied_bytes } => {
                write!(
                    f,
                    "{} grew by {}",
                    counted(*buffers, "buffer"),
                    counted(*reallocs, "reallocation")
                )?;
                match copied_bytes {
                    0 => Ok(()),
                    moved => write!(f, ", which moved {}", bytes(*moved)),
                }
            }
            Self::FinalCapacity { min_bytes, max_bytes, .. } if min_bytes == max_bytes => {
                write!(f, "final capacity: {}, every time", bytes(*max_bytes))
            }
            Self::FinalCapacity { p50_bytes, p95_bytes, max_bytes, .. } => write!(
                f,
                "final capacity: {} p50, {} p95, {} max",
                bytes(*p50_bytes),
                bytes(*p95_bytes),
                bytes(*max_bytes)
            ),
            Self::ObservedCapacity { collections, held_bytes, used_bytes, max_slack_bytes } => {
                write!(
                    f,
                    "{} held {} and used {} of it; the largest slack was {}",
                    counted(*collections, "observed collection"),
                    bytes(*held_bytes),
                    bytes(*used_bytes),
                    bytes(*max_slack_bytes)
                )
            }
            Self::ShrunkAgain { reallocs, bytes: back, allocated_bytes } => write!(
                f,
                "{} gave back {} of {}",
                counted(*reallocs, "shrinking reallocation"),
                bytes(*back),
                bytes(*allocated_bytes)
            ),
            Self::PeakOfCalls { p50_bytes, p99_bytes, max_bytes } => write!(
                f,
                "peak of a call: {} p50, {} p99, {} max; ×{:.1} from p50 to p99",
                bytes(*p50_bytes),
                bytes(*p99_bytes),
                bytes(*max_bytes),
                *p99_bytes as f64 / (*p50_bytes).max(1) as f64
            ),
            Self::FollowsInput { spread, retained_share } => write!(
                f,
                "bytes allocated by a call spread likewise (×{spread:.1}), and it keeps {} of its \
                 peak",
                percent(*retained_share)
            ),
            Self::OwnTraffic { calls, blocks, bytes: own } => write!(
                f,
                "in {} it made {} itself, {} in all",
                counted(*calls, "call"),
                counted(*blocks, "block"),
                bytes(*own)
            ),
            Self::TrafficOfCalls { p50_bytes, max_bytes, peak_bytes, retained_bytes } => write!(
                f,
                "a call allocates {} p50 and {} max, including inner sites; it holds at most {} \
                 and keeps {}",
                bytes(*p50_bytes),
                bytes(*max_bytes),
                bytes(*peak_bytes),
                bytes(*retained_bytes)
            ),
            Self::TasksRose { points, span_ns, first, middle, last } => write!(
                f,
                "their number never fell in {points} readings over {}: {} at first, {} in the \
                 middle, {} now",
                time(*span_ns),
                count(*first),
                count(*middle),
                count(*last)
            ),
            Self::TasksStillAlive { alive, of, oldest_ns, median_ns } => write!(
                f,
                "{} of the {} that were alive in the middle still are; the oldest is {} old, the \
                 median {}",
                count(*alive),
                count(*of),
                time(*oldest_ns),
                time(*median_ns)
            ),
            Self::TasksHold { held_bytes, future_bytes, completed, cancelled } => write!(
                f,
                "they hold {}, and {} as futures; {} completed, {} cancelled",
                signed_bytes(*held_bytes),
                bytes(*future_bytes),
                count(*completed),
                count(*cancelled)
            ),
            Self::TasksWait { tasks, site } => {
                write!(f, "{} of them wait in `{}`", count(*tasks), shorten(&clean(site), NAME))
            }
            Self::LowestRose { first_bytes, last_bytes, windows, span_ns, tau, p } => write!(
                f,
                "its lowest level rose from {} to {} over {} and {}; {} (Kendall's tau {tau:.2}, p \
                 {})",
                bytes(*first_bytes),
                bytes(*last_bytes),
                counted(*windows, "window"),
                time(*span_ns),
                if *tau >= 1.0 - 1e-9 {
                    "each higher than all earlier ones"
                } else {
                    "the later the higher"
                },
                if *p < 0.001 { "below 0.001".to_owned() } else { format!("{p:.3}") }
            ),
            Self::GrowthRate {
                bytes_per_second,
                low_bytes_per_second,
                high_bytes_per_second,
                late_ratio,
            } => {
                let [rate, low, high] =
                    [bytes_per_second, low_bytes_per_second, high_bytes_per_second]
                        .map(|rate| whole(*rate));
                write!(f, "{rate} a second (95 %: {low} to {high}); ")?;
                match late_ratio {
                    Some(ratio) => {
                        write!(
                            f,
                            "the second half grew at {:.2} times the rate of the first",
                            ratio.min(9.99)
                        )
                    }
                    None => {
                        f.write_str("it doubles in steps, like a collection that is only added to")
                    }
                }
            }
            Self::GenerationsLive { generations, windows, freed_lifetime_ns } => {
                let intervals = counted(*windows, "interval");
                let lived = |lived: &u64| {
                    format!("those that were freed lived {} on average", time(*lived))
                };
                let age = tells_of_age(*generations, *windows).then(|| {
                    let of = if generations == windows {
                        format!("each of the {intervals}")
                    } else {
                        format!("at least {generations} of the {intervals}")
                    };
                    format!("blocks made in {of} between these windows are still in use")
                });
                let parts = [age, freed_lifetime_ns.as_ref().map(lived)];
                f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
            }
            Self::ReachesLimit { limit_bytes, in_ns } => {
                write!(
                    f,
                    "alone it reaches the limit of {} in {}",
                    bytes(*limit_bytes),
                    time(*in_ns)
                )
            }
            Self::MostlyIn { scopes } => write!(f, "most of it in {}", chain(scopes)),
            Self::Stack { functions } => write!(f, "stack: {}", chain(functions)),
            Self::ObservedLately { held_bytes, used_share, observations } => write!(
                f,
                "collections shown to `observe` in the last half of the watch held {} on average \
                 and used {} of it ({})",
                bytes(*held_bytes),
                percent(*used_share),
                counted(*observations, "observation")
            ),
            Self::LargeVariant { type_name, variant, bytes: each, boxed_bytes } => write!(
                f,
                "a value of `{0}` takes {1} for its variant `{0}::{2}`, and would take {3} without, \
                 by the look of the source",
                name(type_name),
                bytes(*each),
                name(variant),
                bytes(*boxed_bytes)
            ),
            Self::NeverWritten { unwritten_share, looked_at_bytes } => write!(
                f,
                "{} of {} looked at were never written",
                percent(*unwritten_share),
                bytes(*looked_at_bytes)
            ),
            Self::RoundedUp { asked_bytes, taken_bytes } => write!(
                f,
                "{} asked for take up {} in the allocator",
                bytes(*asked_bytes),
                bytes(*taken_bytes)
            ),
            Self::FewStayed { most_bytes, most_blocks, now_bytes, now_blocks } => write!(
                f,
                "{} in {} at most, now {} in {}, {} each",
                bytes(*most_bytes),
                counted(*most_blocks, "block"),
                bytes(*now_bytes),
                counted(*now_blocks, "block"),
                bytes(now_bytes / (*now_blocks).max(1))
            ),
            Self::OldAsThePeak { bytes: old } => write!(
                f,
                "at least {} of these were already in use at the peak. How full they are is not \
                 known; `memopt::runtime::observe(&collection)` tells",
                bytes(*old)
            ),
            Self::ProcessHeld { peak_bytes, since_bytes, resident_bytes } => write!(
                f,
                "the process held {} at its peak and {} since; {} are resident",
                bytes(*peak_bytes),
                bytes(*since_bytes),
                bytes(*resident_bytes)
            ),
            Self::ResidentUnused { now_bytes, before_bytes, here_share } => write!(
                f,
                "resident and not in use: {} at the least, {} before; {} of what was given up was \
                 here",
                bytes(*now_bytes),
                bytes(*before_bytes),
                percent(*here_share)
            ),
        }
    }
}

fn name(site: &str) -> String {
    shorten(&clean(site), NAME)
}

fn time(ns: u64) -> String {
    duration(ns as f64)
}

/// A rate, which may be below zero by chance.
fn whole(rate: f64) -> String {
    bytes(rate.max(0.0).round() as u64)
}

/// `a`, from `b`, from `c`, and 3 more.
fn chain(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES).map(|name| format!("`{name}`")).collect();
    let first = shown.join(", from ");
    match names.len().saturating_sub(NAMES) {
        0 => first,
        more => format!("{first}, from {more} more"),
    }
}
