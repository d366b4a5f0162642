//! A collection that grows step by step: made as large as the loop that fills it is long, or as
//! what was measured.

use super::declared::is_collection;
use super::known::is_of_std;
use super::place::{CAPACITY, Place, Rewrite, bound, element_size, has_word, is_plain};
use syn::visit::{self, Visit};

/// Collections that take a capacity.
const SIZED: [&str; 6] = ["Vec", "String", "VecDeque", "HashMap", "HashSet", "BinaryHeap"];
/// Adapters that have as many items as what they adapt, or at most.
const AS_MANY: [&str; 12] = [
    "bytes",
    "char_indices",
    "chars",
    "cloned",
    "copied",
    "enumerate",
    "filter",
    "into_iter",
    "iter",
    "iter_mut",
    "map",
    "rev",
];

/// Methods of a text that give its letters.
const LETTERS: [&str; 3] = ["bytes", "char_indices", "chars"];
/// Macros that do not leave a loop but by a panic.
const STAYS: [&str; 11] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "format",
    "println",
    "vec",
    "write",
    "writeln",
];
/// Methods that add one element, whatever is there.
const ADDS: [&str; 2] = ["push", "push_back"];

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    // A program may do something where the capacity is used up.
    if place.says(&CAPACITY) {
        return Vec::new();
    }
    let mut walk = Walk { place, found: Vec::new(), empty: 0, measured: None };
    walk.visit_block(place.function.block);
    // Of several empty lists it is not known which one had the measured capacity, and a function
    // that calls itself would ask for it at each depth.
    let is_recursive = place.says(&[place.of(&place.function.sig.ident)]);
    let measured = walk.measured.filter(|_| walk.empty == 1 && !is_recursive);
    walk.found.into_iter().chain(measured).collect()
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    found: Vec<Rewrite>,
    /// Collections that are made empty.
    empty: usize,
    measured: Option<Rewrite>,
}

impl Walk<'_, '_> {
    fn made(&mut self, local: &syn::Local, behind: &[syn::Stmt]) {
        let place = self.place;
        let Some((name, ty, value)) = bound(local) else { return };
        let Some((of, with)) = empty(place, value) else { return };
        self.empty += 1;
        let name = name.ident.to_string();
        let filled = behind.iter().find_map(|stmt| match stmt {
            syn::Stmt::Expr(syn::Expr::ForLoop(found), _)
                if has_word(place.of(&found.body), &name) =>
            {
                Some(found)
            }
            _ => None,
        });
        // A text is longer than it has parts.
        let lengths = filled.filter(|found| of != "String" || is_of_letters(&found.expr));
        if let Some(found) = lengths
            && local.attrs.is_empty()
            && found.attrs.is_empty()
            && let Some((length, is_range)) = length(place, &found.expr)
            // What the length is of is the same at the loop.
            && !is_said(&place.text[place.range(local).end..place.range(found).start], &length)
            && (!is_range || (of != "String" && adds_always(place, &found.body, &name)))
        {
            self.found.push(vec![place.replace(value, with(&length))]);
        }
        let element = if of == "String" { Some(1) } else { size_of_element(place, ty, value, of) };
        if let (Some(bytes), Some(size)) = (place.sizes.grown, element) {
            let number = digits(bytes.div_ceil(size));
            self.measured = Some(vec![place.replace(value, with(&number))]);
        }
    }
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_block(&mut self, block: &'a syn::Block) {
        for (at, stmt) in block.stmts.iter().enumerate() {
            if let syn::Stmt::Local(local) = stmt {
                self.made(local, &block.stmts[at + 1..]);
            }
        }
        visit::visit_block(self, block);
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}
}

/// Writes a collection with so large a capacity.
type WithCapacity<'a> = Box<dyn Fn(&str) -> String + 'a>;

/// The collection that an expression makes empty, and the same with a capacity.
fn empty<'a>(place: &'a Place<'_>, value: &syn::Expr) -> Option<(&'static str, WithCapacity<'a>)> {
    match value {
        syn::Expr::Call(call) if call.args.is_empty() => {
            let syn::Expr::Path(path) = &*call.func else { return None };
            let mut names = path.path.segments.iter().rev();
            let (method, of) = (names.next()?, names.next()?);
            let of = SIZED.iter().find(|name| of.ident == name)?;
            let text = place.of(path);
            // A table of another crate may have an order that its capacity changes.
            let own: syn::Path = syn::parse_str(text.rsplit_once("::")?.0).ok()?;
            if !is_of_std(place, &own) {
                return None;
            }
            let front = text.strip_suffix(&method.ident.to_string())?;
            let is_empty = method.ident == "new" || method.ident == "default";
            is_empty
                .then(|| (*of, Box::new(move |n: &str| format!("{front}with_capacity({n})")) as _))
        }
        syn::Expr::Macro(made)
            if made.mac.path.is_ident("vec")
                && made.mac.tokens.is_empty()
                && is_of_std(place, &made.mac.path) =>
        {
            Some(("Vec", Box::new(|n: &str| format!("Vec::with_capacity({n})"))))
        }
        _ => None,
    }
}

