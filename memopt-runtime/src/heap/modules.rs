//! The executable and its libraries, as the unwinder and the symbols need them.
//!
//! [`refresh`] reads them with `dl_iterate_phdr`, which takes the loader's lock: never from inside
//! the hook. The list it makes is swapped in whole. Walks read it only for addresses they do not
//! know, and only while they have claimed a work space; a list that was replaced is freed when
//! every work space has been seen free since, at this refresh or a later one.
//!
//! A list never points into a library: what `dlclose` could unmap was copied while the loader was
//! locked. Only the executable's own sections are read in place. So a walk may meet the frames of a
//! library that was closed since, or of another that lies there now; it then applies a wrong rule
//! to memory that it is allowed to read, and no worse.

mod list;
mod loaded;

pub use self::list::is_stale;
pub(super) use self::list::{List, current, generation, mark_stale};
pub(crate) use self::loaded::Image;
pub(super) use self::loaded::Unwinder;

use self::loaded::{Counts, Loaded};
use super::unwind;
use crate::process::PerProcess;
use crate::untracked;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Images of closed libraries that are kept, so that stacks taken while they were open can still be
/// named.
const CLOSED: usize = 64;

static COPIED: AtomicUsize = AtomicUsize::new(0);

/// What is known, for who refreshes and for the symbols.
struct State {
    counts: Option<Counts>,
    loaded: Vec<Loaded>,
    closed: Vec<Arc<Image>>,
    /// Lists that a walk may still be looking at.
    #[allow(clippy::vec_box, reason = "they must not move")]
    replaced: Vec<Box<List>>,
}

static STATE: PerProcess<State> = PerProcess::new(|| State {
    counts: None,
    loaded: Vec::new(),
    closed: Vec::new(),
    replaced: Vec::new(),
});

/// Reads what is loaded, for stacks. Call it after `dlopen` where blocks are sampled.
///
/// Starting to track and every report do so too. Frames of a library that was opened since are
/// unwound by their frame pointers. If the library keeps none, as Rust's code by default, stacks
/// end there. While a [`Dumps`](crate::dump::Dumps) is alive, its thread reads within a second what
/// a stack has met.
///
/// # Examples
///
/// ```
/// // .. `dlopen`, or `libloading::Library::new` ..
/// memopt::heap::refresh_modules();
/// ```
///
/// # Cost
///
/// Less than a microsecond when nothing was opened or closed since the last call, else a
/// millisecond and more: the unwind information of each library is compared with what is known of
/// it. It takes the loader's lock and allocates.
pub fn refresh() {
    untracked(|| {
        let state = &mut *STATE.lock();
        unwind::prepare();
        list::renew(|| {
            if let Some((counts, loaded)) = loaded::read(&state.loaded, state.counts) {
                state.replace(counts, loaded);
            }
        });
        if unwind::quiescent() {
            state.replaced.clear();
        }
    });
}

impl State {
    fn replace(&mut self, counts: Counts, loaded: Vec<Loaded>) {
        // Kept, not dropped: walks may still look at it.
        self.replaced.extend(list::replace(Loaded::unwinder(&loaded), Loaded::ranges(&loaded)));
        COPIED.store(loaded.iter().map(Loaded::copied_bytes).sum(), Relaxed);
        let is_open =
            |image: &Arc<Image>| loaded.iter().any(|open| Arc::ptr_eq(open.image(), image));
        let closed = self.loaded.iter().map(Loaded::image).filter(|image| !is_open(image)).cloned();
        self.closed.extend(closed.collect::<Vec<_>>());
        // Of two that lay at the same place the later is the likelier.
        self.closed.retain(|image| !loaded.iter().any(|open| open.image().overlaps(image)));
        let surplus = self.closed.len().saturating_sub(CLOSED);
        self.closed.drain(..surplus);
        self.loaded = loaded;
        self.counts = Some(counts);
    }
}

/// A [`refresh`], where a walk has met what is not known.
#[cfg(feature = "dump")]
pub(crate) fn keep_up() {
    if is_stale() {
        refresh();
    }
}

/// Bytes that unwinding takes: copies of unwind information, rules, work space.
pub fn own_bytes() -> usize {
    COPIED.load(Relaxed) + unwind::own_bytes()
}

/// What is loaded, then what was and has been closed.
pub(crate) fn images() -> Vec<Arc<Image>> {
    let state = STATE.lock();
    state.loaded.iter().map(Loaded::image).chain(&state.closed).cloned().collect()
}
