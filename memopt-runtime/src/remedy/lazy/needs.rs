//! Loads that wait for each other on several threads, found before the last of them waits.
//!
//! The room knows cells by their addresses: which cell's loader waits for which other cell.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A cell whose loader blocks its thread, and the cell that the loader waits for.
type Need = (usize, usize);

/// There are as many as loaders that wait at this moment. They are in no circle.
static NEEDS: Mutex<Vec<Need>> = Mutex::new(Vec::new());

/// Several cells wait for one, for as long as it lives.
pub(super) struct Needs<'a> {
    loading: &'a [usize],
    needed: usize,
}

/// The thread that loads the cells `loading` is about to wait for `needed`; `None` where that waits
/// for one of them, and neither would end.
pub(super) fn note(loading: &[usize], needed: usize) -> Option<Needs<'_>> {
    crate::untracked(|| {
        let mut needs = needs();
        let mut found = vec![needed];
        while let Some(cell) = found.pop() {
            if loading.contains(&cell) {
                return None;
            }
            found.extend(needs.iter().filter(|need| need.0 == cell).map(|need| need.1));
        }
        needs.extend(loading.iter().map(|cell| (*cell, needed)));
        Some(Needs { loading, needed })
    })
}

fn needs() -> MutexGuard<'static, Vec<Need>> {
    NEEDS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Needs<'_> {
    fn drop(&mut self) {
        crate::untracked(|| {
            let mut needs = needs();
            for cell in self.loading {
                if let Some(at) = needs.iter().position(|need| *need == (*cell, self.needed)) {
                    needs.swap_remove(at);
                }
            }
            if needs.is_empty() {
                *needs = Vec::new();
            }
        });
    }
}
