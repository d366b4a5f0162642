//! The site tree as indented text.

use super::frame;
use super::grid::WIDTH;
use super::names::Labels;
use crate::label::{self, OUTSIDE, shorten, width};
use crate::{Report, Status, Totals, units};
use std::cmp::Reverse;
use std::fmt::{self, Write as _};

/// Nodes below this share of all bytes are summed up in one line.
const MIN_SHARE: f64 = 0.005;
/// Guides are cut from the left beyond this depth, so that names keep their room.
const MAX_DEPTH: usize = 16;

/// The site tree of a report for people; its `Display` is the text.
///
/// Each line is one site as entered from the line it hangs on: bytes with all sites below, their
/// share of the total, bytes of the site itself, blocks with all sites below, calls.
#[derive(Clone, Copy, Debug)]
#[must_use = "a tree is shown by its `Display`"]
pub struct TreeText<'a> {
    report: &'a Report,
    min_share: f64,
}

impl Report {
    /// The site tree as indented text, without the nodes below 0.5 % of all bytes.
    pub fn tree_text(&self) -> TreeText<'_> {
        TreeText { report: self, min_share: MIN_SHARE }
    }
}

impl TreeText<'_> {
    /// Leaves out nodes whose inclusive bytes are a smaller share (0 to 1) of all bytes; 0 shows
    /// all.
    pub fn min_share(self, share: f64) -> Self {
        Self { min_share: share, ..self }
    }
}

/// One line to print.
struct Line {
    guides: Vec<bool>,
    text: Row,
}

enum Row {
    Node(usize),
    Cut { nodes: usize, sum: Totals },
}

impl fmt::Display for TreeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| self.write(out))
    }
}

impl TreeText<'_> {
    fn write(&self, f: &mut String) -> fmt::Result {
        let report = self.report;
        frame::notice(f, report.status, WIDTH)?;
        if report.status == Status::Off && report.tree.nodes.is_empty() {
            return Ok(());
        }
        let labels = Labels::below_common_path(report);
        let whole = &report.total;
        writeln!(
            f,
            "{:>6} {:>6} {:>6} {:>6} {:>6}  site",
            "bytes", "share", "self", "allocs", "calls"
        )?;
        for line in self.lines() {
            let (cells, name) = match line.text {
                Row::Node(index) => {
                    let node = &report.tree.nodes[index];
                    let name = labels.names.get(node.site).map_or("?", String::as_str);
                    (
                        cells(report, &node.inclusive, Some(&node.own), Some(node.calls)),
                        name.to_owned(),
                    )
                }
                Row::Cut { nodes, sum } => {
                    let more = format!("… {nodes} smaller");
                    (cells(report, &sum, None, None), more)
                }
            };
            let guides = guides(&line.guides);
            let room = WIDTH.saturating_sub(width(&cells) + width(&guides));
            writeln!(f, "{cells}{guides}{}", shorten(&name, room))?;
        }
        if report.status == Status::Counting && whole.bytes > 0 {
            writeln!(f, "{}{OUTSIDE}", cells(report, &report.unattributed, None, None))?;
        }
        if let Some(prefix) = &labels.prefix {
            writeln!(f, "names are below `{}`", shorten(prefix, WIDTH - 20))?;
        }
        Ok(())
    }
}

fn cells(report: &Report, inclusive: &Totals, own: Option<&Totals>, calls: Option<u64>) -> String {
    let known = report.status == Status::Counting;
    let cell = |text: Option<String>| text.filter(|_| known).unwrap_or_else(|| "-".to_owned());
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        "{:>6} {:>6} {:>6} {:>6} {:>6}  ",
        cell(Some(units::bytes_short(inclusive.bytes, 3))),
        cell(Some(units::share(inclusive.bytes, report.total.bytes).replace(' ', ""))),
        cell(own.map(|own| units::bytes_short(own.bytes, 3))),
        cell(Some(units::count_short(inclusive.allocs))),
        calls.map_or_else(|| "-".to_owned(), units::count_short),
    );
    out
}

