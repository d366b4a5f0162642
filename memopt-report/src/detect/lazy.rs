//! Memory that is asked for and never written: ask for it when it is needed.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::lazy", waste: Waste::Slack, remedy: Some(Remedy::Lazy), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    // Only the sampler looks into blocks.
    let heap = subject.of_heap()?;
    let (mut unwritten, mut looked_at, mut at_peak) = (0, 0, 0);
    for path in &heap.call_paths {
        unwritten += path.contents.never_written;
        looked_at += path.contents.looked_at;
        at_peak += path.at_peak.bytes;
    }
    let share = ratio(unwritten, looked_at);
    if at_peak < limits::FLOOR_BYTES || share < limits::UNWRITTEN_SHARE {
        return None;
    }
    let bytes = (at_peak as f64 * share) as u64;
    let saving = subject.priced(Saving {
        peak_bytes: bytes,
        share: subject.share_of_peak(bytes).min(1.0),
        share_of: Some(Quantity::Peak),
        ..Saving::default()
    });
    Some(Claim {
        title: format!("`{}` asks for memory that is never written", subject.name()),
        label: format!("{} at the peak", units::bytes(at_peak)),
        evidence: vec![
            Evidence::NeverWritten { unwritten_share: share, looked_at_bytes: looked_at },
            Evidence::WouldSave { remedy: Remedy::Lazy, saving },
        ],
        help: "make it when it is first used (`LazyLock`, `OnceCell`, `#[memopt::lazy_load]`), or \
               ask for what is needed and let it grow"
            .to_owned(),
        share: saving.share,
        saving,
    })
}
