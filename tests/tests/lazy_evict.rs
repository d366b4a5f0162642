//! `#[lazy(.., evict)]` and `idle` on fields. One test: `reclaim` is the whole process's.

use memopt::remedy::{Evictable, Pressure, reclaim};
use std::num::ParseIntError;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Fields that may go.
#[memopt::lazy_load]
#[derive(Debug, Default)]
struct Page {
    number: u32,
    #[lazy(load = Self::read, evict)]
    text: String,
    #[lazy(load = Self::parse, error = ParseIntError, idle = "5min")]
    count: u64,
    #[lazy(load = Self::fetch, async, weigh = |body: &Vec<u8>| body.len(), idle = "1h")]
    body: Vec<u8>,
    #[lazy(load = Self::try_fetch, async, error = ParseIntError, evict)]
    sum: u64,
}

impl Page {
    fn read(&self) -> String {
        format!("page {}", self.number)
    }

    fn parse(&self) -> Result<u64, ParseIntError> {
        self.text().trim_start_matches("page ").parse()
    }

    async fn fetch(&self) -> Vec<u8> {
        tokio::task::yield_now().await;
        self.text().as_bytes().to_vec()
    }

    async fn try_fetch(&self) -> Result<u64, ParseIntError> {
        Ok(*self.count()? + 1)
    }
}

#[tokio::test]
async fn a_field_that_may_go_goes_when_nobody_holds_it() {
    let page = Page { number: 7, text: Evictable::new(), ..Page::default() };
    assert!(!page.text_is_loaded() && page.text_held_bytes() == 0);
    let text = page.text();
    assert_eq!(
        (*page.count().unwrap(), page.body().await.len(), *page.sum().await.unwrap()),
        (7, 6, 8)
    );
    assert_eq!(page.text_held_bytes(), 24 + text.capacity());
    assert_eq!(page.body_held_bytes(), 6);
    assert!(memopt::report().reclaimable().iter().any(|holder| holder.name == "lazy fields"));
    reclaim(Pressure::Critical);
    assert!(page.text_is_loaded() && !page.count_is_loaded() && !page.body_is_loaded());
    assert_eq!(*text, "page 7");
    drop(text);
    reclaim(Pressure::Critical);
    assert!(!page.text_is_loaded());
    assert_eq!(*page.text(), "page 7");
    assert!(page.unload_text() && !page.text_is_loaded());

    // What goes is counted, whichever way: by hand, under pressure, with the struct, with a handle
    // that outlives it.
    let left = memopt::record(|| {
        let pages: Vec<Page> = (0..100).map(|number| Page { number, ..Page::default() }).collect();
        let handles: Vec<_> = pages.iter().map(Page::text).collect();
        drop(pages[0].count().unwrap());
        reclaim(Pressure::Medium);
        drop(pages);
        assert_eq!(*handles[99], "page 99");
    });
    assert!(left.report.total().allocs > 400, "{}", left.report);
    assert_eq!((left.report.total().live_bytes(), left.report.total().live_blocks()), (0, 0));
    let fields = |report: memopt::Report| {
        let holder =
            report.reclaimable().iter().find(|holder| holder.name == "lazy fields").cloned();
        holder.map(|fields| (fields.live, fields.idle))
    };
    // The number that was parsed and the body of `page` are gone, and so are those of the hundred.
    assert_eq!(fields(memopt::report()), Some((0, 0)));
}
