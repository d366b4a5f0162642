//! Impls, traits and inline modules.

use super::*;

struct Parser(Vec<u8>);

#[track_alloc(all)]
impl Parser {
    const LIMIT: usize = { 3 };

    fn new() -> Self {
        Self(vec![1; Self::LIMIT])
    }

    fn by_ref(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn by_mut(&mut self) -> &mut Vec<u8> {
        self.0.reserve_exact(100);
        &mut self.0
    }

    fn by_value(mut self) -> Vec<u8> {
        self.0.shrink_to_fit();
        self.0
    }

    fn by_box(self: Box<Self>) -> Vec<u8> {
        (*self).0
    }

    fn by_pin(self: Pin<&mut Self>) -> Box<usize> {
        Box::new(self.0.len())
    }

    async fn later(&self) -> Vec<u8> {
        pause().await;
        self.0.clone()
    }

    /// Left out: it may run in the compiler.
    const fn limit() -> usize {
        Self::LIMIT
    }

    #[track_alloc(skip)]
    fn skipped(&self) -> Vec<u8> {
        self.0.clone()
    }

    #[memopt::track_alloc(name = "Parser, renamed")]
    fn renamed(&self) -> Vec<u8> {
        self.0.clone()
    }
}

#[test]
fn self_in_all_forms() {
    const LIMIT: usize = Parser::limit();
    let recording = record(|| {
        let mut parser = Parser::new();
        parser.by_ref();
        parser.by_mut();
        Pin::new(&mut parser).by_pin();
        block_on(parser.later());
        parser.skipped();
        parser.renamed();
        Box::new(Parser(Vec::new())).by_box();
        parser.by_value()
    });
    assert_eq!(LIMIT, 3);
    for name in ["new", "by_ref", "by_pin", "later"] {
        assert_eq!(count(&recording, &format!("Parser::{name}")), (1, 1), "{name}");
    }
    for name in ["by_mut", "by_value", "by_box"] {
        assert_eq!(count(&recording, &format!("Parser::{name}")).0, 1, "{name}");
    }
    assert!(recording.report.site("skipped").is_err());
    assert!(recording.report.site("limit").is_err());
    assert_eq!(count(&recording, "Parser, renamed"), (1, 1));
}

trait Make {
    fn make(&self) -> Box<u8>;
}

struct A;
struct B<T>(T);

#[track_alloc]
impl Make for A {
    fn make(&self) -> Box<u8> {
        Box::new(1)
    }
}

#[track_alloc]
impl<T: Copy + Into<u8>> Make for B<T>
where
    T: 'static,
{
    #[inline]
    fn make(&self) -> Box<u8> {
        Box::new(self.0.into())
    }
}

#[test]
fn one_name_in_two_impls_stays_apart() {
    let recording = record(|| (A.make(), B(2).make(), B(3).make()));
    assert_eq!(count(&recording, "A::make"), (1, 1));
    assert_eq!(count(&recording, "B::make"), (2, 2));
    assert!(recording.report.site("make").unwrap_err().is_ambiguous());
}

#[track_alloc]
trait Defaults {
    type Out: From<u8>;
    const START: u8 = 4;

    fn required(&self) -> Self::Out;

    fn provided(&self) -> Vec<Self::Out> {
        vec![self.required()]
    }

    async fn provided_later(&self) -> Vec<Self::Out> {
        pause().await;
        vec![self.required()]
    }
}

impl Defaults for A {
    type Out = u16;

    fn required(&self) -> u16 {
        Self::START.into()
    }
}

#[test]
fn default_bodies_are_sites_and_signatures_are_not() {
    let recording = record(|| {
        assert_eq!(A.provided(), [4]);
        assert_eq!(block_on(A.provided_later()), [4]);
    });
    assert_eq!(count(&recording, "provided"), (1, 1));
    assert_eq!(count(&recording, "provided_later"), (1, 1));
    assert!(recording.report.site("required").is_err());
}

#[track_alloc]
mod room {
    #![allow(dead_code)]

    use super::super::pause;
    extern crate alloc as other_alloc;

    pub(super) const SIZES: [usize; 2] = [1, { 2 }];
    pub(super) static NAME: &str = "room";
    type Pair<T> = (T, T);

    macro_rules! twice {
        ($e:expr) => {
            ($e, $e)
        };
    }

    pub(super) enum Kind {
        One { inner: u8 },
    }

    #[derive(Clone)]
    pub(super) struct Sized<const N: usize = { 3 }>(pub [u8; N]);

    pub(super) union Either {
        pub a: u8,
        pub b: i8,
    }

    unsafe extern "C" {
        safe fn abs(x: i32) -> i32;
    }

    pub(super) fn free() -> Pair<Box<u8>> {
        twice!(Box::new(abs(-1).unsigned_abs() as u8))
    }

    impl<const N: usize> Sized<{ N }> {
        pub(super) fn copy(&self) -> Vec<u8> {
            self.0.to_vec()
        }
    }

