//! A collection that grows step by step: made as large as the loop that fills it is long, or as
//! what was measured.

use super::place::{Place, Rewrite, bound, has_word};
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

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    let mut walk = Walk { place, found: Vec::new(), empty: 0, measured: None };
    walk.visit_block(place.function.block);
    // Of several the measured capacity is of nobody knows which.
    let measured = walk.measured.filter(|_| walk.empty == 1);
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
                Some(&*found.expr)
            }
            _ => None,
        });
        // A text is longer than it has parts.
        let lengths = filled.filter(|_| of != "String" || is_of_letters(filled));
        for length in lengths.map(|from| length(place, from)).into_iter().flatten() {
            self.found.push(vec![place.replace(value, with(&length))]);
        }
        let element = if of == "String" { Some(1) } else { element_size(place, ty, value, of) };
        if let (Some(bytes), Some(size)) = (place.grown, element) {
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
            let front = text.strip_suffix(&method.ident.to_string())?;
            let is_empty = method.ident == "new" || method.ident == "default";
            is_empty
                .then(|| (*of, Box::new(move |n: &str| format!("{front}with_capacity({n})")) as _))
        }
        syn::Expr::Macro(made) if made.mac.path.is_ident("vec") && made.mac.tokens.is_empty() => {
            Some(("Vec", Box::new(|n: &str| format!("Vec::with_capacity({n})"))))
        }
        _ => None,
    }
}

/// Whether a loop goes over the letters of a text.
fn is_of_letters(from: Option<&syn::Expr>) -> bool {
    match from {
        Some(syn::Expr::MethodCall(call)) => {
            ["chars", "bytes", "char_indices"].iter().any(|name| call.method == name)
                || is_of_letters(Some(&call.receiver))
        }
        _ => false,
    }
}

/// How many rounds a loop over this has, at most: expressions, the likeliest first.
fn length(place: &Place<'_>, from: &syn::Expr) -> Vec<String> {
    match from {
        syn::Expr::Reference(reference) => length(place, &reference.expr),
        syn::Expr::Paren(paren) => length(place, &paren.expr),
        syn::Expr::Path(_) | syn::Expr::Field(_) => vec![format!("{}.len()", place.of(from))],
        syn::Expr::MethodCall(call) if AS_MANY.iter().any(|name| call.method == name) => {
            length(place, &call.receiver)
        }
        syn::Expr::Range(range) => {
            let Some(end) = range.end.as_deref().filter(|end| is_plain(end)) else {
                return Vec::new();
            };
            let start = range.start.as_deref();
            let more = matches!(range.limits, syn::RangeLimits::Closed(_));
            let end = place.of(end);
            let number = match start {
                Some(start) if place.of(start) == "0" && more => format!("{end} + 1"),
                Some(start) if place.of(start) == "0" => end.to_owned(),
                Some(start) if place.of(start) == "1" && more => end.to_owned(),
                Some(start) if is_plain(start) && !more => format!("{end} - {}", place.of(start)),
                _ => return Vec::new(),
            };
            let is_sum = number.contains(' ');
            let cast =
                if is_sum { format!("({number}) as usize") } else { format!("{number} as usize") };
            vec![number, cast]
        }
        _ => Vec::new(),
    }
}

/// A name, a number, or the length of something: to read it twice does nothing.
fn is_plain(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Path(_) | syn::Expr::Lit(_) => true,
        syn::Expr::Field(field) => is_plain(&field.base),
        syn::Expr::MethodCall(call) => call.method == "len" && is_plain(&call.receiver),
        _ => false,
    }
}

/// Bytes of an element, where the source says its type and that has a known size.
fn element_size(
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
        Some(rest[..rest.find('>')?].trim().to_owned())
    })?;
    Some(match element.as_str() {
        "u8" | "i8" | "bool" => 1,
        "u16" | "i16" => 2,
        "u32" | "i32" | "f32" | "char" => 4,
        "u64" | "i64" | "f64" | "usize" | "isize" => 8,
        "u128" | "i128" | "&str" | "&'static str" => 16,
        "String" => 24,
        _ => return None,
    })
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
