//! The optimizer with the feature `track` off: nothing is measured, so nothing is tried.

#[path = "../optimizer/settings.rs"]
mod settings;

pub use self::settings::{Mode, Settings};

use crate::Error;
use crate::report::{Action, Report};

/// The optimizer of this process; with tracking off it does nothing.
pub fn optimizer() -> &'static Optimizer {
    static OPTIMIZER: Optimizer = Optimizer(());
    &OPTIMIZER
}

/// See [`optimizer`].
#[derive(Debug)]
pub struct Optimizer(());

impl Optimizer {
    /// Changes nothing.
    pub fn set_mode(&self, _mode: Mode) {}

    /// Always [`Mode::Off`].
    pub fn mode(&self) -> Mode {
        Mode::Off
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Where a setting has a value that means nothing; it names the member.
    pub fn configure(&self, settings: Settings) -> Result<(), Error> {
        settings.check()
    }

    /// The defaults: none are kept.
    pub fn settings(&self) -> Settings {
        Settings::default()
    }

    /// Does nothing.
    pub fn tick(&self) -> Vec<Action> {
        Vec::new()
    }

    /// Does nothing.
    pub fn tick_on(&self, _report: &Report) -> Vec<Action> {
        Vec::new()
    }

    /// Always empty.
    pub fn log(&self) -> Vec<Action> {
        Vec::new()
    }

    /// Always `false`: nothing is applied.
    pub fn revert(&self, _site: &str) -> bool {
        false
    }
}
