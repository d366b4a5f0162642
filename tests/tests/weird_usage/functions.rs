//! Functions: parameters, results, generics, ABIs, budgets.

use super::*;

#[track_alloc]
fn plain() -> Box<u8> {
    Box::new(1)
}

#[track_alloc]
fn empty() {}

#[track_alloc]
fn inner_attributes(x: u8) -> Box<u8> {
    #![allow(unused_variables)]
    //! A doc inside.
    let unused = x;
    Box::new(x)
}

#[test]
fn each_call_is_counted() {
    let recording = record(|| {
        plain();
        plain();
        empty();
        inner_attributes(1);
    });
    assert_eq!(count(&recording, "functions::plain"), (2, 2));
    assert_eq!(count(&recording, "functions::empty"), (1, 0));
    assert_eq!(count(&recording, "functions::inner_attributes"), (1, 1));
}

#[track_alloc]
fn generic<'a, T: Clone + 'a, const N: usize>(items: &'a [T; N]) -> Vec<T>
where
    T: std::fmt::Debug,
    [T; N]: Sized,
{
    items.to_vec()
}

#[track_alloc]
fn opaque<'a>(items: &'a [u8], keep: impl Fn(&u8) -> bool + 'a) -> impl Iterator<Item = u8> + 'a {
    let kept: Vec<u8> = items.iter().copied().filter(move |item| keep(item)).collect();
    kept.into_iter()
}

#[test]
fn all_instances_of_a_generic_are_one_site() {
    let recording = record(|| {
        assert_eq!(generic(&[1, 2]), [1, 2]);
        assert_eq!(generic(&["a"]), ["a"]);
        assert_eq!(opaque(&[1, 2, 3], |x| *x > 1).count(), 2);
    });
    assert_eq!(count(&recording, "generic"), (2, 2));
    assert_eq!(count(&recording, "opaque"), (1, 1));
}

#[track_alloc]
unsafe fn danger(pointer: *const u8) -> Box<u8> {
    // SAFETY: the caller gives a valid pointer.
    Box::new(unsafe { *pointer })
}

#[track_alloc]
extern "C" fn from_c(x: u8) -> usize {
    vec![x; 3].len()
}

#[track_alloc]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memopt_tests_exported(x: u8) -> usize {
    vec![x; 5].len()
}

#[track_alloc]
pub(super) fn r#match(r#type: u8) -> Box<u8> {
    Box::new(r#type)
}

#[test]
fn qualifiers_and_raw_names() {
    let recording = record(|| {
        let x = 7;
        // SAFETY: `x` is alive.
        assert_eq!(*unsafe { danger(&raw const x) }, 7);
        assert_eq!(from_c(1), 3);
        // SAFETY: nothing is asked of the caller.
        assert_eq!(unsafe { memopt_tests_exported(1) }, 5);
        r#match(1);
    });
    assert_eq!(count(&recording, "danger"), (1, 1));
    assert_eq!(count(&recording, "from_c"), (1, 1));
    assert_eq!(count(&recording, "memopt_tests_exported"), (1, 1));
    let raw = recording.report.site("match").or_else(|_| recording.report.site("r#match"));
    assert_eq!(raw.unwrap().calls, 1);
}

#[track_alloc]
fn early(x: u8) -> Option<Box<u8>> {
    if x == 0 {
        return None;
    }
    let x = Some(x).filter(|x| *x < 9)?;
    Some(Box::new(x))
}

#[track_alloc]
fn never() -> ! {
    let _boxed = Box::new(1);
    std::panic::resume_unwind(Box::new("out"))
}

#[track_alloc]
fn patterns((a, [b, ..]): (u8, [u8; 3]), _: u8, mut c: Vec<u8>, &d: &u8) -> Vec<u8> {
    c.extend([a, b, d]);
    c
}

#[test]
fn every_way_out() {
    let recording = record(|| {
        assert_eq!(early(0), None);
        assert_eq!(early(9), None);
        assert_eq!(early(1), Some(Box::new(1)));
        assert!(std::panic::catch_unwind(|| never()).is_err());
        assert_eq!(patterns((1, [2, 0, 0]), 0, Vec::new(), &3), [1, 2, 3]);
    });
    assert_eq!(count(&recording, "early"), (3, 1));
    let never = recording.report.site("never").unwrap();
    assert_eq!((never.calls, never.panics), (1, 1));
    assert_eq!(count(&recording, "patterns"), (1, 1));
}

#[track_alloc]
fn outer() -> Vec<Box<u8>> {
    #[track_alloc]
    fn nested() -> Box<u8> {
        Box::new(1)
    }
    fn plain_nested() -> Box<u8> {
        Box::new(2)
    }
    use std::iter::once;
    once(nested()).chain(once(plain_nested())).collect()
}

#[test]
fn a_function_in_a_function_is_its_own_site() {
    let recording = record(outer);
    // A box inside, one beside, and the vector.
    assert_eq!(count(&recording, "functions::outer"), (1, 3));
    assert_eq!(count(&recording, "outer::nested"), (1, 1));
    assert_eq!(recording.report.site("functions::outer").unwrap().self_allocs, 2);
    assert!(recording.report.site("plain_nested").is_err());
}

macro_rules! annotated {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty $body:block) => {
        #[track_alloc]
        $(#[$meta])* $vis fn $name($($arg: $ty),*) -> $out $body
    };
}

annotated! {
    /// Built by a macro.
    #[inline]
    pub(crate) fn by_macro(x: u8) -> Box<u8> { Box::new(x) }
}

annotated! { fn by_macro_private() -> Vec<u8> { vec![1] } }

macro_rules! annotated_item {
    ($item:item) => {
        #[track_alloc]
        $item
    };
}

annotated_item! { fn by_item_macro() -> Box<u8> { Box::new(1) } }

#[test]
fn what_a_macro_writes() {
    let recording = record(|| (by_macro(1), by_macro_private(), by_item_macro()));
    assert_eq!(count(&recording, "by_macro"), (1, 1));
    assert_eq!(count(&recording, "by_macro_private"), (1, 1));
    assert_eq!(count(&recording, "by_item_macro"), (1, 1));
}

#[track_alloc(name = "shown as it is")]
fn renamed() -> Box<u8> {
    Box::new(1)
}

#[track_alloc(budget(allocs <= 1, bytes <= "1 KiB", peak <= 2_048, retained <= 0))]
fn budgeted(size: usize) -> usize {
    vec![0u8; size].len()
}

#[track_alloc]
#[rustfmt::skip]
fn placed()    ->    Box<u8> { Box::new(1) }
const PLACED: u32 = line!() - 1;

#[test]
fn name_budget_and_place() {
    let recording = record(|| (renamed(), budgeted(100), budgeted(2000), placed()));
    assert_eq!(count(&recording, "shown as it is"), (1, 1));
    let budget = recording.report.site("budgeted").unwrap().budget.unwrap();
    assert_eq!(
        (budget.max_allocs, budget.max_bytes, budget.max_peak, budget.max_retained),
        (Some(1), Some(1024), Some(2048), Some(0))
    );
    assert_eq!(budget.exceeded, 1);
    let placed = recording.report.site("placed").unwrap();
    assert!(placed.file.ends_with("weird_usage/functions.rs"), "{}", placed.file);
    // `fn ` stands before the name.
    assert_eq!((placed.line, placed.column), (PLACED, 4));
}
