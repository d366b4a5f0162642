//! What readers of the monitor hold.

use crate::engine::Published;
use memopt_report::untracked;
use std::ops::Deref;
use std::sync::Arc;

/// What was known after a tick. Cloning it is cheap, and neither that nor dropping it shows in the
/// figures of the program.
#[derive(Clone, Debug)]
pub struct Snapshot(Option<Arc<Published>>);

impl Snapshot {
    pub(super) fn new(published: Arc<Published>) -> Self {
        Self(Some(published))
    }
}

impl Deref for Snapshot {
    type Target = Published;

    fn deref(&self) -> &Published {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        untracked(|| drop(self.0.take()));
    }
}