/// Whether a loop goes over the letters of a text.
fn is_of_letters(from: &syn::Expr) -> bool {
    match from {
        syn::Expr::MethodCall(call) => {
            LETTERS.iter().any(|name| call.method == name) || is_of_letters(&call.receiver)
        }
        _ => false,
    }
}

/// How many rounds a loop over this has, at most, and whether it is or may be a range, of which
/// nothing but the numbers need be there.
fn length(place: &Place<'_>, from: &syn::Expr) -> Option<(String, bool)> {
    match from {
        syn::Expr::Reference(reference) => length(place, &reference.expr),
        syn::Expr::Paren(paren) => length(place, &paren.expr),
        syn::Expr::Path(_) | syn::Expr::Field(_) if is_plain(from) => {
            Some((format!("{}.len()", place.of(from)), !is_collection(place, from)))
        }
        syn::Expr::MethodCall(call) if AS_MANY.iter().any(|name| call.method == name) => {
            let (number, is_range) = length(place, &call.receiver)?;
            // The letters of a text are there.
            let is_range = is_range && !LETTERS.iter().any(|name| call.method == name);
            // Of a range any few may be left.
            (!is_range || call.method != "filter").then_some((number, is_range))
        }
        syn::Expr::Range(range) => {
            let end = range.end.as_deref().filter(|end| is_number(end))?;
            let start = range.start.as_deref().filter(|start| is_number(start))?;
            let more = matches!(range.limits, syn::RangeLimits::Closed(_));
            // All of `usize`, or it does not compile; none fails where the range is empty.
            let number = match (place.of(start), place.of(end)) {
                ("0", end) if more => format!("{end}.saturating_add(1)"),
                ("0", end) => end.to_owned(),
                ("1", end) if more => end.to_owned(),
                (start, end) if !more => format!("{end}.saturating_sub({start})"),
                _ => return None,
            };
            Some((number, true))
        }
        _ => None,
    }
}

/// Whether each round adds to a collection, and no round is the last before the range ends.
fn adds_always(place: &Place<'_>, body: &syn::Block, name: &str) -> bool {
    let text = place.of(body);
    let leaves = ["abort", "await", "break", "continue", "exit", "return", "yield"];
    let mut stays = Stays(!text.contains('?') && !leaves.iter().any(|word| has_word(text, word)));
    stays.visit_block(body);
    let adds = |stmt: &syn::Stmt| match stmt {
        syn::Stmt::Expr(syn::Expr::MethodCall(call), _) => {
            ADDS.iter().any(|method| call.method == method) && place.of(&call.receiver) == name
        }
        _ => false,
    };
    stays.0 && body.stmts.iter().any(adds)
}

/// Whether no macro is met that may hold a `return`.
struct Stays(bool);

impl<'a> Visit<'a> for Stays {
    fn visit_macro(&mut self, made: &'a syn::Macro) {
        self.0 &= STAYS.iter().any(|name| made.path.is_ident(name));
    }
}

/// Whether a text names what a length is of.
fn is_said(text: &str, length: &str) -> bool {
    let part = |c: char| !(c.is_alphanumeric() || c == '_');
    let names = length.split(part).filter(|name| name.starts_with(|c: char| !c.is_numeric()));
    let methods = ["len", "saturating_add", "saturating_sub", "self"];
    names.into_iter().any(|name| !methods.contains(&name) && has_word(text, name))
}

/// A name, a number, or the length of something: to read it twice does nothing.
fn is_number(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::MethodCall(call) => call.method == "len" && is_plain(&call.receiver),
        expr => is_plain(expr),
    }
}

/// Bytes of an element, where the source says its type and that has a known size.
fn size_of_element(
    place: &Place<'_>,
    ty: Option<&syn::Type>,
    value: &syn::Expr,
    of: &str,
) -> Option<u64> {
    let output = match &place.function.sig.output {
        syn::ReturnType::Type(_, ty) => Some(place.of(ty)),
        syn::ReturnType::Default => None,
    };
    let written = [ty.map(|ty| place.of(ty)), Some(place.of(value)), output];
    let element = written.into_iter().flatten().find_map(|text| {
        let (_, rest) = text.split_once(of)?;
        let rest = rest.trim_start_matches("::").strip_prefix('<')?;
        Some(rest[..rest.find('>')?].trim())
    })?;
    element_size(element)
}

/// A number as people write it: `16_384`.
fn digits(number: u64) -> String {
    let text = number.to_string();
    let mut out = String::with_capacity(text.len() + text.len() / 3);
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && text.len() > 4 && (text.len() - at).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
