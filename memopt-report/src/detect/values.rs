//! The values that a site makes many of, told from the few larger blocks beside them: the list that
//! takes them, the text that they are put together to.

use super::fate::Part;
use super::limits;
use super::subject::Subject;
use crate::units::ratio;

/// A buffer that ends so many times as large as the values is none of them.
const FAR_LARGER: u64 = 4;

/// So many of a site's blocks, with the bytes of the values alone, where these are nearly all.
pub(super) fn alone(subject: &Subject<'_>, part: Part) -> Part {
    let Some(class) = subject.dominant_class() else { return part };
    let are_nearly_all = ratio(class.count, subject.site.own.allocs) >= limits::INLINE_SHARE;
    // Where the mean is one of theirs, it is exact; sizes by class are not.
    if !are_nearly_all || part.mean() <= class.high {
        return part;
    }
    Part { blocks: part.blocks, bytes: part.blocks * class.mean() }
}

/// As [`alone`], where the values may also be half of the blocks.
pub(super) fn of_half(subject: &Subject<'_>, part: Part) -> Part {
    let Some(class) = subject.dominant_class() else { return part };
    let share = ratio(class.count, subject.site.own.allocs);
    if share < limits::SHORT_LIVED || share >= limits::INLINE_SHARE {
        return alone(subject, part);
    }
    let blocks = (part.blocks as f64 * share) as u64;
    Part { blocks, bytes: blocks * class.mean() }
}

/// Growing reallocations of the values, and the bytes these moved: none, where what grew is few and
/// far larger.
pub(super) fn growth(subject: &Subject<'_>) -> (u64, u64) {
    let (site, grown) = (subject.site, &subject.site.final_capacity);
    let are_few = ratio(grown.count(), site.own.allocs) <= 1.0 - limits::INLINE_SHARE;
    let high = subject.dominant_class().map_or(u64::MAX, |class| class.high);
    if are_few && grown.mean() as u64 >= high.saturating_mul(FAR_LARGER) {
        return (0, 0);
    }
    (site.grows, site.own.copied_bytes)
}
