//! What is dropped, in which order, and the two modules that are compared.

use std::cell::RefCell;

thread_local!(static LOG: RefCell<Vec<&'static str>> = RefCell::new(Vec::new()));

/// A value whose drop is seen.
pub struct D(pub &'static str);

impl Drop for D {
    fn drop(&mut self) {
        note(self.0);
    }
}

impl D {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn itself(&self) -> &D {
        self
    }
}

pub struct Pair {
    pub x: D,
    pub _y: D,
}

pub fn pair(x: &'static str, y: &'static str) -> Pair {
    Pair { x: D(x), _y: D(y) }
}

/// The error where `fail` is at this place, or a panic where it is at 100 more.
pub fn check(fail: usize, place: usize) -> Result<usize, D> {
    if fail == place + 100 {
        // No message: this is expected.
        std::panic::resume_unwind(Box::new("out"));
    }
    if fail == place { Err(D("error")) } else { Ok(place) }
}

pub fn note(what: &'static str) {
    LOG.with(|log| log.borrow_mut().push(what));
}

/// What was dropped while `work` ran, and whether it panicked.
pub fn dropped<T, F: FnOnce() -> T>(work: F) -> (Vec<&'static str>, bool) {
    LOG.with(|log| log.borrow_mut().clear());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        work();
    }))
    .is_err();
    (LOG.with(|log| log.borrow().clone()), panicked)
}

/// The same items twice: as they are, and annotated.
macro_rules! twice {
    ($($items:tt)*) => {
        mod plain {
            use crate::log::*;
            $($items)*
        }
        #[memopt::track_alloc(all)]
        mod annotated {
            use crate::log::*;
            $($items)*
        }
    };
}