    #[track_alloc(skip)]
    impl Kind {
        pub(super) fn skipped(&self) -> Box<u8> {
            let Self::One { inner } = self;
            Box::new(*inner)
        }
    }

    pub(super) mod deeper {
        pub(in super::super) async fn wait() -> Box<u8> {
            super::pause().await;
            Box::new(1)
        }
    }

    pub(super) const fn constant() -> u8 {
        1
    }
}

#[test]
fn everything_in_a_mod() {
    const CONSTANT: u8 = room::constant();
    let recording = record(|| {
        room::free();
        room::Sized::<3>([1; 3]).copy();
        room::Kind::One { inner: 1 }.skipped();
        block_on(room::deeper::wait());
        (room::SIZES, room::NAME, room::Either { a: CONSTANT })
    });
    assert_eq!(count(&recording, "room::free"), (1, 2));
    assert_eq!(count(&recording, "Sized::copy"), (1, 1));
    assert_eq!(count(&recording, "deeper::wait"), (1, 1));
    assert!(recording.report.site("skipped").is_err());
}

struct Chosen {
    items: Vec<u8>,
}

#[track_alloc]
impl Chosen {
    fn with(items: &[u8]) -> Self {
        Self { items: items.to_vec() }
    }

    fn items(&self) -> &[u8] {
        &self.items
    }

    fn count(&self) -> usize {
        self.items.len()
    }

    #[inline(always)]
    fn first(&self) -> Option<Box<u8>> {
        self.items().first().map(|first| Box::new(*first))
    }

    #[track_alloc]
    fn has_any(&self) -> bool {
        !self.items.is_empty()
    }
}

struct All(u8);

#[track_alloc(all)]
impl All {
    fn get(&self) -> u8 {
        self.0
    }
}

#[test]
fn functions_with_nothing_to_tell_are_left_alone() {
    let recording = record(|| {
        let chosen = Chosen::with(&[1]);
        assert_eq!((chosen.items().len(), chosen.count(), chosen.has_any()), (1, 1, true));
        assert_eq!((chosen.first(), All(1).get()), (Some(Box::new(1)), 1));
    });
    for (name, calls) in [
        ("Chosen::with", 1),
        ("Chosen::has_any", 1),
        ("All::get", 1),
        ("Chosen::items", 0),
        ("Chosen::count", 0),
        ("Chosen::first", 0),
    ] {
        assert_eq!(count(&recording, name).0, calls, "{name}");
    }
}

struct Digits(u64);

#[track_alloc]
impl Digits {
    fn sum(&self) -> u64 {
        std::hint::black_box(self.0.count_ones()).into()
    }

    fn text(&self) -> String {
        self.0.to_string()
    }

    fn passed_on(&self) -> (String, u64) {
        (self.text(), self.0)
    }

    #[track_alloc]
    fn asked_for(&self) -> u64 {
        std::hint::black_box(self.0.count_ones()).into()
    }
}

#[track_alloc(all)]
impl Digits {
    fn counted(&self) -> u64 {
        std::hint::black_box(self.0.count_ones()).into()
    }
}

#[test]
fn a_site_that_costs_more_than_it_tells_is_switched_off() {
    const CALLS: u64 = 1_000_000;
    let digits = Digits(5);
    let recording = record(|| {
        for _ in 0..CALLS {
            assert_eq!(digits.sum() + digits.counted() + digits.asked_for(), 6);
        }
        (0..CALLS / 100).map(|_| digits.text().len()).sum::<usize>()
    });
    let site = |name: &str| recording.report.site(name).unwrap();
    let calls = |name: &str| (site(name).calls, site(name).switched_off);
    // Who was asked for by name, by `all`, or allocates is counted to the end.
    assert_eq!(calls("Digits::asked_for"), (CALLS, false));
    assert_eq!(calls("Digits::counted"), (CALLS, false));
    assert_eq!(calls("Digits::text"), (CALLS / 100, false));
    let (counted, is_off) = calls("Digits::sum");
    assert!(is_off && counted > 10_000 && counted < CALLS, "{counted} calls, {is_off}");
    let text = recording.report.to_string();
    assert!(text.contains("! sum: calls: switched off"), "{text}");
    assert!(text.contains("`#[track_alloc(all)]` counts all"), "{text}");
}

#[test]
fn a_site_that_only_passes_on_what_others_allocate_is_switched_off() {
    const CALLS: u64 = 250_000;
    let digits = Digits(5);
    // Other tests run beside: it may take more time until the entries are too many.
    let is_off = (0..40).any(|_| {
        let recording = record(|| (0..CALLS).map(|_| digits.passed_on().0.len()).sum::<usize>());
        let site = |name: &str| recording.report.site(name);
        let text = site("Digits::text").unwrap();
        assert_eq!((text.calls, text.switched_off, text.own.allocs), (CALLS, false, CALLS));
        let passed_on = site("Digits::passed_on").unwrap();
        assert_eq!(passed_on.own.allocs, 0);
        assert_eq!(passed_on.calls < CALLS, passed_on.switched_off);
        passed_on.switched_off
    });
    assert!(is_off);
}
