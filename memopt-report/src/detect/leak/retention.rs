//! RETENTION: what was freed stays resident, since the allocator keeps it.

use super::limits;
use super::place::{Key, Place};
use super::process::Process;
use super::series::{Series, Whole};
use super::verdict::{Claim, LeakKind};
use crate::detect::evidence::Evidence;
use crate::units;

/// Whether the allocator keeps what was freed, and the place that had it: the one that holds so
/// much less than at its most.
pub(super) fn judge<'a>(
    whole: &Series<Whole>,
    places: impl Iterator<Item = (&'a Key, &'a Place)>,
    process: &Process,
) -> Option<(&'a Key, &'a Place, Claim)> {
    let (points, peak, rss) = (whole.points(), process.peak, process.rss?);
    if points.len() < limits::MIN_WINDOWS * limits::WINDOW_POINTS {
        return None;
    }
    // What is used again now and then is no loss: the lowest of the last half counts, with its
    // highest in use.
    let late = &points[points.len() / 2..];
    let gap = late.iter().map(|p| p.gap).min()??;
    let before = points.iter().filter_map(|p| p.gap).min()?;
    let in_use = late.iter().map(|p| p.most).max()?;
    let (kept, fallen) = (gap - before, peak.saturating_sub(in_use));
    if kept < limits::MIN_KEPT
        || (kept as f64) < limits::MIN_KEPT_OF_RSS * rss as f64
        || (fallen as f64) < limits::EXPLAINED * kept as f64
    {
        return None;
    }
    let given_up = |place: &Place| place.most_bytes.saturating_sub(place.now.live.bytes);
    let (key, place) = places.max_by_key(|(_, place)| given_up(place))?;
    let claim = Claim {
        kind: LeakKind::Retention,
        what: format!(
            "freed memory, and the allocator keeps {} of it resident",
            units::bytes(kept.min(fallen))
        ),
        label: format!(
            "{} in use at most, {} now",
            units::bytes(place.most_bytes),
            units::bytes(place.now.live.bytes)
        ),
        evidence: vec![
            Evidence::ProcessHeld { peak_bytes: peak, since_bytes: in_use, resident_bytes: rss },
            Evidence::ResidentUnused {
                now_bytes: gap,
                before_bytes: before,
                here_share: given_up(place).min(fallen) as f64 / fallen.max(1) as f64,
            },
        ],
        help: "hold less at the peak (a bounded channel, smaller batches, `#[memopt::streamed]`); \
               or give free memory back after it: `memopt::remedy::reclaim(Pressure::Critical)`, \
               and an allocator that does by itself"
            .to_owned(),
        bytes: kept.min(fallen),
        confidence: (fallen as f64 / kept as f64).min(1.0),
    };
    Some((key, place, claim))
}
