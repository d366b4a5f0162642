//! Where an attribute can stand so that no column of the item moves: behind the token before it.

use proc_macro2::{TokenStream, TokenTree};

/// The ends of all tokens, but of those that a comment's end would swallow.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// Ascending. With the token's end, whether an attribute may follow it on its line.
    ends: Vec<(usize, bool)>,
}

impl Gaps {
    pub(super) fn of(text: &str, tokens: TokenStream) -> Self {
        let mut ends = Vec::new();
        collect(text, tokens, &mut ends);
        ends.sort_unstable();
        Self { ends }
    }

    /// Where the attribute of an item goes that begins at `start`: behind the last token before it.
    /// Where that is a comment to the line's end, on an empty line below it; in front of the item
    /// where there is none.
    pub(super) fn place(&self, text: &str, start: usize) -> usize {
        let after = self.ends.partition_point(|(end, _)| *end <= start);
        match after.checked_sub(1).map(|at| self.ends[at]) {
            Some((end, true)) => end,
            Some((end, false)) => empty_line(text, end, start).unwrap_or(start),
            None => start,
        }
    }
}

/// The first empty line between two places that have nothing but comments between them.
fn empty_line(text: &str, from: usize, to: usize) -> Option<usize> {
    let gap = text.get(from..to).filter(|gap| !gap.contains("/*"))?;
    let starts = gap.match_indices('\n').map(|(at, _)| at + 1);
    let is_empty = |at: &usize| gap[*at..].starts_with('\n') || gap[*at..].starts_with("\r\n");
    starts.into_iter().find(is_empty).map(|at| from + at)
}

fn collect(text: &str, tokens: TokenStream, ends: &mut Vec<(usize, bool)>) {
    for token in tokens {
        if let TokenTree::Group(group) = token {
            // A doc comment is an attribute whose tokens all lie on the comment.
            let whole = group.span().byte_range();
            if text.get(whole.clone()).is_some_and(is_line_comment) {
                ends.push((whole.end, false));
                continue;
            }
            ends.push((group.span_open().byte_range().end, true));
            ends.push((whole.end, true));
            collect(text, group.stream(), ends);
        } else {
            let range = token.span().byte_range();
            let is_comment = text.get(range.clone()).is_some_and(is_line_comment);
            ends.push((range.end, !is_comment));
        }
    }
}

fn is_line_comment(text: &str) -> bool {
    text.starts_with("//")
}
