//! Many small values that stay: one buffer and ranges, parts of the input, or each value once.

use super::evidence::Evidence;
use super::fate::Part;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::short;
use super::source::body::{Made, Makes};
use super::subject::Subject;
use super::values;
use crate::SiteReport;
use crate::label::{clean, shorten};
use crate::model::reclaimable::Remedy;
use crate::units;
use crate::units::ratio;

pub(super) const RULE: Rule =
    Rule { code: "memopt::batch", waste: Waste::Kept, remedy: Some(Remedy::Batch), check: batch };
pub(super) const BORROW: Rule = Rule {
    code: "memopt::borrow",
    waste: Waste::Kept,
    remedy: Some(Remedy::Borrow),
    check: borrow,
};
pub(super) const INTERN: Rule = Rule {
    code: "memopt::intern",
    waste: Waste::Kept,
    remedy: Some(Remedy::Intern),
    check: intern,
};

/// Small values that outlive the call, with the expression that makes them.
fn small_values(subject: &Subject<'_>) -> Option<(Part, Made)> {
    let (site, fate) = (subject.site, subject.fate());
    let mut part = fate.kept.and(fate.by_caller);
    // Of a call that has most of its blocks at once, as a command does, these stay as long.
    let a_call = |n: u64| n / subject.calls().max(1);
    let held = || ratio(subject.held_one_by_one(), a_call(fate.within.bytes));
    // A collection in each round may be what comes and goes beside.
    let sure = || !subject.body().is_some_and(|body| body.repeats_buffers());
    let together = fate.within.blocks > part.blocks
        && a_call(fate.within.blocks) >= limits::KEPT_BLOCKS
        && (held() >= limits::ALL_TOGETHER || (held() >= limits::TOGETHER && sure()));
    if together {
        part = part.and(fate.within);
    }
    // A caller that drops one value a call wants another remedy.
    let one_a_call = fate.by_caller.blocks > fate.kept.blocks
        && !subject.loops_inside()
        && !subject.stays_with_caller();
    if part.blocks < limits::KEPT_BLOCKS
        || ratio(part.blocks, site.own.allocs) < limits::SHORT_LIVED
        || part.mean() > limits::KEPT_BLOCK
        // A text made of parts may grow once.
        || subject.growth_each() > 1.0
        || one_a_call
    {
        return None;
    }
    let body = subject.body()?;
    let made = body.first(&[Makes::Copy, Makes::Lines, Makes::Text])?;
    (!made.text.ends_with("clone()")).then(|| (values::of_half(subject, part), made.clone()))
}

fn claim(
    subject: &Subject<'_>,
    (part, made): (Part, Made),
    remedy: Remedy,
    say: (String, String),
) -> Option<Claim> {
    // What is borrowed has no block, of what is put together the contents stay.
    let each = HEADER + if remedy == Remedy::Borrow { part.mean() } else { 0 };
    let saving = saving(subject, part, each)?;
    let (title, help) = say;
    let mut evidence = vec![
        Evidence::Kept {
            blocks: part.blocks,
            mean_bytes: part.mean(),
            of: subject.site.own.allocs,
        },
        made.evidence(),
        Evidence::WouldSave { remedy, saving },
    ];
    if let Some(equal) = equal_share(subject) {
        evidence.insert(1, Evidence::EqualContents { share: equal });
    }
    Some(Claim {
        title,
        label: format!("{} of {}", units::counted(part.blocks, "value"), units::bytes(part.mean())),
        evidence,
        help,
        share: saving.share,
        saving,
    })
}

/// Bytes of a block's header and rounding in the allocator.
const HEADER: u64 = 16;

/// Of each value that is held at once so many bytes are held less.
fn saving(subject: &Subject<'_>, part: Part, each: u64) -> Option<Saving> {
    let mut saving = short::saving(subject, part, 0)?;
    saving.bytes = 0;
    let at_once = part.blocks.min(at_once(subject, part.mean()));
    if at_once < limits::KEPT_BLOCKS {
        return None;
    }
    saving.retained_bytes = at_once * each;
    saving.share_of = None;
    let saving = saving.sharing(&[(subject.share_of_blocks(saving.allocs), Quantity::Blocks)]);
    Some(subject.priced_fresh(saving))
}

/// How many values of many calls are in use at once, at most: no more than a call of the site or of
/// its caller makes and holds, or than are in use now.
fn at_once(subject: &Subject<'_>, mean: u64) -> u64 {
    let in_a_call = |site: &SiteReport| site.allocs.max().min(site.peak.max() / mean);
    let caller = subject.fate().caller.map_or(0, |site| in_a_call(subject.other(site)));
    in_a_call(subject.site).max(caller).max(subject.fate().live.blocks)
}

