//! The site tree as folded stacks, the line format of flamegraph tools: `a;b;c 123`.

use crate::label::OUTSIDE;
use crate::text::names::Labels;
use crate::{Report, Totals};
use std::fmt::Write as _;

/// What the width of a frame stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weight {
    /// Bytes allocated.
    #[default]
    Bytes,
    /// Blocks allocated.
    Blocks,
}

impl Weight {
    /// The quantity in question.
    pub(crate) fn of(self, totals: &Totals) -> u64 {
        match self {
            Self::Bytes => totals.bytes,
            Self::Blocks => totals.allocs,
        }
    }

    /// The unit's name.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Blocks => "blocks",
        }
    }
}

impl Report {
    /// One line for each node of the site tree: the sites from the outermost inwards and what the
    /// last of them allocated itself. What was allocated outside every site has a line of its own,
    /// so that the numbers add up to [`total`](Report::total) exactly. Empty where the
    /// [`status`](Report::status) is not `Counting`.
    ///
    /// Read by inferno, `flamegraph.pl`, speedscope and others.
    pub fn to_folded(&self, weight: Weight) -> String {
        self.folded(weight, &Labels::full(&self.sites))
    }

    /// The same with these names.
    pub(super) fn folded(&self, weight: Weight, labels: &Labels) -> String {
        let frames: Vec<String> = labels.names.iter().map(|name| frame(name)).collect();
        let mut out = String::new();
        for (index, node) in self.tree.nodes.iter().enumerate() {
            let own = weight.of(&node.own);
            if own == 0 {
                continue;
            }
            let path = self.tree.path(index);
            let path: Vec<&str> =
                path.iter().filter_map(|&site| frames.get(site)).map(String::as_str).collect();
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{} {own}", path.join(";"));
        }
        let outside = weight.of(&self.unattributed);
        if outside > 0 {
            let _ = writeln!(out, "{OUTSIDE} {outside}");
        }
        out
    }
}

/// A name the format can carry: `;` parts frames, and a number behind the last space would be read
/// as the value.
pub(super) fn frame(name: &str) -> String {
    let name = name.replace(';', ":");
    match name.rsplit_once(' ') {
        Some((head, tail)) if tail.parse::<f64>().is_ok() => format!("{head}_{tail}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{Weight, frame};
    use crate::tests::fixture;

    #[test]
    fn a_line_is_a_path_and_its_own_bytes() {
        let folded = fixture::sample().to_folded(Weight::Bytes);
        assert_eq!(
            folded,
            "app::main 4096\n\
             app::main;app::io::read 10800000\n\
             app::main;app::json::Parser::parse 6400000\n\
             app::main;app::Index::add 800000\n\
             (outside every site) 12345\n"
        );
    }

    #[test]
    fn the_lines_add_up_to_the_total() {
        let report = fixture::sample();
        for (weight, total) in
            [(Weight::Bytes, report.total().bytes), (Weight::Blocks, report.total().allocs)]
        {
            let folded = report.to_folded(weight);
            let sum: u64 =
                folded.lines().map(|l| l.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
            assert_eq!(sum, total);
        }
    }

    #[test]
    fn names_cannot_break_the_format() {
        assert_eq!(frame("read [u8; 8]"), "read [u8: 8]");
        assert_eq!(frame("phase 2"), "phase_2");
        assert_eq!(frame("phase two"), "phase two");
    }
}
