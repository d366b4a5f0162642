//! A comparison as text: the whole run, then a block of lines for each site that moved.

use super::{Comparison, Figure, Judgement, SiteChange};
use crate::paint::{Look, Tone};
use crate::quantity::{Quantity, change};
use memopt_report::label::{clean, shorten, width, wrap};
use memopt_report::units;
use std::fmt::{self, Write as _};

/// A comparison for people; its `Display` is the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DiffText<'a> {
    /// What is shown.
    pub(crate) comparison: &'a Comparison<'a>,
    /// Sites shown at most.
    pub(crate) limit: usize,
    /// Figures that moved by less than this share of what they were are left out.
    pub(crate) least: f64,
    /// Colours and columns.
    pub(crate) look: Look,
}

const LABEL: usize = 22;
const CELL: usize = 13;

impl fmt::Display for DiffText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { comparison, look, .. } = *self;
        for (side, report) in [("older", comparison.before), ("newer", comparison.after)] {
            if let Some(notice) = report.status().notice().and_then(|text| text.lines().next()) {
                for line in wrap(&format!("warning: in the {side} report {notice}"), look.width) {
                    writeln!(f, "{}", look.paint(Tone::Warn, line))?;
                }
            }
        }
        let head = format!("{:LABEL$}{:>CELL$}{:>CELL$}{:>CELL$}", "", "before", "after", "change");
        writeln!(f, "{}", look.paint(Tone::Faint, head))?;
        writeln!(f, "{}", look.paint(Tone::Strong, "whole run"))?;
        for figure in &comparison.total {
            if figure.before.value() > 0.0 || figure.after.value() > 0.0 {
                let name = match figure.quantity {
                    Quantity::Peak => "highest peak",
                    Quantity::Retained => "still live",
                    quantity => quantity.noun(),
                };
                self.line(f, name, figure)?;
            }
        }
        let [before, after] = [comparison.before, comparison.after].map(|r| {
            (r.served_blocks(), r.total().allocs.saturating_sub(r.served_blocks()) as f64)
        });
        if before.0 + after.0 > 0 {
            let [old, new] = [before.1, after.1].map(|blocks| units::count_short(blocks as u64));
            let line = row("from allocator", &old, &new, &change(before.1, after.1), "not judged");
            writeln!(f, "{}", look.paint(Tone::Faint, line))?;
        }
        let elapsed = [comparison.before, comparison.after].map(|r| r.elapsed().as_nanos() as f64);
        let cells = elapsed.map(units::duration);
        let line = row("time", &cells[0], &cells[1], &change(elapsed[0], elapsed[1]), "not judged");
        writeln!(f, "{}", look.paint(Tone::Faint, line))?;

        let (moved, still): (Vec<&SiteChange<'_>>, Vec<_>) =
            comparison.sites.iter().partition(|site| self.figures(site).next().is_some());
        for site in moved.iter().take(self.limit) {
            self.site(f, site)?;
        }
        writeln!(f)?;
        let mut notes = Vec::new();
        if let Some(cut) = moved.len().checked_sub(self.limit).filter(|cut| *cut > 0) {
            let sites = units::counted(cut as u64, "site");
            notes.push(format!(
                "+ {sites} not shown, whose changes matter less; --limit shows more"
            ));
        }
        let within = match self.least {
            0.0 => String::new(),
            least => format!(" (within {})", units::percent(least)),
        };
        let sites = units::counted(still.len() as u64, "site");
        notes.push(format!("= {sites} with the same figures a call{within}"));
        notes.push(match comparison.runs {
            1 => "counts are exact, so any difference counts; where a program's own runs differ, \
                  --noise FILE gives more runs of the older version"
                .to_owned(),
            runs => format!("noise: within what {runs} runs of the older version span"),
        });
        for line in notes.iter().flat_map(|note| wrap(note, look.width)) {
            writeln!(f, "{}", look.paint(Tone::Faint, line))?;
        }
        Ok(())
    }
}

