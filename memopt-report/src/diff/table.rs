//! The text of a diff: one block of lines a site, one line a figure that moved.

use super::{Change, Diff, Presence, SiteDiff};
use crate::label::{self, clean, shorten, wrap};
use crate::text::grid::WIDTH;
use crate::{Status, units};
use std::fmt::{self, Write as _};

/// Changes below this share of the older figure are not shown.
const LEAST: f64 = 0.01;
/// Sites shown unless told otherwise.
const LIMIT: usize = 20;

/// A diff for people; its `Display` is the text.
#[derive(Clone, Copy, Debug)]
#[must_use = "a table is shown by its `Display`"]
pub struct DiffTable<'a> {
    diff: &'a Diff,
    least: f64,
    limit: usize,
}

impl Diff {
    /// The diff as text: figures that moved by at least 1 %, the 20 sites that moved most, unless
    /// told otherwise.
    pub fn table(&self) -> DiffTable<'_> {
        DiffTable { diff: self, least: LEAST, limit: LIMIT }
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

impl DiffTable<'_> {
    /// Shows figures that moved by more than this share (0 to 1) of what they were.
    pub fn at_least(self, share: f64) -> Self {
        Self { least: share, ..self }
    }

    /// Shows so many sites; the text says how many were left out.
    pub fn limit(self, sites: usize) -> Self {
        Self { limit: sites, ..self }
    }
}

/// Width of the columns right of the name, gaps included.
const FIGURES: usize = 2 + 14 + 2 + 11 + 2 + 11 + 2 + 8;

fn row(f: &mut String, name: &str, what: &str, cells: [&str; 3]) -> fmt::Result {
    let room = WIDTH - FIGURES;
    let name = shorten(name, room);
    let pad = room.saturating_sub(label::width(&name));
    let [before, after, change] = cells;
    let line = format!("{name}{:pad$}  {what:<14}  {before:>11}  {after:>11}  {change:>8}", "");
    writeln!(f, "{}", line.trim_end())
}

impl fmt::Display for DiffTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| self.write(out))
    }
}

impl DiffTable<'_> {
    fn write(&self, f: &mut String) -> fmt::Result {
        let Self { diff, least, limit } = *self;
        for (side, status) in [("older", diff.before.status), ("newer", diff.after.status)] {
            if let Some(notice) = status.notice().and_then(|notice| notice.lines().next()) {
                for line in wrap(&format!("warning: in the {side} report {notice}"), WIDTH) {
                    writeln!(f, "{line}")?;
                }
            }
        }
        row(f, "", "", ["before", "after", "change"])?;
        writeln!(f, "{}", "─".repeat(WIDTH))?;
        let whole = |figure: fn(&super::Side) -> u64| Change {
            before: figure(&diff.before) as f64,
            after: figure(&diff.after) as f64,
        };
        if [diff.before.status, diff.after.status] == [Status::Counting; 2] {
            figure(f, "whole run", "bytes", whole(|s| s.total.bytes), bytes)?;
            figure(f, "", "blocks", whole(|s| s.total.allocs), units::mean)?;
            if diff.before.served > 0 || diff.after.served > 0 {
                let asked = whole(|s| s.total.allocs.saturating_sub(s.served));
                figure(f, "", "from allocator", asked, units::mean)?;
            }
            figure(f, "", "reallocations", whole(|s| s.total.reallocs), units::mean)?;
        }
        figure(f, "", "elapsed", whole(|s| s.elapsed_ns), units::duration)?;

        let moved: Vec<&SiteDiff> =
            diff.sites.iter().filter(|site| !figures(site, least).is_empty()).collect();
        for site in moved.iter().take(limit) {
            let name = match site.presence {
                Presence::Both => clean(&site.name),
                Presence::New => format!("{} (new)", clean(&site.name)),
                Presence::Gone => format!("{} (gone)", clean(&site.name)),
            };
            for (i, (what, change, unit)) in figures(site, least).into_iter().enumerate() {
                let name = if i == 0 { name.as_str() } else { "" };
                match site.presence {
                    Presence::Both => figure(f, name, what, change, unit)?,
                    Presence::New => row(f, name, what, ["-", &unit_cell(unit, change.after), ""])?,
                    Presence::Gone => {
                        row(f, name, what, [&unit_cell(unit, change.before), "-", ""])?;
                    }
                }
            }
        }
        let same = diff.sites.len() - moved.len();
        if same > 0 {
            let sites = units::counted(same as u64, "site");
            writeln!(f, "= {sites} the same per call (within {})", units::percent(least))?;
        }
        if let Some(cut) = moved.len().checked_sub(limit).filter(|cut| *cut > 0) {
            let sites = units::counted(cut as u64, "site");
            writeln!(
                f,
                "+ {sites} not shown that moved less; see `diff.table().limit(..)` or the JSON"
            )?;
        }
        Ok(())
    }
}

