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

#[cfg(test)]
mod tests {
    use crate::remedy::Lazy;
    use std::sync::Barrier;

    #[test]
    fn values_that_need_each_other_on_two_threads_are_told() {
        // Each thread loads its own cell, meets the other, and reads the other's cell.
        for threads in [2, 3] {
            let cells: [Lazy<u32>; 3] = [const { Lazy::new() }; 3];
            let both_load = Barrier::new(threads);
            let ends: Vec<Result<u32, String>> = std::thread::scope(|scope| {
                let load = |own: usize| {
                    let (cells, both_load) = (&cells, &both_load);
                    move || {
                        let read = || {
                            *cells[own].get_or_load(|| {
                                both_load.wait();
                                *cells[(own + 1) % threads].get_or_load(|| 7) + 1
                            })
                        };
                        let message = |payload: Box<dyn std::any::Any + Send>| {
                            payload.downcast_ref::<&str>().map(|text| (*text).to_owned()).unwrap()
                        };
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
                            .map_err(message)
                    }
                };
                let threads: Vec<_> = (0..threads).map(|own| scope.spawn(load(own))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let told: Vec<&String> = ends.iter().filter_map(|end| end.as_ref().err()).collect();
            assert_eq!(told.len(), 1, "{ends:?}");
            assert!(told[0].starts_with("two lazily loaded values need each other: "), "{ends:?}");
            // The reader before the one that was told loads that one's cell itself.
            let mut values: Vec<u32> = ends.iter().flatten().copied().collect();
            values.sort_unstable();
            assert_eq!(values, [8, 9, 10][..threads - 1]);
            // Nothing is left behind: cells load as before.
            let mut fresh = cells.clone();
            fresh.iter_mut().for_each(|cell| _ = cell.unload());
            assert_eq!(*fresh[0].get_or_load(|| *fresh[1].get_or_load(|| 1) + 1), 2);
        }
    }
}
