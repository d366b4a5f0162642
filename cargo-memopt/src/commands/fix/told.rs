//! The table of edits, and what "kept" means.

use super::{Args, Tried};
use crate::proof::trial::{Decision, Run, knows_memory};
use crate::quantity::Quantity;
use memopt_report::{Remedy, units};
use std::fmt::Write as _;
use std::path::Path;

/// The table, and below it what was proven of those that are kept.
pub(super) fn table(tried: &[Tried], root: &Path, args: &Args) -> String {
    let rows: Vec<[String; 5]> = tried.iter().map(|one| row(one, root)).collect();
    let head = ["rule", "line", "predicted", "measured", "decision"].map(str::to_owned);
    let width = |at: usize| {
        let all = rows.iter().chain([&head]).map(|row| row[at].chars().count());
        all.max().unwrap_or(0)
    };
    let [rule, line, predicted, measured] = [0, 1, 2, 3].map(width);
    let mut out = String::new();
    for [a, b, c, d, e] in [&head].into_iter().chain(&rows) {
        let text = format!("{a:<rule$}  {b:<line$}  {c:>predicted$}  {d:>measured$}  {e}");
        out.push_str(&text);
        out.push('\n');
    }
    let is_kept = |one: &&Tried| one.decision == Decision::Kept;
    let kept: Vec<&Tried> = tried.iter().filter(is_kept).collect();
    if !kept.is_empty() {
        let measured = |of: fn(&Measured) -> bool| {
            kept.iter().all(|one| one.measured.as_ref().is_some_and(of))
        };
        let same = if args.any_output { "ends with the same code" } else { "prints the same" };
        let tests = if args.no_tests { "" } else { ", the tests pass" };
        let memory =
            if measured(|one| one.knows_memory) { "" } else { " (memory is not known here)" };
        let (gain, instructions) = if measured(|one| one.instructions.change().is_some()) {
            ("allocated or executed, or it is", "rise by at most 2 %, by valgrind")
        } else if kept.iter().any(|one| one.varies()) {
            ("allocated or it is", "vary from run to run: no edit is judged by them")
        } else {
            ("allocated or it is", "are not known (no valgrind, or over 1 s)")
        };
        let _ = writeln!(
            out,
            "kept: {same} in every turn{tests}, less is {gain} faster;\n      \
             CPU time and memory do not rise beyond chance{memory};\n      \
             instructions {instructions}"
        );
    }
    out
}

fn row(one: &Tried, root: &Path) -> [String; 5] {
    let Tried { proposal, decision, measured } = one;
    let (blocks, bytes) = (proposal.allocs, proposal.bytes.max(proposal.peak));
    let predicted = match proposal.rule {
        // It serves as many blocks as before, in less time.
        Remedy::Arena => format!("-{} CPU time", units::duration(proposal.cpu_ns as f64)),
        _ => change(-i128::from(blocks), -i128::from(proposal.reallocs), -i128::from(bytes)),
    };
    let measured = measured.as_ref();
    let measured = measured.map_or_else(String::new, |m| {
        change(m.blocks, m.reallocs, m.bytes) + &m.instructions.told()
    });
    let decision = match decision {
        Decision::Kept => "kept",
        Decision::Reverted(why) | Decision::Doubtful(why) => why,
    };
    let place = super::place(proposal, root);
    [proposal.rule.name().to_owned(), place, predicted, measured, decision.to_owned()]
}

/// What a run with the edit has more of than one without; negative where it has less.
pub(super) struct Measured {
    blocks: i128,
    reallocs: i128,
    bytes: i128,
    /// Whether memory was judged too.
    knows_memory: bool,
    instructions: Instructions,
}

/// What is known of the instructions of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instructions {
    /// They were not counted.
    Unknown,
    /// The program without the edit executes another number in each run.
    Vary,
    /// Without and with the edit.
    Of(u64, u64),
}

impl Instructions {
    /// The share that they change by, where an edit is judged by them.
    pub(super) fn change(self) -> Option<f64> {
        let Self::Of(before, after) = self else { return None };
        Some(after as f64 / before as f64 - 1.0)
    }

    /// What the table says of them, behind what else was measured.
    fn told(self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Vary => ", instructions vary from run to run".to_owned(),
            Self::Of(..) => {
                let share = self.change().unwrap_or_default();
                format!(" {:+.1} % instructions", 100.0 * share)
            }
        }
    }
}

impl Measured {
    /// Of the last turn.
    pub(super) fn of(pairs: &[(Run, Run)], instructions: Instructions) -> Option<Self> {
        let (before, after) = pairs.last()?;
        let change = |old: u64, new: u64| i128::from(new) - i128::from(old);
        Some(Self {
            blocks: change(before.allocs, after.allocs),
            reallocs: change(before.reallocs, after.reallocs),
            bytes: change(before.bytes, after.bytes),
            knows_memory: knows_memory(pairs),
            instructions,
        })
    }

    /// Instructions of the run with the edit.
    pub(super) fn instructions_after(&self) -> Option<u64> {
        let Instructions::Of(_, after) = self.instructions else { return None };
        Some(after)
    }
}

impl Tried {
    /// Whether it could not be judged by instructions, as they vary.
    fn varies(&self) -> bool {
        let own = self.measured.as_ref().map(|measured| measured.instructions);
        own == Some(Instructions::Vary)
    }
}

/// `-2,000 blocks -16 KiB`; reallocations where no block is told.
fn change(blocks: i128, reallocs: i128, bytes: i128) -> String {
    let number = |n: i128, noun: &str| {
        let sign = if n < 0 { "-" } else { "+" };
        let s = if n.unsigned_abs() == 1 { "" } else { "s" };
        format!("{sign}{} {noun}{s}", Quantity::Allocs.show(n.unsigned_abs() as f64))
    };
    let mut parts = Vec::new();
    if blocks != 0 || reallocs == 0 {
        parts.push(number(blocks, "block"));
    }
    if reallocs != 0 && blocks == 0 {
        parts.push(number(reallocs, "realloc"));
    }
    if bytes != 0 {
        let sign = if bytes < 0 { "-" } else { "+" };
        parts.push(format!("{sign}{}", Quantity::Bytes.show(bytes.unsigned_abs() as f64)));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Instructions, change};

    #[test]
    fn one_is_no_plural() {
        assert_eq!(change(-1, 0, 0), "-1 block");
        assert_eq!(change(0, 1, 0), "+1 realloc");
        assert_eq!(change(-2000, 0, 0), "-2,000 blocks");
    }

    #[test]
    fn instructions_that_vary_are_told_and_not_judged_by() {
        assert_eq!(Instructions::Vary.change(), None);
        assert_eq!(Instructions::Vary.told(), ", instructions vary from run to run");
        assert_eq!(Instructions::Of(1000, 964).told(), " -3.6 % instructions");
        assert_eq!(Instructions::Unknown.told(), "");
    }
}
