//! Tasks on tokio's runtime: a thin way to give each its site and its context.

use std::future::Future;
use tokio::task::JoinHandle;

/// Spawns a task on the current tokio runtime, tracked and in the context of the scope that spawns
/// it.
///
/// It returns what `tokio::spawn` returns. The place of the call is the task's site, named after
/// the function or block that makes the future, so [`concurrency`](crate::concurrency()) counts its
/// tasks and the report what they allocate, below the scope that spawned them.
///
/// # Panics
///
/// Outside of a tokio runtime, as `tokio::spawn` does.
///
/// # Cost
///
/// That of `tokio::spawn` and of [`Context::current`](crate::Context::current), and a look-up of
/// the site under a lock. Without the feature `track` it is `tokio::spawn`.
///
/// Guide: [Async and threads](https://docs.rs/memopt/latest/memopt/docs/async_and_threads/).
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    #[cfg(feature = "track")]
    {
        let site = by_caller::site(std::panic::Location::caller(), std::any::type_name::<F>());
        tokio::spawn(crate::Context::current().attach(crate::Tracked::spawned(future, site)))
    }
    #[cfg(not(feature = "track"))]
    tokio::spawn(future)
}

#[cfg(feature = "track")]
mod by_caller {
    //! A site for each place that spawns and each type of future it spawns, made when it first
    //! does.

    use crate::site::{Place, Site, SiteKind};
    use std::collections::HashMap;
    use std::panic::Location;
    use std::sync::{Mutex, PoisonError};

    /// By the file's address, line, column, and the address of the type's name.
    type Key = (usize, u32, u32, usize);

    static SITES: Mutex<Option<HashMap<Key, &'static Site>>> = Mutex::new(None);

    pub(super) fn site(place: &'static Location<'static>, future: &'static str) -> &'static Site {
        let key =
            (place.file().as_ptr().addr(), place.line(), place.column(), future.as_ptr().addr());
        crate::untracked(|| {
            let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
            *sites
                .get_or_insert_default()
                .entry(key)
                .or_insert_with(|| Box::leak(Box::new(new(place, future))))
        })
    }

    fn new(place: &'static Location<'static>, future: &'static str) -> Site {
        let place = Place {
            file: place.file(),
            line: place.line(),
            column: place.column(),
            manifest_dir: None,
        };
        let name = crate::site::path_of_type(future).leak();
        Site::new(SiteKind::Future, name, || "", place).named()
    }
}
