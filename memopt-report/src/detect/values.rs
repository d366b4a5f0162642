//! The values that a site makes many of, told from the few larger blocks beside them: the list that
//! takes them, the text that they are put together to.

use super::fate::Part;
use super::limits;
use super::subject::{Class, Subject};
use crate::units::ratio;

/// A buffer that ends so many times as large as the values is none of them.
const FAR_LARGER: u64 = 4;

/// So many of a site's blocks, with the bytes of the values alone, where these are nearly all.
pub(super) fn alone(subject: &Subject<'_>, part: Part) -> Part {
    let Some(class) = subject.dominant_class() else { return part };
    let are_nearly_all = ratio(class.count, subject.site.own.allocs) >= limits::INLINE_SHARE;
    let grow = subject.site.grows > 0 && !grown_are_beside(subject);
    if are_nearly_all && !grow { of(subject, &class, part.blocks) } else { part }
}

/// As [`alone`], where the values may also be half of the blocks.
pub(super) fn of_half(subject: &Subject<'_>, part: Part) -> Part {
    let Some(class) = subject.dominant_class() else { return part };
    let share = ratio(class.count, subject.site.own.allocs);
    if !(limits::SHORT_LIVED..limits::INLINE_SHARE).contains(&share) {
        return alone(subject, part);
    }
    of(subject, &class, (part.blocks as f64 * share) as u64)
}

/// So many values, with the mean of all: the site's bytes less those of what is beside.
fn of(subject: &Subject<'_>, class: &Class, blocks: u64) -> Part {
    let site = subject.site;
    let far = class.high.saturating_mul(FAR_LARGER);
    let larger = site.size_classes.iter().filter(|class| class.low > far);
    let (mut bytes, mut count) = (site.own.bytes, site.own.allocs);
    for class in larger {
        bytes = bytes.saturating_sub(u64::midpoint(class.low, class.high) * class.count);
        count = count.saturating_sub(class.count);
    }
    if grown_are_beside(subject) {
        // A buffer that doubles ends at the lower end of a bucket.
        let grown = site.final_capacity.buckets().map(|(low, _, count)| low * count);
        bytes = bytes.saturating_sub(grown.sum());
    }
    let mean = ratio(bytes, count).clamp(class.low as f64, far as f64);
    Part { blocks, bytes: (blocks as f64 * mean) as u64 }
}

/// Growing reallocations of the values, and the bytes these moved.
pub(super) fn growth(subject: &Subject<'_>) -> (u64, u64) {
    if grown_are_beside(subject) {
        return (0, 0);
    }
    (subject.site.grows, subject.site.own.copied_bytes)
}

/// Whether the buffers that grew are few and far larger than the values.
fn grown_are_beside(subject: &Subject<'_>) -> bool {
    let (site, grown) = (subject.site, &subject.site.final_capacity);
    let are_few = ratio(grown.count(), site.own.allocs) <= 1.0 - limits::INLINE_SHARE;
    let high = subject.dominant_class().map_or(u64::MAX, |class| class.high);
    are_few && grown.mean() as u64 >= high.saturating_mul(FAR_LARGER)
}

#[cfg(test)]
mod tests {
    use super::{alone, growth};
    use crate::detect::fate::Part;
    use crate::detect::subject::{Whole, subjects};
    use crate::tests::fixture::{Call, report, site};

    /// 10 calls that make 20,000 words of 8 bytes each, and a list of so many bytes.
    fn words(list: u64) -> crate::Report {
        let bytes = 160_000 + list;
        let call = Call { bytes, allocs: 20_001, peak: bytes, retained: bytes };
        let words = site("words").calls(10, call).class(8, 200_000).class(96, 10);
        report(vec![words.growth(10, list, 13, list)], 0, 0)
    }

    #[test]
    fn a_list_that_grows_is_none_of_the_values_it_takes() {
        let report = words(786_432);
        let whole = Whole::of(&report);
        let subject = subjects(&whole).next().unwrap();
        let own = &subject.site.own;
        let all = Part { blocks: own.allocs, bytes: own.bytes };
        assert_eq!((all.mean(), alone(&subject, all).mean()), (47, 8));
        assert_eq!(growth(&subject), (0, 0));
    }

    #[test]
    fn values_that_grow_are_the_values() {
        let texts = site("texts").calls(100, Call { bytes: 64, allocs: 1, peak: 64, retained: 0 });
        let report = report(vec![texts.class(8, 100).growth(100, 64, 3, 56)], 0, 0);
        let whole = Whole::of(&report);
        let subject = subjects(&whole).next().unwrap();
        assert_eq!(alone(&subject, Part { blocks: 100, bytes: 6_400 }).mean(), 64);
        assert_eq!(growth(&subject), (300, 5_600));
    }
}
