//! Every shape of function the attribute must take, each run and its count checked.

// Boxes are what is counted, and the shapes are odd on purpose.
#![allow(
    clippy::unnecessary_box_returns,
    clippy::vec_box,
    clippy::boxed_local,
    clippy::multiple_bound_locations
)]
#![allow(clippy::items_after_statements, clippy::trivially_copy_pass_by_ref, clippy::elidable_lifetime_names)]
#![allow(unreachable_pub)]

use memopt::{Recording, record, track_alloc};
use std::future::Future;
use std::pin::Pin;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Calls and allocations of one site of a recording; a site that never ran has neither.
fn count<T>(recording: &Recording<T>, site: &str) -> (u64, u64) {
    recording.report.site(site).map_or((0, 0), |site| (site.calls, site.inclusive.allocs))
}

/// Runs a future that never waits for anything.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}

/// Pending once.
async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut polled, true) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

mod functions {
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
        assert!(placed.file.ends_with("tests/weird_usage.rs"), "{}", placed.file);
        // Four spaces and `fn ` stand before the name.
        assert_eq!((placed.line, placed.column), (PLACED, 8));
    }
}

mod containers {
    use super::*;

    struct Parser(Vec<u8>);

    #[track_alloc]
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
}

mod futures {
    use super::*;

    #[track_alloc]
    async fn waits(n: usize) -> Vec<u8> {
        let mut all = Vec::with_capacity(n);
        for _ in 0..n {
            pause().await;
            all.push(*Box::new(1));
        }
        all
    }

    #[track_alloc]
    async fn asks(text: &str) -> Result<Box<u8>, Box<dyn std::error::Error + Send + Sync>> {
        let parsed = text.parse()?;
        if parsed == 0 {
            return Err("zero".into());
        }
        pause().await;
        Ok(Box::new(parsed))
    }

    #[track_alloc]
    async fn opaque(x: u8) -> impl Fn() -> u8 {
        let boxed = Box::new(x);
        move || *boxed
    }

    #[track_alloc]
    async fn half_opaque<'a>(x: &'a str) -> Result<(impl AsRef<str> + 'a, u8), std::num::ParseIntError> {
        Ok((x.to_owned(), x.parse()?))
    }

    #[track_alloc]
    async fn never() -> ! {
        std::panic::resume_unwind(Box::new("out"))
    }

    #[track_alloc]
    async unsafe fn danger((a, b): (u8, u8), mut rest: Vec<u8>) -> Vec<u8> {
        rest.extend([a, b]);
        rest
    }

    #[test]
    fn async_functions() {
        let recording = record(|| {
            assert_eq!(block_on(waits(3)), [1, 1, 1]);
            assert_eq!(*block_on(asks("7")).unwrap(), 7);
            assert_eq!(block_on(asks("0")).unwrap_err().to_string(), "zero");
            assert_eq!(block_on(opaque(2))(), 2);
            assert_eq!(block_on(half_opaque("3")).unwrap().1, 3);
            // SAFETY: nothing is asked of the caller.
            assert_eq!(block_on(unsafe { danger((1, 2), Vec::new()) }), [1, 2]);
            assert!(std::panic::catch_unwind(|| block_on(never())).is_err());
        });
        // The vector and three boxes.
        assert_eq!(count(&recording, "futures::waits"), (1, 4));
        assert_eq!(count(&recording, "futures::asks").0, 2);
        assert_eq!(count(&recording, "futures::opaque"), (1, 1));
        assert_eq!(count(&recording, "futures::half_opaque"), (1, 1));
        assert_eq!(count(&recording, "futures::danger"), (1, 1));
        assert_eq!(recording.report.site("futures::never").unwrap().panics, 1);
    }

    #[track_alloc]
    fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Box<u8>> + Send>> {
        let doubled = n * 2;
        Box::pin(async move {
            pause().await;
            Box::new(doubled)
        })
    }

    #[track_alloc]
    fn bare<'a>(text: &'a str) -> impl Future<Output = String> + 'a {
        async move {
            pause().await;
            text.to_owned()
        }
    }

    #[test]
    fn functions_that_return_a_future_are_measured_while_it_runs() {
        let recording = record(|| {
            drop(boxed(1));
            assert_eq!(*block_on(boxed(4)), 8);
            assert_eq!(block_on(bare("abc")), "abc");
        });
        // The first was never polled.
        assert_eq!(count(&recording, "futures::boxed"), (1, 1));
        assert_eq!(count(&recording, "futures::bare"), (1, 1));
    }

    struct Service;

    #[async_trait::async_trait]
    trait Call {
        async fn above(&self, x: u8) -> Box<u8>;
        async fn below(&self, x: u8) -> Box<u8>;
    }

    #[async_trait::async_trait]
    impl Call for Service {
        #[track_alloc]
        async fn above(&self, x: u8) -> Box<u8> {
            pause().await;
            Box::new(x)
        }

        async fn below(&self, x: u8) -> Box<u8> {
            *Box::new(self.above(x).await)
        }
    }

    struct Whole;

    #[track_alloc]
    #[async_trait::async_trait]
    impl Call for Whole {
        async fn above(&self, x: u8) -> Box<u8> {
            pause().await;
            Box::new(x)
        }

        async fn below(&self, x: u8) -> Box<u8> {
            self.above(x).await
        }
    }

    #[test]
    fn async_trait_in_both_orders() {
        let recording = record(|| {
            assert_eq!(*block_on(Service.below(1)), 1);
            assert_eq!(*block_on(Whole.below(2)), 2);
        });
        assert_eq!(count(&recording, "Service::above"), (1, 1));
        assert_eq!(count(&recording, "Whole::above"), (1, 1));
        assert_eq!(count(&recording, "Whole::below").0, 1);
    }
}
