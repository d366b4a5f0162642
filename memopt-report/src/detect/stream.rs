//! A call whose peak follows its input and stays nowhere: hold one item at a time.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::label::{clean, shorten};
use crate::model::reclaimable::Remedy;
use crate::units::ratio;
use crate::{Stat, units};

pub(super) const RULE: Rule =
    Rule { code: "memopt::stream", waste: Waste::Peak, remedy: Some(Remedy::Stream), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    if subject.calls() < limits::STREAM_CALLS { whole_input(subject) } else { spread(subject) }
}

/// Many calls whose peaks spread as their input does.
fn spread(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let spread = |stat: &Stat| ratio(stat.p99(), stat.p50());
    let (peaks, inputs) = (spread(&site.peak), spread(&site.bytes));
    // What calls hold and what they allocate spread alike: the peak follows the input.
    let follows_input = peaks >= limits::STREAM_SPREAD && inputs >= peaks / 2.0;
    let kept = ratio(site.retained.total(), site.peak.total());
    if site.peak.max() < limits::MIN_PEAK
        || !follows_input
        || kept > limits::STREAM_KEPT
        || subject.peaks_in_an_inner_scope(Stat::p99)
    {
        return None;
    }
    // Modest: that a large input needs no more than a middling one does now.
    let held = site.peak.max().saturating_sub(site.peak.p50());
    let saving = Saving { peak_bytes: held, ..Saving::default() };
    let saving = saving.sharing(&[(subject.share_of_peak(held), Quantity::Peak)]);
    // A small part of the highest peak is not what limits the program.
    if saving.share < limits::STREAM_SHARE {
        return None;
    }
    let saving = subject.priced(saving);
    Some(Claim {
        title: format!("`{}` holds memory in proportion to its input", subject.name()),
        label: format!(
            "a call holds up to {}, typically {}",
            units::bytes(site.peak.max()),
            units::bytes(site.peak.p50())
        ),
        evidence: vec![
            Evidence::PeakOfCalls {
                p50_bytes: site.peak.p50(),
                p99_bytes: site.peak.p99(),
                max_bytes: site.peak.max(),
            },
            Evidence::FollowsInput { spread: inputs, retained_share: kept },
            Evidence::WouldSave { remedy: Remedy::Stream, saving },
        ],
        help: help(None),
        share: saving.share,
        saving,
    })
}

/// A few calls, as of a command, which hold a whole input or output in one buffer.
fn whole_input(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let peak = site.peak.max();
    let made = site.size_classes.iter().map(|class| class.high).max().unwrap_or(0);
    let buffer = made.max(site.final_capacity.max()).min(peak);
    // A buffer that grew step by step, or that the source says takes all there is.
    if peak < limits::STREAM_ONCE || ratio(buffer, peak) < limits::STREAM_INPUT {
        return None;
    }
    let grew = site.grows >= limits::STREAM_GROWS && site.final_capacity.max() >= buffer / 2;
    let body = subject.body();
    let body = body.as_deref();
    let reads = body.is_some_and(|body| body.has(&[Makes::Input]));
    // What is sorted is needed at once; what a caller keeps is needed later.
    let needed = || body.is_some_and(Body::sorts) || is_sorted_by_caller(subject, buffer);
    if !(reads || grew) || kept_for_long(subject, buffer) || needed() {
        return None;
    }
    // Of a whole input the source tells; another buffer must be most of what is held.
    if !reads && ratio(buffer, peak) < limits::STREAM_ONE_BUFFER {
        return None;
    }
    let saving = Saving { peak_bytes: buffer, ..Saving::default() };
    let saving = saving.sharing(&[(subject.share_of_peak(buffer), Quantity::Peak)]);
    if saving.share < if reads { limits::STREAM_INPUT } else { limits::STREAM_SHARE } {
        return None;
    }
    let saving = subject.priced(saving);
    let mut evidence = vec![Evidence::OneBuffer { bytes: buffer, peak_bytes: peak }];
    let label = format!("one buffer of {}", units::bytes(buffer));
    let would_save = Evidence::WouldSave { remedy: Remedy::Stream, saving };
    let lender = lender(subject, body, buffer).filter(|_| !reads);
    if let Some(lender) = lender {
        evidence.push(would_save);
        let title = format!("`{}` fills a whole buffer that `{lender}` holds", subject.name());
        let help = help_lender(&lender);
        return Some(Claim { title, label, evidence, help, share: saving.share, saving });
    }
    let telling = body.and_then(|body| {
        body.first(&[Makes::Input]).or_else(|| body.first(&[Makes::Collected, Makes::Empty]))
    });
    evidence.extend(telling.map(Made::evidence));
    evidence.push(would_save);
    Some(Claim {
        title: format!("`{}` holds a whole input or result at once", subject.name()),
        label,
        evidence,
        help: help(telling),
        share: saving.share,
        saving,
    })
}

/// The caller that lends the buffer which is filled here, and drops it.
fn lender(subject: &Subject<'_>, body: Option<&Body>, buffer: u64) -> Option<String> {
    let is_lent = body.is_some_and(Body::fills_what_is_lent);
    let caller = dropping_caller(subject, buffer).filter(|_| is_lent)?;
    Some(shorten(&clean(&subject.other(caller).name), 40))
}

/// The caller that drops a buffer of this size.
fn dropping_caller(subject: &Subject<'_>, buffer: u64) -> Option<usize> {
    let freed = subject.freed();
    freed.caller.filter(|_| freed.by_caller.bytes >= buffer / 2)
}

/// Whether the caller that gets a buffer of this size sorts: then all of it is needed at once.
fn is_sorted_by_caller(subject: &Subject<'_>, buffer: u64) -> bool {
    let caller = dropping_caller(subject, buffer).and_then(|caller| subject.body_of(caller));
    caller.is_some_and(|body| body.sorts())
}

fn help_lender(lender: &str) -> String {
    format!(
        "hand each piece on as it is made: let `{lender}` pass in the step that comes next (a \
         writer, a closure, or both steps as one) in place of a buffer that is read when it is full"
    )
}

/// Whether a buffer of this size outlives its callers too.
fn kept_for_long(subject: &Subject<'_>, buffer: u64) -> bool {
    subject.freed().kept.bytes >= buffer / 2
}

fn help(made: Option<&Made>) -> String {
    let instead = made
        .map_or(String::new(), |made| format!(" in place of `{}` ({})", made.text, made.lines()));
    format!(
        "take the input piece by piece{instead} (`BufRead::read_line`, `Read::read` into one fixed \
         buffer, an iterator in place of a `Vec`) and hand each piece on before the next is read; \
         of what is kept of it keep each distinct value once. Where it fills a `Vec` that is \
         returned, `#[memopt::streamed]` gives the rows out one at a time"
    )
}
