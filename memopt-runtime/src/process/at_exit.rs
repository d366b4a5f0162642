//! What is done when the process ends by `exit`, from whatever thread.

/// Has `work` done when the process ends by `exit` (`std::process::exit`, a return from `main`), on
/// the thread that ends it, while others run on. Whether the platform does that: not where the
/// program ends without the C library. `work` must not end the process.
#[cfg(all(unix, not(miri)))]
pub(crate) fn at_exit(work: fn()) -> bool {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::OnceLock;

    static WORK: OnceLock<fn()> = OnceLock::new();

    extern "C" fn run() {
        if let Some(work) = WORK.get() {
            // A panic must not leave a function that C calls; it has told of itself.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    }

    // Registered once, with the first `work` of all: there is one.
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let _ = WORK.set(work);
    // SAFETY: a function of this very kind, of the executable or of a library that stays as long as
    // what called this does.
    *REGISTERED.get_or_init(|| unsafe { libc::atexit(run) } == 0)
}

/// Nothing is done.
#[cfg(not(all(unix, not(miri))))]
pub(crate) fn at_exit(_work: fn()) -> bool {
    false
}