/// `last[i]`: whether the line's ancestor at depth `i + 1` is the last of its siblings.
fn guides(last: &[bool]) -> String {
    let Some((own, above)) = last.split_last() else { return String::new() };
    let (mark, above) = match above.len().checked_sub(MAX_DEPTH) {
        Some(skipped) => (format!("({skipped} up) "), &above[skipped..]),
        None => (String::new(), above),
    };
    let bars: String = above.iter().map(|last| if *last { "   " } else { "│  " }).collect();
    format!("{mark}{bars}{}", if *own { "└─ " } else { "├─ " })
}

impl TreeText<'_> {
    /// All lines in the order of printing. Walks with a stack of its own: a tree may be as deep as
    /// there are sites.
    fn lines(&self) -> Vec<Line> {
        let nodes = &self.report.tree.nodes;
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut roots = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            match node.parent {
                Some(parent) => below[parent].push(i),
                None => roots.push(i),
            }
        }
        let mut out = Vec::new();
        let mut stack: Vec<Line> = Vec::new();
        self.push_level(&mut stack, &roots, None);
        while let Some(line) = stack.pop() {
            if let Row::Node(index) = line.text {
                self.push_level(&mut stack, &below[index], Some(&line.guides));
            }
            out.push(line);
        }
        out
    }

    /// Puts the children of one node on the stack, largest last in, so first out; small ones become
    /// one line.
    fn push_level(&self, stack: &mut Vec<Line>, children: &[usize], above: Option<&[bool]>) {
        let nodes = &self.report.tree.nodes;
        let least = self.min_share * self.report.total.bytes as f64;
        let (mut shown, small): (Vec<usize>, Vec<usize>) =
            children.iter().partition(|&&i| nodes[i].inclusive.bytes as f64 >= least);
        shown.sort_by_key(|&i| Reverse((nodes[i].inclusive.bytes, nodes[i].calls)));
        let mut rows: Vec<Row> = shown.into_iter().map(Row::Node).collect();
        if let [one] = small[..] {
            rows.push(Row::Node(one));
        } else if !small.is_empty() {
            let mut sum = Totals::default();
            for &i in &small {
                sum.add(&nodes[i].inclusive);
            }
            rows.push(Row::Cut { nodes: small.len(), sum });
        }
        let count = rows.len();
        for (position, text) in rows.into_iter().enumerate().rev() {
            let guides = match above {
                None => Vec::new(),
                Some(above) => above.iter().copied().chain([position + 1 == count]).collect(),
            };
            stack.push(Line { guides, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{self, Call};

    #[test]
    fn children_hang_below_their_parent_largest_first() {
        let text = fixture::sample().tree_text().to_string();
        let names: Vec<&str> = text.lines().skip(1).filter_map(|l| l.get(36..)).collect();
        assert_eq!(
            names[..4],
            ["main", "├─ io::read", "├─ json::Parser::parse", "└─ Index::add"],
            "{text}"
        );
    }

    #[test]
    fn small_nodes_are_summed_in_one_line() {
        let call = |bytes| Call { bytes, allocs: 1, ..Call::default() };
        let sites = ["a::main", "a::x", "a::y", "a::z"];
        let sites = sites.iter().zip([1_000_000, 10, 20, 900_000]);
        let sites = sites.map(|(name, bytes)| fixture::site(name).calls(1, call(bytes))).collect();
        let mut report = fixture::report(sites, 0, 0);
        for child in [1, 2, 3] {
            fixture::nest(&mut report, 0, child);
        }
        let text = report.tree_text().to_string();
        assert!(text.contains("    30  <0.1%      -      2      -  └─ … 2 smaller\n"), "{text}");
        assert!(report.tree_text().min_share(0.0).to_string().contains("└─ x"));
    }

    #[test]
    fn a_chain_of_a_thousand_scopes_stays_within_the_width() {
        let names: Vec<String> =
            (0..1000).map(|i| format!("app::level_{i}_of_a_deep_chain_of_calls")).collect();
        let call = Call { bytes: 100, allocs: 1, ..Call::default() };
        let sites = names.iter().map(|name| fixture::site(name).calls(1, call)).collect();
        let mut report = fixture::report(sites, 0, 0);
        for child in (1..1000).rev() {
            report.tree.nodes[child].parent = Some(child - 1);
        }
        let text = report.tree_text().min_share(0.0).to_string();
        assert!(text.lines().all(|line| width(line) <= 100));
        assert!(text.contains("(982 up)"));
    }
}
