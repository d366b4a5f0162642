//! Blocks that wait for another thread: let the producer wait when the queue is full.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::bound", waste: Waste::Peak, remedy: Some(Remedy::Bound), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    // Which thread freed what, only the heap knows.
    let peak = subject.report.heap()?.peak_bytes;
    let heap = subject.of_heap()?;
    let (mut handed, mut freed) = (0, 0);
    for hand_off in &heap.hand_offs {
        freed += hand_off.freed.blocks;
        if hand_off.from_thread != hand_off.to_thread {
            handed += hand_off.freed.blocks;
        }
    }
    let (mut at_peak, mut live, mut blocks) = (0, 0, 0);
    for path in &heap.call_paths {
        at_peak += path.at_peak.bytes;
        blocks += path.at_peak.blocks;
        live += path.live.bytes;
    }
    // Most is handed over, waited at the peak, and has gone since.
    if ratio(handed, freed) < 0.9
        || at_peak < limits::FLOOR_BYTES
        || ratio(at_peak, peak) < limits::STREAM_SHARE
        || live > at_peak / 2
        || blocks < limits::REUSE_BLOCKS
    {
        return None;
    }
    let saving = subject.priced(Saving {
        peak_bytes: at_peak,
        share: ratio(at_peak, peak).min(1.0),
        share_of: Some(Quantity::Peak),
        ..Saving::default()
    });
    let taker = heap
        .hand_offs
        .iter()
        .max_by_key(|hand_off| hand_off.freed.blocks)
        .map(|hand_off| &hand_off.to);
    Some(Claim {
        title: format!("what `{}` makes waits for another thread", subject.name()),
        label: format!(
            "{} in {} waited at the peak",
            units::bytes(at_peak),
            units::counted(blocks, "block")
        ),
        evidence: vec![
            Evidence::HandedOver {
                share: ratio(handed, freed),
                to: taker.filter(|to| !to.is_empty()).cloned(),
            },
            Evidence::WouldSave { remedy: Remedy::Bound, saving },
        ],
        help: "give the queue a limit, so that the producer waits when the consumer is behind: \
               `std::sync::mpsc::sync_channel(n)`, `crossbeam_channel::bounded(n)`, \
               `tokio::sync::mpsc::channel(n)`"
            .to_owned(),
        share: saving.share,
        saving,
    })
}
