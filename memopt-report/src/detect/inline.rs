//! Collections of a few small elements: keep them inside their owner.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::short;
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::inline", waste: Waste::Growth, remedy: Some(Remedy::Inline), check };

/// Moves of an owner that cost as a copy does; most are within registers or left out by the
/// compiler.
const MOVES: u64 = 1;

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let share = small_share(subject)?;
    let body = subject.body()?;
    let made = list(&body)?;
    let part = subject.fate().kept.and(subject.fate().by_caller).and(subject.fate().within);
    let mut saving = short::saving(subject, part, 0)?;
    saving.reallocs = (site.grows as f64 * share) as u64;
    let stays = subject.fate().kept.blocks > site.own.allocs / 2;
    saving = if stays { subject.priced_fresh(saving) } else { subject.priced(saving) };
    let bytes = site
        .size_classes
        .iter()
        .map(|class| class.high)
        .filter(|high| fit(*high))
        .max()
        .unwrap_or(limits::INLINE_BYTES);
    // Where they are held inside, each move of an owner moves them too.
    let saving = subject.less_moves(saving, MOVES * bytes * saving.allocs);
    let element = element(&body).map(|(name, size)| (name, (bytes / size).max(1)));
    let type_of = match &element {
        Some((name, n)) => format!("`SmallVec<[{name}; {n}]>`"),
        None => "`SmallVec<[T; N]>`".to_owned(),
    };
    Some(Claim {
        title: format!("`{}` makes collections of at most {}", subject.name(), units::bytes(bytes)),
        label: format!("{} of them end within {}", units::percent(share), units::bytes(bytes)),
        evidence: vec![
            Evidence::SmallEnough { share, blocks: site.own.allocs, bytes },
            made.evidence(),
            Evidence::WouldSave { remedy: Remedy::Inline, saving },
        ],
        help: format!(
            "hold the elements inside their owner: {type_of} (crate `smallvec`), or an array where \
             the number is fixed, in place of `{}` ({}). The owner grows by up to {}, which \
             every move of it copies",
            made.text,
            made.lines(),
            units::bytes(bytes)
        ),
        share: saving.share,
        saving,
    })
}

/// Whether a collection that ends at so many bytes is small.
fn fit(bytes: u64) -> bool {
    bytes <= limits::INLINE_BYTES
}

/// The share of its blocks that end small, where nearly all do.
fn small_share(subject: &Subject<'_>) -> Option<f64> {
    let site = subject.site;
    if site.own.allocs < limits::KEPT_BLOCKS || subject.growth_each() > 1.0 {
        return None;
    }
    // What blocks end at: those that grew by their last capacity, the others by their size.
    let grown: u64 =
        site.final_capacity.buckets().filter(|(low, ..)| !fit(*low)).map(|(.., n)| n).sum();
    let large: u64 =
        site.size_classes.iter().filter(|class| !fit(class.high)).map(|class| class.count).sum();
    let small = site.own.allocs.saturating_sub(large + grown);
    let share = ratio(small, site.own.allocs);
    (share >= limits::INLINE_SHARE).then_some(share)
}

/// Whether small collections are what it makes.
pub(super) fn fits(subject: &Subject<'_>) -> bool {
    small_share(subject).is_some() && subject.body().is_some_and(|body| list(&body).is_some())
}

/// The expression that makes a `Vec` of elements, where no string is made.
fn list(body: &Body) -> Option<&Made> {
    let strings = [Makes::Text, Makes::Case, Makes::Lines, Makes::Input, Makes::Boxed];
    if body.has(&strings) || body.signature.contains("String") {
        return None;
    }
    let is_list = |made: &&Made| {
        // Of `vec![value; n]` the source says that n is not known before.
        let asks = made.makes == Makes::Sized && made.text.contains("with_capacity");
        (asks || matches!(made.makes, Makes::List | Makes::Empty | Makes::Collected))
            && !made.text.contains("String")
            && !made.text.contains("Map")
    };
    // Elements of a list may be copied into it.
    let others = body.made.iter().filter(|made| made.makes != Makes::Copy);
    body.made.iter().find(is_list).filter(|_| others.clone().all(|made| is_list(&made)))
}

/// The type of the elements and its size, where the source names a primitive one.
fn element(body: &Body) -> Option<(&'static str, u64)> {
    const SIZES: [(&str, u64); 13] = [
        ("u8", 1),
        ("i8", 1),
        ("bool", 1),
        ("u16", 2),
        ("i16", 2),
        ("u32", 4),
        ("i32", 4),
        ("f32", 4),
        ("char", 4),
        ("u64", 8),
        ("i64", 8),
        ("f64", 8),
        ("usize", 8),
    ];
    let named = |text: &str| {
        let (_, rest) = text.split_once("Vec<").or_else(|| text.split_once("Vec::<"))?;
        let (name, _) = rest.split_once('>')?;
        SIZES.into_iter().find(|(known, _)| *known == name)
    };
    body.made.iter().find_map(|made| named(&made.text)).or_else(|| named(&body.signature))
}
