//! A call whose peak follows its input and stays nowhere: hold one item at a time.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::Saving;
use super::subject::{Subject, ratio};
use crate::model::reclaimable::Remedy;
use crate::{Stat, units};

pub(super) const RULE: Rule =
    Rule { code: "memopt::stream", waste: Waste::Peak, remedy: Some(Remedy::Stream), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let spread = |stat: &Stat| ratio(stat.p99(), stat.p50());
    let (peaks, inputs) = (spread(&site.peak), spread(&site.bytes));
    // What calls hold and what they allocate spread alike: the peak follows the input.
    let follows_input = peaks >= limits::STREAM_SPREAD && inputs >= peaks / 2.0;
    let kept = ratio(site.retained.total(), site.peak.total());
    if subject.calls() < limits::STREAM_CALLS
        || site.peak.max() < limits::MIN_PEAK
        || !follows_input
        || kept > limits::STREAM_KEPT
        || subject.peaks_in_an_inner_scope(Stat::p99)
    {
        return None;
    }
    // Modest: that a large input needs no more than a middling one does now.
    let held = site.peak.max().saturating_sub(site.peak.p50());
    let saving =
        Saving { peak_bytes: held, share: subject.share_of_peak(held), ..Saving::default() };
    // A small part of the highest peak is not what limits the program.
    if saving.share < limits::STREAM_SHARE {
        return None;
    }
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
        help: "where it fills a `Vec` that is returned, `#[memopt::streamed]` gives the rows out \
               one at a time. Else take the input piece by piece (`BufRead::read_line`, \
               `Read::read` into one fixed buffer, an iterator in place of a `Vec`) and hand each \
               piece on before the next is read"
            .to_owned(),
        share: saving.share,
        saving,
    })
}
