//! Every attribute, where memopt has another name, where it comes from another crate, and where the
//! user's own names are ours.

use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[global_allocator]
static ALLOC: our_mem::Alloc = our_mem::Alloc::system();

/// The dependency has its name from the manifest.
mod renamed {
    use our_mem::remedy::MemSize;

    #[our_mem::track_alloc]
    pub fn boxes() -> Box<u8> {
        Box::new(1)
    }

    #[our_mem::track_alloc]
    pub async fn awaits() -> Box<u8> {
        let boxed = super::ready(Box::new(1)).await;
        Box::new(*boxed + 1)
    }

    #[our_mem::arena]
    pub fn in_an_arena() -> usize {
        vec![1, 2].len()
    }

    #[our_mem::pooled]
    pub fn pooled() -> usize {
        #[pool]
        let mut all = Vec::new();
        all.push(1);
        all.len()
    }

    #[our_mem::streamed]
    pub fn rows(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        for row in text.lines() {
            out.push(row.to_owned());
        }
        out
    }

    #[our_mem::lazy_load(idle = "1h")]
    pub fn dictionary() -> Vec<u8> {
        vec![1]
    }

    #[derive(our_mem::remedy::MemSize)]
    pub struct Page(String);

    #[our_mem::test(max_allocs = 20)]
    fn each_attribute_finds_it() {
        assert_eq!((*boxes(), *super::block_on(awaits())), (1, 2));
        assert_eq!((in_an_arena(), pooled(), rows("a\nb").count()), (2, 1, 2));
        assert_eq!((dictionary().len(), Page(String::from("a")).mem_size().heap_bytes), (1, 1));
    }
}

/// It is found where the argument says.
mod from_a_facade {
    use memopt_facade::memopt;

    #[memopt::track_alloc(crate = memopt_facade::memopt, name = "boxes")]
    pub fn boxes() -> Box<u8> {
        Box::new(1)
    }

    #[memopt::track_alloc(crate = ::memopt_facade::memopt)]
    impl super::Own {
        pub async fn awaits(&self) -> Box<u8> {
            super::ready(Box::new(self.0)).await
        }

        #[track_alloc(name = "kept")]
        pub fn keeps(&self) -> Vec<u8> {
            #[presize]
            let mut all = Vec::new();
            all.push(self.0);
            all
        }
    }

    #[memopt::test(max_allocs = 20, crate = memopt_facade::memopt)]
    fn each_attribute_finds_it() {
        let own = super::Own(1);
        assert_eq!((*boxes(), *super::block_on(own.awaits()), own.keeps()), (1, 1, vec![1]));
    }
}

#[test]
fn a_crate_without_the_standard_library_is_measured() {
    let recording = our_mem::record(|| {
        assert_eq!(memopt_facade::shout("a"), "a!");
        assert_eq!(*block_on(memopt_facade::later(1)), 1);
    });
    for name in ["memopt_facade::shout", "memopt_facade::later"] {
        assert_eq!(recording.report.site(name).unwrap().calls, 1, "{name}");
    }
}

struct Own(u8);

/// Names of the user's that are ours.
mod ours {
    pub static __MEMOPT_SITE: u8 = 1;

    #[allow(non_snake_case)]
    #[our_mem::track_alloc]
    pub fn same_names(__memopt_scope: u8) -> Box<u8> {
        static __MEMOPT_SITE: u8 = 2;
        fn __memopt_path() -> u8 {
            3
        }
        Box::new(__memopt_scope + __MEMOPT_SITE + self::__MEMOPT_SITE + __memopt_path())
    }

    #[our_mem::track_alloc]
    pub async fn same_names_in_a_future(future: u8) -> Box<u8> {
        static __MEMOPT_SITE: u8 = 2;
        let value = super::ready(future).await;
        let __memopt_scope = super::ready(value).await;
        Box::new(__memopt_scope + __MEMOPT_SITE)
    }

    /// A helper of somebody else's with a name like ours.
    #[our_mem::track_alloc]
    mod neighbours {
        #[cfg_attr(any(), track_allocator)]
        pub fn measured() -> Box<u8> {
            Box::new(1)
        }
    }

    #[test]
    fn they_do_not_meet() {
        assert_eq!(*same_names(1), 7);
        assert_eq!(*super::block_on(same_names_in_a_future(1)), 3);
        assert_eq!(*neighbours::measured(), 1);
        let report = our_mem::report();
        for name in ["ours::same_names", "ours::same_names_in_a_future", "neighbours::measured"] {
            assert_eq!(report.site(name).unwrap().inclusive.allocs, 1, "{name}");
        }
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}