type Figure = (&'static str, Change, fn(f64) -> String);

/// The figures of a site worth a line. The number of calls alone is none: it follows from the run's
/// length.
fn figures(site: &SiteDiff, least: f64) -> Vec<Figure> {
    let per_call: [Figure; 4] = [
        ("bytes/call", site.bytes, bytes),
        ("blocks/call", site.allocs, units::mean),
        ("highest peak", site.peak, bytes),
        ("retained/call", site.retained, bytes),
    ];
    let moved: Vec<Figure> =
        per_call.into_iter().filter(|(_, change, _)| change.exceeds(least)).collect();
    if moved.is_empty() && site.presence == Presence::Both {
        return moved;
    }
    std::iter::once(("calls", site.calls, units::mean as fn(f64) -> String)).chain(moved).collect()
}

fn figure(
    f: &mut String,
    name: &str,
    what: &str,
    change: Change,
    unit: fn(f64) -> String,
) -> fmt::Result {
    let ratio = match change.ratio() {
        None => "from 0".to_owned(),
        Some(1.0) => "=".to_owned(),
        Some(ratio) if ratio >= 999.5 => "×>999".to_owned(),
        Some(ratio) if ratio >= 99.5 => format!("×{ratio:.0}"),
        Some(ratio) if ratio >= 0.01 => format!("×{ratio:.2}"),
        Some(0.0) => "×0".to_owned(),
        Some(_) => "×<0.01".to_owned(),
    };
    row(f, name, what, [&unit_cell(unit, change.before), &unit_cell(unit, change.after), &ratio])
}

/// Numbers too long for their column are abbreviated.
fn unit_cell(unit: fn(f64) -> String, value: f64) -> String {
    let text = unit(value);
    if label::width(&text) <= 11 { text } else { units::count_short(value as u64) }
}

fn bytes(value: f64) -> String {
    units::bytes(value.round().max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use crate::tests::fixture::{self, Call};

    #[test]
    fn only_what_moved_is_shown() {
        let parse = |bytes, allocs| {
            fixture::site("app::parse").calls(100, Call { bytes, allocs, peak: 2048, retained: 0 })
        };
        let steady = || {
            fixture::site("app::steady").calls(5, Call { bytes: 64, allocs: 1, ..Call::default() })
        };
        let old = fixture::report(vec![parse(4096, 7), steady()], 0, 0);
        let new = fixture::report(vec![parse(2048, 7), steady()], 0, 0);
        let text = old.diff(&new).to_string();
        let line = text.lines().find(|l| l.contains("bytes/call")).unwrap();
        assert_eq!(
            line.split_whitespace().collect::<Vec<_>>().join(" "),
            "bytes/call 4.00 KiB 2.00 KiB ×0.50"
        );
        assert!(!text.contains("blocks/call"), "{text}");
        assert!(!text.contains("app::steady"), "{text}");
        assert!(text.contains("= 1 site the same per call (within 1.0 %)"), "{text}");
    }

    #[test]
    fn what_free_lists_serve_is_seen() {
        let run = || {
            let call = Call { bytes: 640, allocs: 10, peak: 64, retained: 0 };
            fixture::report(vec![fixture::site("app::generate").calls(100, call)], 0, 10)
        };
        let (old, mut new) = (run(), run());
        assert!(!old.diff(&new).to_string().contains("from allocator"));
        new.sites[0].treated_by = Some(crate::Remedy::Reuse);
        new.sites[0].passed_on = Some(40);
        let text = old.diff(&new).to_string();
        let line = text.lines().find(|l| l.contains("from allocator")).unwrap();
        assert_eq!(
            line.split_whitespace().collect::<Vec<_>>().join(" "),
            "from allocator 1,010 50 ×0.05"
        );
    }

    #[test]
    fn what_is_cut_is_said() {
        let site = |name, bytes| {
            fixture::site(name).calls(1, Call { bytes, allocs: 1, ..Call::default() })
        };
        let old = fixture::report(vec![], 0, 0);
        let new = fixture::report(vec![site("a", 1), site("b", 2), site("c", 3)], 0, 0);
        let text = old.diff(&new).table().limit(1).to_string();
        assert!(text.contains("c (new)"), "{text}");
        assert!(text.contains("+ 2 sites not shown"), "{text}");
    }
}
