//! Sites where most of it happens: where to look first when no rule knows a remedy.

use super::dependency;
use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::Saving;
use super::source::body::Makes;
use super::subject::{Subject, cpu_is_telling};
use crate::units::ratio;
use crate::{Stat, units};

pub(super) const BYTES: Rule = hot("memopt::hot-bytes", by_bytes);
pub(super) const COUNT: Rule = hot("memopt::hot-count", by_count);
pub(super) const PEAK: Rule = hot("memopt::hot-peak", by_peak);
pub(super) const CHURN: Rule = hot("memopt::hot-churn", by_churn);

const fn hot(code: &'static str, check: fn(&Subject<'_>) -> Option<Claim>) -> Rule {
    Rule { code, waste: Waste::Unknown, remedy: None, check }
}

fn by_bytes(subject: &Subject<'_>) -> Option<Claim> {
    let bytes = subject.site.self_bytes;
    claim(subject, subject.share_of_bytes(bytes), limits::HOT_SHARE, false, |share| {
        (format!("allocates {share} of all bytes itself"), units::bytes(bytes))
    })
}

fn by_count(subject: &Subject<'_>) -> Option<Claim> {
    let blocks = subject.site.self_allocs;
    claim(subject, subject.share_of_blocks(blocks), limits::HOT_SHARE, false, |share| {
        (format!("makes {share} of all blocks itself"), units::counted(blocks, "block"))
    })
}

fn by_churn(subject: &Subject<'_>) -> Option<Claim> {
    let churn = subject.site.own.bytes.min(subject.site.own.freed_bytes);
    claim(subject, subject.share_of_bytes(churn), limits::HOT_SHARE, false, |share| {
        (format!("allocates and frees again {share} of all bytes itself"), units::bytes(churn))
    })
}

fn by_peak(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let peak = site.peak.max();
    // The outermost sites hold what all sites inside them hold; that alone says nothing of them.
    let made_here = ratio(site.self_bytes, site.inclusive.bytes) >= 0.5;
    if peak < limits::MIN_PEAK || !made_here || subject.peaks_in_an_inner_scope(Stat::max) {
        return None;
    }
    claim(subject, subject.share_of_peak(peak), limits::HOT_PEAK, true, |share| {
        (format!("holds {share} of the highest peak in one call"), units::bytes(peak))
    })
}

/// What people do about values in boxes that stay.
fn boxes(subject: &Subject<'_>) -> Option<&'static str> {
    let body = subject.body()?;
    if !body.has(&[Makes::Boxed]) {
        return None;
    }
    Some(if body.is_dyn() {
        "it keeps a block for each `Box<dyn ..>`: where all types are known, an `enum` of them \
         needs none; where many are of one type, keep those in a `Vec` of that type"
    } else {
        "it keeps a block for each `Box::new(..)`: keep the nodes in one `Vec` and refer to them by \
         index (`u32`), or take them from an arena that lives as long (crates `bumpalo`, \
         `typed-arena`); what always has the same size needs no box"
    })
}

fn claim(
    subject: &Subject<'_>,
    share: f64,
    least: f64,
    is_peak: bool,
    say: impl FnOnce(String) -> (String, String),
) -> Option<Claim> {
    // A call that never ended has no figures per call to judge by.
    if share < least || subject.calls() == 0 {
        return None;
    }
    let site = subject.site;
    let (what, label) = say(units::percent(share));
    let inside = dependency::of(subject);
    let help = if let Some(known) = inside.as_ref().and_then(dependency::Inside::advice) {
        known
    } else if ratio(site.retained.total(), site.bytes.total()) >= limits::HOT_KEPT {
        if subject.body().is_some_and(|body| body.signature.contains("String")) {
            "nearly all it allocates outlives the call: return something borrowed (`&str`, `Cow`), \
             write into a buffer the caller passes in, or keep less (`Box<str>`, each value once)"
        } else {
            boxes(subject).unwrap_or(
                "nearly all it allocates outlives the call: keep many values in one collection and \
                 refer to them by index, fill one that the caller passes in, or keep fewer",
            )
        }
    } else if subject.inner().next().is_none() {
        "nothing inside is annotated: put `#[memopt::track_alloc]` on what it calls, or \
         `memopt::scope!` around its parts, to see which of them allocates"
    } else {
        "reducing it here reduces the total; inner sites have findings of their own"
    };
    let time = subject.priced(Saving {
        allocs: site.own.allocs,
        bytes: site.own.bytes,
        reallocs: site.own.reallocs,
        copied_bytes: site.own.copied_bytes,
        ..Saving::default()
    });
    let mut evidence = vec![
        Evidence::OwnTraffic {
            calls: site.calls,
            blocks: site.self_allocs,
            bytes: site.self_bytes,
        },
        Evidence::TrafficOfCalls {
            p50_bytes: site.bytes.p50(),
            max_bytes: site.bytes.max(),
            peak_bytes: site.peak.max(),
            retained_bytes: site.retained.mean() as u64,
        },
        Evidence::AllocatorTime { cpu_ns: time.cpu_ns, cpu_share: time.cpu_share },
    ];
    evidence.extend(inside.and_then(dependency::Inside::evidence));
    // Where the run's time is known, what the site takes of it is what it matters.
    let known = cpu_is_telling(subject.report);
    let is_much = is_peak && site.peak.max() >= limits::FLOOR_BYTES;
    let peak = if is_much { subject.share_of_memory(site.peak.max()) } else { 0.0 };
    Some(Claim {
        title: format!("`{}` {what}", subject.name()),
        label,
        evidence,
        help: help.to_owned(),
        saving: Saving::default(),
        share: if known { time.cpu_share.max(peak) } else { share },
    })
}