fn batch(subject: &Subject<'_>) -> Option<Claim> {
    let found = small_values(subject)?;
    if input(subject, found.0).is_some()
        || parameter(subject, &found.1).is_some()
        || equals(subject)
    {
        return None;
    }
    let (lines, text) = (found.1.lines(), found.1.text.clone());
    let say = (
        format!("`{}` keeps a block for each of many small values", subject.name()),
        format!(
            "keep them in one buffer in place of `{text}` ({lines}): append to one `String` or \
             `Vec<u8>` and keep `Range<usize>` or `(offset, length)` for each; lines of a reader \
             by `read_line` into that buffer"
        ),
    );
    claim(subject, found, Remedy::Batch, say)
}

fn borrow(subject: &Subject<'_>) -> Option<Claim> {
    let found = small_values(subject)?;
    if equals(subject) {
        return None;
    }
    let (lines, text) = (found.1.lines(), found.1.text.clone());
    let Some(input) = input(subject, found.0) else {
        let parameter = parameter(subject, &found.1)?;
        let say = (
            format!("`{}` keeps copies of what it is lent", subject.name()),
            format!(
                "`{parameter}` is borrowed: keep it as it is (a lifetime on the type that holds it) \
                 in place of `{text}` ({lines}), and let the caller hold its input as long, in \
                 one buffer. Where it cannot, append to one `String` and keep ranges of it"
            ),
        );
        return claim(subject, found, Remedy::Borrow, say);
    };
    let say = (
        format!("`{}` copies parts of an input that is held whole", subject.name()),
        format!(
            "`{input}` holds the input as long: keep `&str` or `&[u8]` of it (a lifetime on the \
             type that holds them) in place of `{text}` ({lines}); or read the input piece by \
             piece and keep each distinct value once"
        ),
    );
    claim(subject, found, Remedy::Borrow, say)
}

fn intern(subject: &Subject<'_>) -> Option<Claim> {
    let found = small_values(subject)?;
    if !equals(subject) {
        return None;
    }
    let (lines, text) = (found.1.lines(), found.1.text.clone());
    let say = (
        format!("`{}` keeps equal values many times", subject.name()),
        format!(
            "keep each distinct value once in place of `{text}` ({lines}): a \
             `HashSet<Rc<str>>` or an interner that gives numbers (crate `string-interner`, `lasso`)"
        ),
    );
    claim(subject, found, Remedy::Intern, say)
}

/// The parameter that is copied, where it is borrowed text or bytes.
fn parameter(subject: &Subject<'_>, made: &Made) -> Option<String> {
    let name: String = made.text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let body = subject.body()?;
    let is_lent = body.signature.split([',', '(']).any(|parameter| {
        let Some((of, kind)) = parameter.split_once(':') else { return false };
        let kind = kind.trim().trim_start_matches('&').trim_start();
        let kind =
            if kind.starts_with('\'') { kind.split_once(' ').map_or("", |k| k.1) } else { kind };
        of.trim() == name
            && parameter.contains('&')
            && ["str", "[u8]"].iter().any(|t| kind.starts_with(t))
    });
    (is_lent && made.makes == Makes::Copy).then_some(name)
}

/// The site that holds a block as large as all the small ones together.
fn input(subject: &Subject<'_>, part: Part) -> Option<String> {
    let fate = subject.fate();
    // The site's own large block is the list of the values, unless it reads an input.
    let reads = subject.body().is_some_and(|body| body.has(&[Makes::Input]));
    let own = [subject.site].into_iter().filter(|_| reads);
    let near = own.chain(fate.caller.map(|site| subject.other(site))).chain(subject.inner());
    let holds = |low: u64| low >= 64 * 1024 && low >= part.bytes / 2;
    let largest = |site: &SiteReport| {
        let made = site.size_classes.iter().map(|class| class.high).max().unwrap_or(0);
        made.max(site.final_capacity.max())
    };
    near.into_iter().find(|site| holds(largest(site))).map(|site| shorten(&clean(&site.name), 40))
}

fn equals(subject: &Subject<'_>) -> bool {
    equal_share(subject).is_some_and(|share| share >= limits::EQUAL_SHARE)
}

/// Share of the sampled bytes of the site whose content another block of the same size had.
fn equal_share(subject: &Subject<'_>) -> Option<f64> {
    let paths = &subject.of_heap()?.call_paths;
    let (equal, looked_at) = paths.iter().fold((0, 0), |(equal, all), path| {
        (equal + path.contents.duplicate, all + path.contents.looked_at)
    });
    (looked_at > 0).then(|| ratio(equal, looked_at))
}
