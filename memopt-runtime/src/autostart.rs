//! What `cargo memopt` links: the environment is read when the program starts, before `main`, and
//! what it asks for is written when the program ends, without `#[memopt::main]`.
//!
//! Rooms: `signals` (Ctrl-C writes the report before it ends the program).

#[cfg(unix)]
mod signals;

use crate::optimizer::{Mode, optimizer};
use crate::testing::{Main, is_on};
use crate::untracked;
use std::env;
use std::panic::catch_unwind;
use std::time::Duration;

/// Between two steps of the optimizer.
const STEP: Duration = Duration::from_secs(1);

/// Run by the system's loader before `main`, on the thread that runs `main`.
// SAFETY: the section holds addresses of functions without arguments that the loader calls, and
// this is one.
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".init_array"))]
#[used]
static AT_START: extern "C" fn() = at_start;

extern "C" fn at_start() {
    if env::var_os("MEMOPT_REPORT").is_none() {
        return;
    }
    // A panic must not leave a function that C calls; it has told of itself.
    let _ = catch_unwind(|| {
        // What is due is written at the exit.
        std::mem::forget(Main::start(None));
        untracked(|| {
            #[cfg(unix)]
            if is_on("MEMOPT_SIGNALS") {
                signals::write_before_they_end();
            }
            if is_on("MEMOPT_OPTIMIZE") {
                optimize();
            }
        });
    });
}

/// Tries remedies while the program runs, on a thread of its own.
fn optimize() {
    optimizer().set_mode(Mode::Apply);
    let steps = || {
        loop {
            std::thread::sleep(STEP);
            optimizer().tick();
        }
    };
    // Where no thread can be had the program runs as it is.
    let _ = std::thread::Builder::new().name("memopt-optimizer".to_owned()).spawn(steps);
}
