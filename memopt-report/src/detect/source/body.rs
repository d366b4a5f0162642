//! What the body of a function makes: the expressions that allocate, by their look.
//!
//! No types are known. An expression is taken for what it nearly always is: `.clone()` for a copy,
//! `format!` for a new `String`.

mod expression;
mod made;
mod shape;
mod signature;

use self::expression::{expression, squeeze};
use self::made::note_others;
pub(in crate::detect) use self::made::{Made, Makes};
use self::shape::{at_a_byte, fails, for_a_failure, of_each, of_one_value};
use super::tokens::{self, Kind, Token, generics};

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

    /// The expressions that stand in at least as many loops as `made`: those for which `is_one`
    /// holds, and the others. Of several that make the same for one variable, as two branches do,
    /// the first stands for all.
    pub(in crate::detect) fn as_often(
        &self,
        made: &Made,
        is_one: impl Fn(&Made) -> bool,
    ) -> (Vec<&Made>, Vec<&Made>) {
        let first = |one: &&Made| !one.also.iter().any(|line| *line < one.line);
        let often = self.made.iter().filter(|one| one.depth >= made.depth);
        often.filter(first).partition(|one| is_one(one))
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

    /// Whether all that its caller gets is in a parameter that it lends.
    pub(in crate::detect) fn fills_what_is_lent(&self) -> bool {
        signature::fills_what_is_lent(&self.signature)
    }

    /// Whether it names a `dyn` type.
    pub(in crate::detect) fn is_dyn(&self) -> bool {
        self.is_dyn || self.signature.contains("dyn ")
    }

    /// Whether something is sorted here: all of it is needed at once.
    pub(in crate::detect) fn sorts(&self) -> bool {
        self.methods.iter().any(|method| method.starts_with("sort"))
    }

    /// Whether it seems to put all values that it makes into one list: it collects once, or sorts
    /// and makes no buffers over and over.
    pub(in crate::detect) fn lists_values(&self) -> bool {
        let collects = |made: &Made| made.makes == Makes::Collected && !made.repeated;
        !self.repeats_buffers() && (self.sorts() || self.made.iter().any(collects))
    }

    /// Whether it makes a collection over and over.
    pub(in crate::detect) fn repeats_buffers(&self) -> bool {
        let buffers = [Makes::Empty, Makes::Sized, Makes::Grid, Makes::List, Makes::Collected];
        self.made.iter().any(|made| buffers.contains(&made.makes) && made.repeated)
    }

    /// Whether it asks for memory that is filled with zeroes.
    pub(in crate::detect) fn asks_for_zeroes(&self) -> bool {
        let zero = |text: &str| {
            let value = text.strip_prefix("vec![").and_then(|rest| rest.split(';').next());
            value.is_some_and(|v| v == "0" || v.starts_with("0u") || v.starts_with("0i"))
        };
        self.made.iter().any(|made| made.makes == Makes::Sized && zero(&made.text))
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
        let mut open: Vec<Group> = Vec::new();
        let (mut loop_begins, mut skipped) = (false, None);
        let mut bindings: Vec<Binding> = Vec::new();
        for (i, token) in tokens.iter().enumerate() {
            let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
            let before = |back: usize| i.checked_sub(back).map_or("", text);
            match token.text {
                "{" => {
                    let repeats = std::mem::take(&mut loop_begins);
                    open.push(Group { repeats, fails: false });
                }
                "(" => {
                    let repeats = before(2) == "." && ADAPTERS.contains(&before(1));
                    open.push(Group { repeats, fails: fails(tokens, i) });
                }
                "[" => open.push(Group::default()),
                "}" | ")" | "]" => {
                    open.pop();
                    bindings.retain(|binding| binding.depth <= open.len());
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
                // `if let` and `while let` have no end of their own.
                "let" if !matches!(before(1), "if" | "while" | "&") => {
                    bindings.push(Binding::at(tokens, i, open.len()));
                }
                "=" => bindings.extend(Binding::assigned(tokens, i, open.len())),
                ";" => bindings.retain(|binding| binding.depth < open.len()),
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
            if open.iter().any(|group| group.fails) {
                continue;
            }
            let binding = bindings.last();
            // What is made in a loop is another value than what the loop leads to.
            let is_it = |of: &&Binding| !open[of.depth..].iter().any(|group| group.repeats);
            let depth =
                open.iter().filter(|group| group.repeats).count() + usize::from(of_each(tokens, i));
            self.made.push(Made {
                makes,
                line: token.line,
                text: expression(source, tokens, i),
                name: binding.and_then(|binding| binding.name.clone()),
                is_assigned: binding.is_some_and(|binding| binding.is_assigned),
                mutable: binding.filter(is_it).is_some_and(|binding| binding.mutable),
                repeated: depth > 0,
                depth,
                also: Vec::new(),
            });
        }
        note_others(&mut self.made);
    }
}

/// What stands in a pair of brackets.
#[derive(Clone, Copy, Default)]
struct Group {
    /// It is run over and over.
    repeats: bool,
    /// It is run when something failed.
    fails: bool,
}

/// A `let` or an assignment whose value is read.
struct Binding {
    /// None of a pattern.
    name: Option<String>,
    mutable: bool,
    is_assigned: bool,
    /// Brackets that are open where it stands.
    depth: usize,
}

impl Binding {
    /// The `let` at token `i`.
    fn at(tokens: &[Token<'_>], i: usize, depth: usize) -> Self {
        let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
        let mutable = text(i + 1) == "mut";
        let at = if mutable { i + 2 } else { i + 1 };
        let named = tokens.get(at).filter(|token| token.kind == Kind::Word);
        // The name of a closure is not that of what it makes.
        let named = named.filter(|_| !matches!(text(at + 2), "|" | "move"));
        // `let Some(name) = ..`
        let named = named.filter(|_| !matches!(text(at + 1), "(" | "{"));
        let name = named.map(|token| token.text.to_owned());
        Self { name, mutable, is_assigned: false, depth }
    }

    /// The assignment to a variable whose `=` is token `i`.
    fn assigned(tokens: &[Token<'_>], i: usize, depth: usize) -> Option<Self> {
        let [.., before, variable] = tokens.get(..i)? else { return None };
        let begins = matches!(before.text, ";" | "{" | "}");
        // Not of a comparison, nor of an arm.
        let is_one = variable.kind == Kind::Word && !matches!(tokens.get(i + 1)?.text, "=" | ">");
        let name = Some(variable.text.to_owned());
        (begins && is_one).then_some(Self { name, mutable: false, is_assigned: true, depth })
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

#[cfg(test)]
mod tests;
