//! What the body of a function makes: the expressions that allocate, by their look.
//!
//! No types are known. An expression is taken for what it nearly always is: `.clone()` for a copy,
//! `format!` for a new `String`.

mod shape;
mod signature;

use self::shape::{at_a_byte, for_a_failure, of_each, of_one_value};
use super::tokens::{self, Kind, Token};
use crate::detect::evidence::Evidence;

/// What an expression makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Makes {
    /// An empty collection that is filled later: `Vec::new()`.
    Empty,
    /// A collection of a size that is known: `vec![0; n]`, `with_capacity(n)`, `" ".repeat(n)`.
    Sized,
    /// A list of lists of one length: `vec![vec![0; n]; m]`.
    Grid,
    /// A list of given elements: `vec![a, b]`.
    List,
    /// A new string from parts: `format!`, `.replace(..)`, `.join(..)`.
    Text,
    /// A copy: `.clone()`, `.to_string()`, `.to_vec()`, `String::from(..)`.
    Copy,
    /// A copy in another case: `.to_lowercase()`.
    Case,
    /// A collection from an iterator: `.collect()`.
    Collected,
    /// A whole input: `read_to_string`, `fs::read`.
    Input,
    /// A `String` for each line of a reader: `.lines()`.
    Lines,
    /// One value in a block of its own: `Box::new(..)`.
    Boxed,
    /// One value that several share: `Rc::new(..)`.
    Shared,
}

/// One such expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Made {
    pub(in crate::detect) makes: Makes,
    /// Line of the source, from 1.
    pub(in crate::detect) line: u32,
    /// The expression, shortened.
    pub(in crate::detect) text: String,
    /// The variable it is bound to.
    pub(in crate::detect) name: Option<String>,
    /// Whether that variable is `mut`.
    pub(in crate::detect) mutable: bool,
    /// Whether it stands in a loop or in a closure that an iterator calls.
    pub(in crate::detect) repeated: bool,
}

impl Made {
    pub(in crate::detect) fn evidence(&self) -> Evidence {
        Evidence::MadeBy { expression: self.text.clone(), line: self.line }
    }
}

/// A function as far as it was read.
#[derive(Clone, Debug, Default)]
pub(in crate::detect) struct Body {
    /// From the name to the body, in one line.
    pub(in crate::detect) signature: String,
    pub(in crate::detect) made: Vec<Made>,
    /// Methods that it calls.
    methods: Vec<String>,
    /// Paths begin with these: crates, modules and types that it names.
    heads: Vec<String>,
    is_dyn: bool,
    /// Names of types that stand in `Vec<..>`, or whose variants or functions it names where it
    /// pushes.
    pub(in crate::detect) listed: Vec<String>,
}

const COLLECTIONS: [&str; 9] = [
    "Vec",
    "String",
    "VecDeque",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "BytesMut",
];
/// Methods whose closure runs once an element.
const ADAPTERS: [&str; 22] = [
    "map",
    "for_each",
    "filter",
    "filter_map",
    "flat_map",
    "fold",
    "any",
    "all",
    "position",
    "find",
    "find_map",
    "retain",
    "sort_by",
    "sort_by_key",
    "sort_unstable_by",
    "sort_unstable_by_key",
    "sort_by_cached_key",
    "max_by_key",
    "min_by_key",
    "map_while",
    "take_while",
    "inspect",
];
/// Columns of an expression.
const TEXT: usize = 48;

impl Body {
    /// The item whose name stands at byte `at` of a source, in line `line`.
    pub(super) fn read(source: &str, at: usize, line: u32) -> Self {
        let tokens = tokens::item(source, at, line);
        let open = tokens.iter().position(|token| token.text == "{").unwrap_or(tokens.len());
        let signature = tokens.get(open).map_or(source.len(), |token| token.at);
        let signature = squeeze(source.get(at..signature).unwrap_or_default());
        let mut body = Self { signature, ..Self::default() };
        let inner = tokens.get(open..).unwrap_or_default();
        body.scan(source, inner);
        body.list(&tokens);
        body
    }

