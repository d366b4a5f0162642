//! What `#[presize]` may stand on: a `let` of one variable that begins as an empty collection.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenTree};
use syn::{Error, Result};

use crate::args::PresizeArgs;
use crate::model::block::{last_seen, may_move, statements};
use crate::model::lets::{Let, Marked, NotALet};
use crate::tokens::{Angles, is_punct, is_word, trees};

/// A `let` whose collection can start with a capacity.
pub(crate) struct Presize {
    pub(crate) parts: Let,
    pub(crate) args: PresizeArgs,
    pub(crate) begin: Begin,
    pub(crate) span: Span,
}

/// How the collection begins.
pub(crate) enum Begin {
    /// `X::new()` or `X::default()`
    Empty,
    /// `X::with_capacity(..)`; the arguments.
    Given(Group),
}

/// Plans one marked statement.
pub(crate) fn presize(marked: &Marked<'_>) -> Result<Presize> {
    let span = marked.attr.span();
    let args = PresizeArgs::parse(marked.attr.arguments())?;
    let parts = marked.parts().map_err(|why| {
        let message = match why {
            NotALet::Other => {
                "`#[presize]` goes on a `let` that makes a collection; write `#[presize] let mut \
                rows \
                = Vec::new();`"
            }
            NotALet::Pattern => {
                "`#[presize]` watches one variable and cannot look into a pattern; give the \
                collection \
                a `let` of its own"
            }
            NotALet::NoValue => {
                "`#[presize]` gives the initial value its capacity, and this `let` has none; write \
                `= \
                Vec::new()` here"
            }
        };
        Error::new(span, message)
    })?;
    let begin = begin(&parts).ok_or_else(|| {
        let at = parts.value.first().map_or(span, TokenTree::span);
        let message = "`#[presize]` does not know how to give this value a capacity; begin with \
            `Vec::new()`, `Vec::default()`, `Vec::with_capacity(n)` or those of another collection";
        Error::new(at, message)
    })?;
    if let Some(error) = no_room(&parts).or_else(|| held_to_the_end(marked.rest, &parts.variable)) {
        return Err(error);
    }
    Ok(Presize { parts, args, begin, span })
}

/// Collections of the standard library whose memory comes a node at a time.
const OF_NODES: [&str; 3] = ["BTreeMap", "BTreeSet", "LinkedList"];

fn no_room(parts: &Let) -> Option<Error> {
    let path = &parts.value[..parts.value.len().checked_sub(2)?];
    let mut angles = Angles::default();
    let mut name = None;
    for token in path {
        match token {
            TokenTree::Ident(word) if angles.closed() => name = Some(word),
            _ => {}
        }
        angles.feed(token);
    }
    let name = name.filter(|name| OF_NODES.iter().any(|other| name == other))?;
    let message = format!(
        "a `{name}` grows node by node and has no capacity; remove `#[presize]`, or use a \
        collection \
        with a capacity: `Vec`, `String`, `VecDeque`, `BinaryHeap`, `HashMap`, `HashSet`"
    );
    Some(Error::new(name.span(), message))
}

/// Writers of the standard library with a destructor that writes: their borrows last until they are
/// dropped.
const WRITERS: [&str; 2] = ["BufWriter", "LineWriter"];

/// The error where such a writer still borrows the collection when its length is read.
fn held_to_the_end(rest: &[TokenTree], variable: &Ident) -> Option<Error> {
    let name = variable.to_string();
    let looked_at = last_seen(rest, &name)?;
    let statements = statements(rest);
    let before = statements.iter().filter(|statement| statement.end <= looked_at);
    let (writer, borrow, from) = before.clone().find_map(|at| {
        writer_over(&rest[at.clone()], &name).map(|(writer, borrow)| (writer, borrow, at.end))
    })?;
    let ends = |statement: &std::ops::Range<usize>| {
        statement.start >= from && may_move(&rest[statement.clone()], &writer.to_string())
    };
    if before.clone().any(ends) {
        return None;
    }
    let message = format!(
        "`{writer}` borrows `{name}` until the block ends, where `#[presize]` reads its length; \
        end \
        the borrow with `drop({writer});`, or give `{writer}` a block of its own"
    );
    Some(Error::new(borrow, message))
}

/// `let writer = BufWriter::new(&mut name);`: the writer, and where it borrows.
fn writer_over(statement: &[TokenTree], name: &str) -> Option<(Ident, Span)> {
    let writer = match statement {
        [keyword, mutable, TokenTree::Ident(writer), ..]
            if is_word(keyword, "let") && is_word(mutable, "mut") =>
        {
            writer
        }
        [keyword, TokenTree::Ident(writer), ..] if is_word(keyword, "let") => writer,
        _ => return None,
    };
    let [path @ .., TokenTree::Group(arguments), semicolon] = statement else { return None };
    if !is_punct(semicolon, ';')
        || !path.iter().any(|word| WRITERS.iter().any(|known| is_word(word, known)))
    {
        return None;
    }
    let arguments = trees(arguments.stream());
    let borrows = |three: &&[TokenTree]| {
        is_punct(&three[0], '&') && is_word(&three[1], "mut") && is_word(&three[2], name)
    };
    let borrow = arguments.windows(3).find(borrows)?;
    Some((writer.clone(), borrow[2].span()))
}

fn begin(parts: &Let) -> Option<Begin> {
    let [path @ .., colon, second, TokenTree::Ident(function), TokenTree::Group(arguments)] =
        parts.value.as_slice()
    else {
        return None;
    };
    let is_path = path.iter().all(|token| match token {
        TokenTree::Ident(_) | TokenTree::Literal(_) => true,
        TokenTree::Punct(punct) => {
            matches!(punct.as_char(), ':' | '<' | '>' | ',' | '\'' | '&' | '-' | '=')
        }
        // A tuple or array among the type's arguments.
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
    });
    let parenthesised = arguments.delimiter() == Delimiter::Parenthesis;
    if path.is_empty()
        || !is_path
        || !parenthesised
        || !is_punct(colon, ':')
        || !is_punct(second, ':')
    {
        return None;
    }
    let empty = trees(arguments.stream()).is_empty();
    match function.to_string().as_str() {
        "new" | "default" if empty => Some(Begin::Empty),
        "with_capacity" if !empty => Some(Begin::Given(arguments.clone())),
        _ => None,
    }
}
