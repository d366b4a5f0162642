//! The functions that get an attribute which gives a scope its own way to allocate, written once.

/// Defines the functions of the `scope_arena` benches with one attribute and those of `magazine64`
/// with another, and the list of these benches; without attributes the same functions are plain.
///
/// `scoped!([#[tool::arena]], [#[tool::magazine]])`
#[macro_export]
macro_rules! scoped {
    ([$(#[$arena:meta])?], [$(#[$magazine:meta])?]) => {
        use ::std::hint::black_box;
        use ::std::time::Duration;

        use $crate::bench::{Bench, plus, timed};
        use $crate::scopes::{self, Small};

        $(#[$arena])?
        #[inline(never)]
        fn parse(text: &str) -> usize {
            scopes::json(text)
        }

        fn json(iterations: u64) -> Duration {
            let text = $crate::document::text();
            timed(iterations, |_| _ = black_box(parse(black_box(text))))
        }

        $(#[$arena])?
        #[inline(never)]
        fn map(entries: &[(String, String)]) -> usize {
            scopes::btree(entries)
        }

        fn btree(iterations: u64) -> Duration {
            let entries = scopes::entries();
            timed(iterations, |_| _ = black_box(map(black_box(entries))))
        }

        $(#[$arena])?
        #[inline(never)]
        fn make_and_free(list: &mut Vec<Small>, number: u64) {
            scopes::fill(list, number);
            black_box(list).clear();
        }

        /// A thousand boxes made and freed, over and over.
        pub fn boxes(iterations: u64) -> Duration {
            let mut list = scopes::list();
            let taken = timed(iterations, |i| make_and_free(&mut list, black_box(i)));
            scopes::free(list);
            taken
        }

        $(#[$arena])?
        #[inline(never)]
        fn make(mut list: Vec<Small>) -> Vec<Small> {
            scopes::fill(&mut list, black_box(1));
            list
        }

        fn remote(iterations: u64) -> Duration {
            $crate::pair::pass(iterations, scopes::WAY, || make(scopes::list()), scopes::free).whole
        }

        $(#[$magazine])?
        #[inline(never)]
        fn lifo(iterations: u64) -> Duration {
            $crate::alloc::pairs(iterations)
        }

        $(#[$magazine])?
        #[inline(never)]
        fn batch(iterations: u64) -> Duration {
            scopes::batches(iterations)
        }

        /// All of them.
        pub const BENCHES: &[Bench] = &[
            Bench::new("scope_arena_json1m", &[plus(json)]),
            Bench::new("scope_arena_btree", &[plus(btree)]),
            Bench::new("scope_arena_box1000", &[plus(boxes)]),
            Bench::pair("scope_arena_remote", &[plus(remote)]),
            Bench::new("magazine64_lifo", &[plus(lifo)]),
            Bench::new("magazine64_batch", &[plus(batch)]),
        ];
    };
}
