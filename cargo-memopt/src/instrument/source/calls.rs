//! What a function calls, by the look of it: what allocates for sure, and names that the crate may
//! have functions for. One that reaches no allocation has nothing to count, and an attribute would
//! only slow it; [`reach`](crate::instrument::reach) decides.

use memopt_units::{allocates_nothing, macro_allocates_nothing, mostly_allocates};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};

/// Modules and types all of whose functions allocate nothing.
const FREE_OWNERS: &[&str] = &[
    "AtomicBool",
    "AtomicI32",
    "AtomicI64",
    "AtomicPtr",
    "AtomicU32",
    "AtomicU64",
    "AtomicU8",
    "AtomicUsize",
    "Cell",
    "Duration",
    "Instant",
    "ManuallyDrop",
    "MaybeUninit",
    "NonNull",
    "Ordering",
    "Pin",
    "Poll",
    "Range",
    "RangeInclusive",
    "RefCell",
    "Wrapping",
    "bool",
    "char",
    "cmp",
    "f32",
    "f64",
    "hint",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "iter",
    "mem",
    "ptr",
    "slice",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];
/// Types whose functions allocate, but for `new` of a collection.
const ALLOCATING_OWNERS: &[&str] = &[
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "HashMap",
    "HashSet",
    "Rc",
    "String",
    "Vec",
    "VecDeque",
];

/// What a function calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calls {
    /// Something that allocates, or of which nothing is known.
    pub(crate) certain: bool,
    /// Names of what else is called: `Pool::take`, or `take` where its type is not said.
    pub(crate) names: BTreeSet<String>,
    /// Names of values that may be functions of the crate, handed to others.
    pub(crate) handed: BTreeSet<String>,
}

impl Calls {
    /// Of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Self { certain: true, ..Self::default() }
    }
}

/// What `block`, closures included, calls; `owner` is the type that `self` is of.
pub(super) fn of(block: &syn::Block, owner: Option<&str>) -> Calls {
    let mut search = Search { found: Calls::default(), owner };
    search.visit_block(block);
    search.found
}

struct Search<'o> {
    found: Calls,
    owner: Option<&'o str>,
}

impl Search<'_> {
    /// A value that is handed to what is called: it may be a function.
    fn argument(&mut self, argument: &syn::Expr) {
        match argument {
            syn::Expr::Path(value) => self.path(&value.path, false),
            other => self.visit_expr(other),
        }
    }

    /// A function that is named by a path: its type, where that is said, and its name.
    fn path(&mut self, path: &syn::Path, is_called: bool) {
        let mut parts = path.segments.iter().rev().map(|part| part.ident.to_string());
        let Some(name) = parts.next() else { return };
        let owner = parts.next().map(|owner| match (owner.as_str(), self.owner) {
            ("Self", Some(own)) => own.to_owned(),
            _ => owner,
        });
        // `Some(x)`, `Self(x)`, `Kind::Word(x)`: a name in upper case.
        if name.starts_with(|first: char| first.is_uppercase()) {
            return;
        }
        let Some(owner) = owner else {
            let names = if is_called { &mut self.found.names } else { &mut self.found.handed };
            if !matches!(name.as_str(), "drop" | "min" | "max" | "size_of" | "swap") {
                names.insert(name);
            }
            return;
        };
        let is_new = name == "new" && !matches!(owner.as_str(), "Arc" | "Box" | "Rc");
        if ALLOCATING_OWNERS.contains(&owner.as_str()) {
            self.found.certain |= !is_new;
        } else if !FREE_OWNERS.contains(&owner.as_str()) {
            self.found.names.insert(format!("{owner}::{name}"));
        }
    }
}

impl<'a> Visit<'a> for Search<'_> {
    fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
        match &*call.func {
            syn::Expr::Path(called) => self.path(&called.path, true),
            // A function in a field, or one that a call gave.
            other => {
                self.found.certain = true;
                self.visit_expr(other);
            }
        }
        call.args.iter().for_each(|argument| self.argument(argument));
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        let name = call.method.to_string();
        let is_own = matches!(&*call.receiver, syn::Expr::Path(path) if path.path.is_ident("self"));
        match self.owner.filter(|_| is_own) {
            Some(owner) => _ = self.found.names.insert(format!("{owner}::{name}")),
            None if mostly_allocates(&name) => self.found.certain = true,
            None if allocates_nothing(&name) => {}
            None => _ = self.found.names.insert(name),
        }
        self.visit_expr(&call.receiver);
        call.args.iter().for_each(|argument| self.argument(argument));
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        let name = called.path.segments.last();
        let is_free = name.is_some_and(|name| macro_allocates_nothing(&name.ident.to_string()));
        self.found.certain |= !is_free;
    }

    /// `+` of strings, and what else an operator may be.
    fn visit_expr_binary(&mut self, binary: &'a syn::ExprBinary) {
        let adds = matches!(binary.op, syn::BinOp::Add(_) | syn::BinOp::AddAssign(_));
        self.found.certain |= adds && (is_text(&binary.left) || is_text(&binary.right));
        visit::visit_expr_binary(self, binary);
    }

    /// An item within is looked at by itself.
    fn visit_item(&mut self, _: &'a syn::Item) {}

    fn visit_pat(&mut self, _: &'a syn::Pat) {}
    fn visit_type(&mut self, _: &'a syn::Type) {}
}

fn is_text(side: &syn::Expr) -> bool {
    match side {
        syn::Expr::Reference(_) => true,
        syn::Expr::Lit(lit) => matches!(lit.lit, syn::Lit::Str(_)),
        _ => false,
    }
}
