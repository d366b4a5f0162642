//! A list of values of an enum with one large variant: every value takes its room.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::percent;

pub(super) const RULE: Rule =
    Rule { code: "memopt::box", waste: Waste::Slack, remedy: Some(Remedy::Boxed), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let made = site.size_classes.iter().map(|class| class.high).max().unwrap_or(0);
    let buffer = made.max(site.final_capacity.max()).min(site.peak.max());
    if buffer < limits::FLOOR_BYTES {
        return None;
    }
    let body = subject.body()?;
    let listed = body.listed.iter().filter_map(|name| subject.enum_sizes(name));
    let sizes = listed.max_by_key(|sizes| sizes.bytes)?;
    let more = sizes.bytes.saturating_sub(sizes.boxed_bytes);
    if more < limits::VARIANT_MORE {
        return None;
    }
    // How many of the values are of that variant, only the program knows.
    let part = more as f64 / sizes.bytes as f64;
    let saves = (buffer as f64 * part) as u64;
    let saving = Saving { peak_bytes: saves, ..Saving::default() }
        .sharing(&[(subject.share_of_peak(saves).min(1.0), Quantity::Peak)]);
    let saving = subject.priced(saving);
    let (name, largest) = (&sizes.name, &sizes.largest);
    Some(Claim {
        title: format!("`{}` keeps values that one large variant fills out", subject.name()),
        label: format!("{} of `{name}` in one list", units::bytes(buffer)),
        evidence: vec![
            Evidence::LargeVariant {
                type_name: name.clone(),
                variant: largest.clone(),
                bytes: sizes.bytes,
                boxed_bytes: sizes.boxed_bytes,
            },
            Evidence::WouldSave { remedy: Remedy::Boxed, saving },
        ],
        help: format!(
            "put what `{name}::{largest}` holds into a `Box`, where most values are of the other \
             variants: a value then takes {} in place of {}, {} less, and each value of that \
             variant a block of its own",
            units::bytes(sizes.boxed_bytes),
            units::bytes(sizes.bytes),
            percent(part)
        ),
        share: saving.share,
        saving,
    })
}