    /// Notes the types that lists hold.
    fn list(&mut self, tokens: &[Token<'_>]) {
        for window in tokens.windows(6) {
            let [list, rest @ ..] = window else { continue };
            if list.text != "Vec" {
                continue;
            }
            let mut inner = rest.iter().skip_while(|token| token.text == ":");
            if let (Some(open), Some(name)) = (inner.next(), inner.next())
                && open.text == "<"
            {
                self.listed.push(name.text.to_owned());
            }
        }
        if self.calls(&["push", "extend"]) {
            self.listed.extend(self.heads.iter().cloned());
        }
        self.listed.retain(|name| name.starts_with(|first: char| first.is_uppercase()));
        self.listed.sort();
        self.listed.dedup();
    }

    /// What stands below `scope!` at byte `at`, in line `line`, to the end of its block.
    pub(super) fn below(source: &str, at: usize, line: u32) -> Self {
        let mut body = Self::default();
        let tokens = tokens::rest_of_block(source, at, line);
        body.scan(source, &tokens);
        body.list(&tokens);
        body
    }

    /// Whether every expression that allocates is one of these; false where there is none.
    pub(in crate::detect) fn only(&self, kinds: &[Makes]) -> bool {
        !self.made.is_empty() && self.made.iter().all(|made| kinds.contains(&made.makes))
    }

    /// The first of these.
    pub(in crate::detect) fn first(&self, kinds: &[Makes]) -> Option<&Made> {
        let of = |repeated: bool| {
            self.made.iter().find(|made| made.repeated == repeated && kinds.contains(&made.makes))
        };
        of(true).or_else(|| of(false))
    }

    pub(in crate::detect) fn has(&self, kinds: &[Makes]) -> bool {
        self.first(kinds).is_some()
    }

    /// Whether a path in it begins with this name, or its signature has it.
    pub(in crate::detect) fn names(&self, head: &str) -> bool {
        self.heads.iter().any(|known| known == head) || self.signature.contains(head)
    }

    /// Whether it makes the value whose type it belongs to.
    pub(in crate::detect) fn constructs(&self) -> bool {
        let result = self.signature.rsplit("->").next().unwrap_or_default().trim();
        self.signature.contains("->")
            && ["Self", "Result<Self", "Option<Self"].iter().any(|own| {
                result
                    .strip_prefix(own)
                    .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            })
    }

    /// Whether its caller may get values from it; what it leaves in `self` has to be the owner's.
    pub(in crate::detect) fn hands_out(&self) -> bool {
        signature::hands_out(&self.signature)
    }

    /// Whether it names a `dyn` type.
    pub(in crate::detect) fn is_dyn(&self) -> bool {
        self.is_dyn || self.signature.contains("dyn ")
    }

    /// Whether something is sorted here: all of it is needed at once.
    pub(in crate::detect) fn sorts(&self) -> bool {
        self.methods.iter().any(|method| method.starts_with("sort"))
    }

    /// Whether it calls a method of one of these names.
    pub(in crate::detect) fn calls(&self, names: &[&str]) -> bool {
        self.methods.iter().any(|method| names.contains(&method.as_str()))
    }

    /// Whether it calls a method whose name is such.
    pub(in crate::detect) fn calls_any(&self, is: impl Fn(&str) -> bool) -> bool {
        self.methods.iter().any(|method| is(method))
    }

    fn scan(&mut self, source: &str, tokens: &[Token<'_>]) {
        let mut open: Vec<bool> = Vec::new();
        let (mut loop_begins, mut skipped) = (false, None);
        let mut binding: Option<(String, usize, bool)> = None;
        for (i, token) in tokens.iter().enumerate() {
            let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
            let before = |back: usize| i.checked_sub(back).map_or("", text);
            match token.text {
                "{" => open.push(std::mem::take(&mut loop_begins)),
                "(" => {
                    let adapter = before(2) == "." && ADAPTERS.contains(&before(1));
                    open.push(adapter);
                }
                "[" => open.push(false),
                "}" | ")" | "]" => {
                    open.pop();
                    if token.text == "}" && skipped == Some(open.len()) {
                        skipped = None;
                    }
                }
                "for" | "while" | "loop" if before(1) != "." => loop_begins = true,
                // A function of its own has a site of its own, or none.
                "fn" if skipped.is_none()
                    && tokens.get(i + 1).is_some_and(|token| token.kind == Kind::Word) =>
                {
                    skipped = Some(open.len());
                }
                "dyn" => self.is_dyn = true,
                "let" => {
                    let mutable = text(i + 1) == "mut";
                    let at = if mutable { i + 2 } else { i + 1 };
                    let named = tokens.get(at).filter(|token| token.kind == Kind::Word);
                    // The name of a closure is not that of what it makes.
                    let named = named.filter(|_| !matches!(text(at + 2), "|" | "move"));
                    // `let Some(name) = ..`
                    let named = named.filter(|_| !matches!(text(at + 1), "(" | "{"));
                    binding = named.map(|token| (token.text.to_owned(), open.len(), mutable));
                }
                ";" if binding.as_ref().is_some_and(|(_, depth, _)| open.len() <= *depth) => {
                    binding = None;
                }
                _ => {}
            }
            if skipped.is_some() {
                continue;
            }
            if token.kind == Kind::Word && text(i + 1) == ":" && text(i + 2) == ":" {
                self.heads.push(token.text.to_owned());
            }
            // A function of the program's own that sorts is told by its name.
            let sorts = token.text.starts_with("sort") && before(1) != "fn";
            if (before(1) == "." || sorts) && text(i + 1) == "(" {
                self.methods.push(token.text.to_owned());
            }
            let Some(makes) = makes(tokens, i) else { continue };
            self.made.push(Made {
                makes,
                line: token.line,
                text: expression(source, tokens, i),
                name: binding.as_ref().map(|(name, ..)| name.clone()),
                mutable: binding.as_ref().is_some_and(|(.., mutable)| *mutable),
                repeated: open.contains(&true) || of_each(tokens, i),
            });
        }
    }
}

/// What the expression makes whose telling word is token `i`.
fn makes(tokens: &[Token<'_>], i: usize) -> Option<Makes> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let before = |back: usize| i.checked_sub(back).map_or("", text);
    if tokens[i].kind != Kind::Word {
        return None;
    }
    let called = text(i + 1) == "(" || (text(i + 1) == ":" && text(i + 3) == "<");
    let method = before(1) == "." && called;
    let owner = owner(tokens, i);
    // `map(str::to_owned)`: a function is handed over that makes one each time.
    let method = method || (!owner.is_empty() && matches!(text(i + 1), ")" | ","));
    let called = called || (!owner.is_empty() && matches!(text(i + 1), ")" | ","));
    if for_a_failure(tokens, i) {
        return None;
    }
    Some(match tokens[i].text {
        "vec" if text(i + 1) == "!" => {
            if of_one_value(tokens, i + 2) {
                let rows = text(i + 3) == "vec" && text(i + 4) == "!";
                if rows { Makes::Grid } else { Makes::Sized }
            } else {
                Makes::List
            }
        }
        "format" if text(i + 1) == "!" => Makes::Text,
        "clone" | "cloned" | "to_owned" | "to_string" | "to_vec" | "into_owned" if method => {
            Makes::Copy
        }
        "to_lowercase" | "to_uppercase" | "to_ascii_lowercase" | "to_ascii_uppercase" if method => {
            Makes::Case
        }
        "replace" | "replacen" | "join" | "concat" if method => Makes::Text,
        "repeat" if method && before(2) != "iter" => Makes::Sized,
        "collect" if method => Makes::Collected,
        "lines" if method => Makes::Lines,
        "split" if method && at_a_byte(tokens, i + 1) => Makes::Lines,
        "read_to_string" | "read_to_end" if called => Makes::Input,
        "read" if owner == "fs" && called => Makes::Input,
        "from" if ["String", "Vec"].contains(&owner) && called => Makes::Copy,
        "new" if COLLECTIONS.contains(&owner) && called => Makes::Empty,
        "with_capacity" if called && !owner.is_empty() => Makes::Sized,
        "new" if owner == "Box" && called => Makes::Boxed,
        "new" if ["Rc", "Arc"].contains(&owner) && called => Makes::Shared,
        _ => return None,
    })
}

/// The type or module before the `::` in front of token `i`, generic arguments left out.
fn owner<'a>(tokens: &[Token<'a>], i: usize) -> &'a str {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    if i < 3 || text(i - 1) != ":" || text(i - 2) != ":" {
        return "";
    }
    let mut at = i - 3;
    if text(at) == ">" {
        let Some(open) = generics(tokens, at) else { return "" };
        // `Vec<u8>` or `Vec::<u8>`.
        at = open.saturating_sub(if open > 2 && text(open - 1) == ":" { 3 } else { 1 });
    }
    text(at)
}

