//! Which functions are annotated.

use super::source::Function;
use serde::{Deserialize, Serialize};

/// What the command line says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// Functions that one of these names, where there are any.
    pub(crate) only: Vec<String>,
    /// But not these.
    pub(crate) skip: Vec<String>,
    /// Modules within modules, at most.
    pub(crate) depth: Option<usize>,
    /// Functions that reach no allocation, too.
    pub(crate) every: bool,
    /// None at all: the allocator alone.
    pub(crate) none: bool,
}

impl Choice {
    /// Whether the function is annotated; `module` is the path of its file, the package first.
    /// `reaches`: it may allocate, or call what does.
    pub(crate) fn takes(&self, module: &str, function: &Function, reaches: bool) -> bool {
        if self.none || !(self.every || reaches) {
            return false;
        }
        let depth = module.matches("::").count() + function.depth;
        if self.depth.is_some_and(|most| depth > most) {
            return false;
        }
        let path = format!("{module}::{}", function.path);
        let names = |patterns: &[String]| patterns.iter().any(|pattern| names(pattern, &path));
        (self.only.is_empty() || names(&self.only)) && !names(&self.skip)
    }

    /// Why functions that can carry an attribute have none: `by --skip`.
    pub(crate) fn why_left_out(&self) -> String {
        if self.none {
            return "by --no-attributes".to_owned();
        }
        let options = [
            (!self.only.is_empty(), "--only"),
            (!self.skip.is_empty(), "--skip"),
            (self.depth.is_some(), "--depth"),
        ];
        let given: Vec<&str> =
            options.into_iter().filter_map(|(is_given, name)| is_given.then_some(name)).collect();
        let mut reasons = Vec::new();
        if !given.is_empty() {
            reasons.push(format!("by {}", given.join(", ")));
        }
        if !self.every {
            let none = "because nothing that they call allocates (--every measures them too)";
            reasons.push(none.to_owned());
        }
        reasons.join(", or ")
    }
}

/// Whether a pattern names a path: as a whole, its end, its beginning or the middle, always at a
/// border of names. `*` stands for any text.
fn names(pattern: &str, path: &str) -> bool {
    let parts: Vec<&str> = path.split("::").collect();
    let ends = |from: usize| (from + 1..=parts.len()).map(move |to| (from, to));
    (0..parts.len()).flat_map(ends).any(|(from, to)| matches(pattern, &parts[from..to].join("::")))
}

/// Whether the whole text is as the pattern says.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::{Choice, names};
    use crate::instrument::source::Function;
    use crate::instrument::source::calls::Calls;

    fn function(path: &str) -> Function {
        let (path, calls) = (path.to_owned(), Calls::default());
        Function { path, depth: 0, lines: 1..2, at: 0, calls }
    }

    #[test]
    fn patterns_name_whole_parts() {
        for (pattern, is_named) in [
            ("take", true),
            ("Pool::take", true),
            ("shop::pool", true),
            ("shop::*::take", true),
            ("ta*", true),
            ("tak", false),
            ("ool::take", false),
            ("till", false),
        ] {
            assert_eq!(names(pattern, "shop::pool::Pool::take"), is_named, "{pattern}");
        }
    }

    #[test]
    fn what_left_a_function_out_is_named_by_the_options_that_were_given() {
        let mut choice = Choice::default();
        let calls = "because nothing that they call allocates (--every measures them too)";
        assert_eq!(choice.why_left_out(), calls);
        choice.skip = vec!["len".to_owned()];
        choice.depth = Some(1);
        assert_eq!(choice.why_left_out(), format!("by --skip, --depth, or {calls}"));
        choice.every = true;
        assert_eq!(choice.why_left_out(), "by --skip, --depth");
        assert_eq!(Choice { none: true, ..choice }.why_left_out(), "by --no-attributes");
    }

    #[test]
    fn what_makes_no_call_is_left_out_by_default() {
        let mut choice = Choice::default();
        assert!(choice.takes("shop", &function("go"), true));
        assert!(!choice.takes("shop", &function("len"), false));
        choice.every = true;
        assert!(choice.takes("shop", &function("len"), false));
        choice.skip = vec!["len".to_owned()];
        assert!(!choice.takes("shop", &function("len"), false));
        choice = Choice { depth: Some(0), ..Choice::default() };
        assert!(choice.takes("shop", &function("go"), true));
        assert!(!choice.takes("shop::pool", &function("go"), true));
    }
}
