//! What happens, as it happens: one thread makes the events while somebody listens, and hands them
//! to the hub.

mod make;

use crate::app::{App, Shared};
use memopt_report::untracked;
use std::io;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

/// How often it is looked whether there is news.
const LOOK: Duration = Duration::from_millis(200);

/// Starts the thread that makes events. It ends with the last pointer to the app, and sleeps while
/// nobody listens.
pub(crate) fn start(app: &Shared) -> io::Result<()> {
    if app.hub.runs() {
        return Ok(());
    }
    let app = Arc::downgrade(app);
    let work = move || untracked(move || work(&app));
    thread::Builder::new().name("memopt-events".to_owned()).spawn(work).map(drop)
}

fn work(app: &Weak<App>) {
    let mut maker = make::Maker::default();
    loop {
        let Some(app) = app.upgrade() else { return };
        if app.hub.clients() == 0 {
            maker.forget();
            // Woken from time to time, to see whether the app has gone.
            app.hub.wait(Duration::from_secs(1));
            continue;
        }
        maker.look(&app);
        drop(app);
        thread::sleep(LOOK);
    }
}