/// The expression around its telling word, as it is written.
fn expression(source: &str, tokens: &[Token<'_>], i: usize) -> String {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    // Back over the path or the receiver.
    let mut first = i;
    while first > 0 {
        match text(first - 1) {
            "." | ":" | "?" => first -= 1,
            ">" if text(first) == ":" => match generics(tokens, first - 1) {
                Some(open) => first = open,
                None => break,
            },
            ")" | "]" => match opening(tokens, first - 1) {
                Some(open) => first = open,
                None => break,
            },
            // A word or literal belongs to it where a dot, a path or a group follows.
            _ if matches!(text(first), "." | ":" | "(" | "[" | "?" | "<")
                && matches!(tokens[first - 1].kind, Kind::Word | Kind::Literal)
                && !matches!(text(first - 1), "return" | "in" | "match" | "if" | "else") =>
            {
                first -= 1;
            }
            _ => break,
        }
    }
    // On to the end of its arguments, where it is called.
    let handed_over = matches!(text(i + 1), ")" | ",");
    let open = (i..tokens.len().min(i + 12))
        .find(|at| matches!(text(*at), "(" | "["))
        .filter(|_| !handed_over);
    let last = open.and_then(|open| closing(tokens, open)).unwrap_or(i);
    let (from, to) = (tokens[first].at, tokens[last].end());
    let whole = squeeze(source.get(from..to).unwrap_or_default());
    if whole.chars().count() <= TEXT {
        return whole;
    }
    // The telling word and its arguments are the end; of what stands before, whole tokens.
    let part = |from: usize, to: usize| squeeze(source.get(from..to).unwrap_or_default());
    let tells = if i > first && text(i - 1) == "." { i - 1 } else { i };
    let tail = part(tokens[tells].at, to);
    let room = TEXT.saturating_sub(tail.chars().count() + 2);
    let fits = |at: &usize| {
        let (mut opened, mut closed) = (0, 0);
        tokens[first..=*at].iter().for_each(|token| match token.text {
            "(" | "[" | "{" => opened += 1,
            ")" | "]" | "}" => closed += 1,
            _ => {}
        });
        opened == closed && part(from, tokens[*at].end()).chars().count() <= room
    };
    if let Some(head) = (first..tells).rev().find(fits) {
        return format!("{}..{tail}", part(from, tokens[head].end()));
    }
    let all: Vec<char> = whole.chars().collect();
    if tells == first {
        return format!("{}..", all[..TEXT - 2].iter().collect::<String>());
    }
    format!("..{}", all[all.len() - (TEXT - 2)..].iter().collect::<String>())
}

/// Where the generic arguments open that close at token `close`.
fn generics(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..=close).rev().find(|at| {
        match tokens[*at].text {
            ">" => depth += 1,
            "<" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..=close).rev().find(|at| {
        match tokens[*at].text {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    (open..tokens.len()).find(|at| {
        match tokens[*at].text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// The text in one line, every run of blanks as one.
fn squeeze(text: &str) -> String {
    let mut line = String::new();
    for part in text.lines().map(str::trim).filter(|part| !part.is_empty()) {
        // A chain of methods goes on in the next line.
        if !line.is_empty() && !part.starts_with(['.', '?']) {
            line.push(' ');
        }
        line.push_str(&part.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    line
}

#[cfg(test)]
mod tests;
