//! Verdicts as text, the way findings are printed.

use super::place::Trail;
use super::verdict::{Claim, LeakVerdict};
use crate::detect::render;
use crate::units;
use annotate_snippets::Level;

/// All verdicts, one after the other, and a last line that counts them. With `color` the text holds the escapes of a
/// terminal.
pub fn render_verdicts(verdicts: &[LeakVerdict], color: bool) -> String {
    let mut out = String::new();
    for one in verdicts {
        out += &verdict(one, color);
        out += "\n";
    }
    let last = match verdicts.len() {
        0 => "no verdicts: nothing leaks or is kept without use, as far as was watched".to_owned(),
        all => units::counted(all as u64, "verdict"),
    };
    out + &last + "\n"
}

pub(super) fn verdict(verdict: &LeakVerdict, color: bool) -> String {
    render::print(&verdict.finding, Level::WARNING, color)
}

/// Adds what a watch knows beside the rule: the time left, the chain of scopes, and the stack.
pub(super) fn context(claim: &mut Claim, trail: Option<&Trail>, seconds: Option<f64>, limit: Option<u64>) {
    /// Names of a chain shown; the others are counted.
    const SHOWN: usize = 4;
    if let Some((seconds, limit)) = seconds.zip(limit) {
        let left = units::duration(seconds * 1e9);
        claim.evidence.push(format!("alone it reaches the limit of {} in {left}", units::bytes(limit)));
    }
    let Some(trail) = trail else { return };
    if trail.scopes.len() > 1 {
        claim.evidence.push(format!("most of it in {}", chain(trail.scopes.iter().rev(), SHOWN)));
    }
    // Functions of libraries that allocate are seldom of interest.
    let own = trail.functions.iter().filter(|function| function.own).map(|function| &function.name);
    let stack = chain(own, SHOWN);
    if !stack.is_empty() {
        claim.evidence.push(format!("stack: {stack}"));
    }
}

/// `a`, from `b`, from `c`, and 3 more.
fn chain<'a>(names: impl Iterator<Item = &'a String>, shown: usize) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(shown);
    let first = names[..names.len() - more].join(", from ");
    if more > 0 { format!("{first}, from {more} more") } else { first }
}
