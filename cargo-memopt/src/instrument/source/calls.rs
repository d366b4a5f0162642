//! Whether a function calls anything that may allocate. One that does not has nothing to count, and
//! an attribute would only slow it.

use syn::visit::{self, Visit};

/// Methods that allocate nothing, by the conventions of std.
const FREE: &[&str] = &[
    "abs",
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_mut_ptr",
    "as_ptr",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "borrow_mut",
    "bytes",
    "cast",
    "chars",
    "checked_add",
    "checked_mul",
    "checked_sub",
    "cmp",
    "contains_key",
    "copied",
    "count_ones",
    "deref",
    "end",
    "ends_with",
    "eq",
    "first",
    "get",
    "get_mut",
    "get_unchecked",
    "is_ascii_digit",
    "is_char_boundary",
    "is_empty",
    "is_err",
    "is_none",
    "is_ok",
    "is_some",
    "iter",
    "iter_mut",
    "last",
    "leading_zeros",
    "len",
    "load",
    "max",
    "min",
    "ne",
    "next",
    "offset",
    "ok",
    "partial_cmp",
    "peek",
    "pow",
    "read",
    "rotate_left",
    "saturating_add",
    "saturating_sub",
    "split_at",
    "start",
    "starts_with",
    "store",
    "swap",
    "take",
    "to_bits",
    "trailing_zeros",
    "unwrap",
    "unwrap_or",
    "unwrap_unchecked",
    "wrapping_add",
    "wrapping_mul",
    "wrapping_sub",
];

/// Macros that allocate nothing unless they panic.
const FREE_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "matches",
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
];

/// Whether something in `block`, closures included, may allocate.
pub(super) fn may_allocate(block: &syn::Block) -> bool {
    let mut search = Search(false);
    search.visit_block(block);
    search.0
}

struct Search(bool);

impl<'a> Visit<'a> for Search {
    fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
        self.0 |= !is_constructor(&call.func);
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        self.0 |= !FREE.iter().any(|name| call.method == name);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        let name = called.path.segments.last();
        self.0 |= !name.is_some_and(|name| FREE_MACROS.iter().any(|free| name.ident == free));
    }

    /// `+` of strings, and what else an operator may be.
    fn visit_expr_binary(&mut self, binary: &'a syn::ExprBinary) {
        let adds = matches!(binary.op, syn::BinOp::Add(_) | syn::BinOp::AddAssign(_));
        self.0 |= adds && (is_text(&binary.left) || is_text(&binary.right));
        visit::visit_expr_binary(self, binary);
    }

    /// An item within is looked at by itself.
    fn visit_item(&mut self, _: &'a syn::Item) {}
}

/// `Some(x)`, `Self(x)`, `Kind::Word(x)`: a name in upper case.
fn is_constructor(called: &syn::Expr) -> bool {
    let syn::Expr::Path(path) = called else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let name = last.ident.to_string();
    name.starts_with(|first: char| first.is_uppercase())
        || (name == "size_of" || name == "min" || name == "max" || name == "swap")
}

fn is_text(side: &syn::Expr) -> bool {
    match side {
        syn::Expr::Reference(_) => true,
        syn::Expr::Lit(lit) => matches!(lit.lit, syn::Lit::Str(_)),
        _ => false,
    }
}