impl DiffText<'_> {
    /// The figures of a site worth a line.
    fn figures<'a>(&self, site: &'a SiteChange<'_>) -> impl Iterator<Item = &'a Figure> + use<'a> {
        let least = self.least;
        let in_one = site.is_in_one();
        site.figures.iter().filter(move |figure| {
            let (before, after) = (figure.before.value(), figure.after.value());
            let moved = figure.judgement != Judgement::Same;
            moved && (in_one || (after - before).abs() >= least * before.abs())
        })
    }

    fn site(&self, f: &mut fmt::Formatter<'_>, site: &SiteChange<'_>) -> fmt::Result {
        let look = self.look;
        let known = site.site();
        let place = match known.line {
            0 => clean(&known.file),
            line => format!("{}:{line}", clean(&known.file)),
        };
        let state = match (site.before, site.after) {
            (None, _) => " (new)",
            (_, None) => " (gone)",
            _ => "",
        };
        let name = clean(&known.name);
        let room = look.width.saturating_sub(width(state));
        let name = shorten(&name, room);
        let title = format!("{}{state}", look.paint(Tone::Strong, &name));
        if width(&name) + width(state) + 2 + width(&place) <= look.width {
            writeln!(f, "\n{title}  {}", look.paint(Tone::Faint, place))?;
        } else {
            let place = shorten(&place, look.width.saturating_sub(2));
            writeln!(f, "\n{title}\n  {}", look.paint(Tone::Faint, place))?;
        }
        let calls = |s: Option<&memopt_report::SiteReport>| s.map_or(0, |site| site.calls);
        let (before, after) = (calls(site.before), calls(site.after));
        let moved =
            if site.is_in_one() { String::new() } else { change(before as f64, after as f64) };
        let cell = |there: bool, n: u64| if there { count(n) } else { "-".to_owned() };
        let older = cell(site.before.is_some(), before);
        let newer = cell(site.after.is_some(), after);
        let line = row("calls", &older, &newer, &moved, "");
        writeln!(f, "{}", look.paint(Tone::Faint, line))?;
        for figure in self.figures(site) {
            let name = match figure.quantity {
                Quantity::Peak => "highest peak".to_owned(),
                quantity => format!("{}/call", quantity.noun()),
            };
            if site.is_in_one() {
                let show = |there: bool, value: f64| {
                    if there { figure.quantity.show(value) } else { "-".to_owned() }
                };
                let before = show(site.before.is_some(), figure.before.value());
                let after = show(site.after.is_some(), figure.after.value());
                writeln!(f, "{}", row(&name, &before, &after, "", ""))?;
            } else {
                self.line(f, &name, figure)?;
            }
        }
        Ok(())
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, name: &str, figure: &Figure) -> fmt::Result {
        let (before, after) = (figure.before.value(), figure.after.value());
        let show = |value| figure.quantity.show(value);
        let moved = change(before, after);
        let (word, tone) = match figure.judgement {
            Judgement::More => ("more", Some(Tone::Bad)),
            Judgement::Less => ("less", Some(Tone::Good)),
            Judgement::Noise => ("noise", Some(Tone::Faint)),
            Judgement::Same => ("", None),
        };
        let mut line = row(name, &show(before), &show(after), "", "");
        let pad = CELL.saturating_sub(width(&moved));
        let _ = write!(line, "{:pad$}", "");
        match tone {
            Some(tone) => {
                writeln!(f, "{line}{}", self.look.paint(tone, format_args!("{moved}  {word}")))
            }
            None => writeln!(f, "{line}{moved}"),
        }
    }
}

fn count(n: u64) -> String {
    let text = units::count(n);
    if width(&text) < CELL { text } else { units::count_short(n) }
}

/// A line of a figure, without what would be blank at its end.
fn row(name: &str, before: &str, after: &str, change: &str, word: &str) -> String {
    let mut line = format!("  {name:<20}");
    for cell in [before, after, change] {
        if cell.is_empty() && word.is_empty() {
            continue;
        }
        let pad = CELL.saturating_sub(width(cell));
        let _ = write!(line, "{:pad$}{cell}", "");
    }
    if !word.is_empty() {
        let _ = write!(line, "  {word}");
    }
    line
}
