//! What the optimizer may do and how carefully.

use crate::Error;
use crate::report::error::Kind;
use std::time::Duration;

/// What the optimizer may do, the least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mode {
    /// Nothing.
    #[default]
    Off,
    /// Say what it would try.
    Suggest,
    /// Try, keep what helps, take back what does not.
    Apply,
}

impl Mode {
    /// `off`, `suggest` or `apply`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Suggest => "suggest",
            Self::Apply => "apply",
        }
    }
}

/// How cautious the optimizer is. `Settings::default()` is meant for production.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Share (0 to 1, neither) of the calls that are treated in a trial. Default 0.5.
    pub share: f64,
    /// Share (0 to 1, neither) of the calls left untreated once a remedy is adopted, to go on
    /// comparing. Default 1/16.
    pub holdout: f64,
    /// Sites treated at once, at most. Default 8.
    pub max_sites: usize,
    /// Calls of each kind before a trial is judged. Default 200.
    pub min_calls: u64,
    /// Calls of each kind after which a trial without a proven gain is taken back. Default 20 000.
    pub max_calls: u64,
    /// Age at which such a trial is reverted even with fewer calls. A remedy that was adopted is
    /// reverted after this time without a call. Default 10 minutes.
    pub max_age: Duration,
    /// Share (0 to 1) of a call's time that must be saved. Default 0.02.
    pub min_gain: f64,
    /// Least time before a reverted remedy is retried at the same site, which also needs a changed
    /// workload. Default 1 hour.
    pub cooldown: Duration,
    /// Only say what would be tried, in [`Mode::Apply`] too. Default no.
    pub dry_run: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

impl Settings {
    pub(super) const fn new() -> Self {
        Self {
            share: 0.5,
            holdout: 1.0 / 16.0,
            max_sites: 8,
            min_calls: 200,
            max_calls: 20_000,
            max_age: Duration::from_secs(600),
            min_gain: 0.02,
            cooldown: Duration::from_secs(3600),
            dry_run: false,
        }
    }

    /// Whether every member means something.
    pub(super) fn check(&self) -> Result<(), Error> {
        let inside = |value: f64| value > 0.0 && value < 1.0;
        let wrong = |member: &str, value: &dyn std::fmt::Display, rule: &str| {
            Err(Error::new(Kind::Setting, format!("`{member}` is {value}; {rule}")))
        };
        if !inside(self.share) {
            return wrong(
                "share",
                &self.share,
                "it is a share of the calls: give a number between 0 and 1",
            );
        }
        if !inside(self.holdout) {
            return wrong(
                "holdout",
                &self.holdout,
                "it is a share of the calls: give a number between 0 and 1",
            );
        }
        if !(0.0..1.0).contains(&self.min_gain) {
            return wrong(
                "min_gain",
                &self.min_gain,
                "it is a share of the time: give 0 or more, below 1",
            );
        }
        if self.min_calls < 30 {
            return wrong(
                "min_calls",
                &self.min_calls,
                "fewer than 30 calls of each kind prove nothing: give more",
            );
        }
        if self.max_calls < self.min_calls {
            return wrong("max_calls", &self.max_calls, "it must not be less than `min_calls`");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn a_setting_without_meaning_is_named() {
        assert!(Settings::default().check().is_ok());
        let error = Settings { share: 1.0, ..Settings::default() }.check().unwrap_err();
        assert!(error.is_setting());
        assert_eq!(
            error.to_string(),
            "`share` is 1; it is a share of the calls: give a number between 0 and 1"
        );
        let error = Settings { max_calls: 100, ..Settings::default() }.check().unwrap_err();
        assert!(error.to_string().starts_with("`max_calls` is 100;"), "{error}");
    }
}
