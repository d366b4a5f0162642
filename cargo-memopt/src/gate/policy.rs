//! What `memopt.toml` says in its table `gate`.

use crate::quantity::Quantity;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A limit of one quantity; the default says nothing, and what is inherited holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Not said.
    #[default]
    Unset,
    /// Anything goes, whatever was inherited.
    Any,
    /// At most this: a number, or for growth millionths of the older figure.
    AtMost(u64),
}

impl Limit {
    /// The number, where there is one.
    pub(crate) fn value(self) -> Option<u64> {
        if let Self::AtMost(value) = self { Some(value) } else { None }
    }
}

/// One limit a quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits([Limit; Quantity::ALL.len()]);

impl Limits {
    /// The same limit of every quantity.
    pub(crate) fn all(limit: Limit) -> Self {
        Self([limit; Quantity::ALL.len()])
    }

    /// That of one quantity.
    pub(crate) fn of(&self, quantity: Quantity) -> Limit {
        self.0[place(quantity)]
    }

    /// Sets one.
    pub(crate) fn set(&mut self, quantity: Quantity, limit: Limit) {
        self.0[place(quantity)] = limit;
    }

    /// Fills in what is not said.
    pub(crate) fn or(mut self, below: &Self) -> Self {
        for (limit, below) in self.0.iter_mut().zip(below.0) {
            if *limit == Limit::Unset {
                *limit = below;
            }
        }
        self
    }
}

fn place(quantity: Quantity) -> usize {
    Quantity::ALL.iter().position(|other| *other == quantity).unwrap_or(0)
}

/// Limits of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FindingLimits {
    /// Findings with a remedy, at most.
    pub(crate) max: Limit,
    /// Of these, such as the baseline does not have, at most.
    pub(crate) new: Limit,
    /// Codes that do not count: `memopt::stream`, or `stream`.
    pub(crate) ignore: Vec<String>,
}

/// The code of a finding without `memopt::`.
pub(crate) fn short(code: &str) -> &str {
    code.strip_prefix("memopt::").unwrap_or(code)
}

/// What holds for the sites of some names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SiteLimits {
    /// A name, its end, or a pattern with `*`.
    pub(crate) site: String,
    /// Of a call.
    pub(crate) call: Limits,
    /// Against the baseline, a call.
    pub(crate) growth: Limits,
}

/// What may be broken, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allow {
    /// A name, its end, or a pattern with `*`; `total` is the whole run.
    pub(crate) site: String,
    /// Rules that may be broken, such as `budget`, `growth.bytes` or `finding.pool`; all where none
    /// is named.
    pub(crate) rules: Vec<String>,
    /// Why. Never empty.
    pub(crate) reason: String,
}

/// Limits under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    /// The profile whose limits hold where this one says nothing.
    pub(crate) inherits: Option<String>,
    /// Of the whole run.
    pub(crate) total: Limits,
    /// Of a call of every site.
    pub(crate) call: Limits,
    /// Against the baseline: the whole run.
    pub(crate) total_growth: Limits,
    /// Against the baseline: a call of every site.
    pub(crate) call_growth: Limits,
    /// Of findings.
    pub(crate) findings: FindingLimits,
    /// Of some sites; the first that names a site holds, before `call` and `call_growth`.
    pub(crate) sites: Vec<SiteLimits>,
    /// What may be broken.
    pub(crate) allow: Vec<Allow>,
}

impl Profile {
    fn over(mut self, below: &Self) -> Self {
        self.total = self.total.or(&below.total);
        self.call = self.call.or(&below.call);
        self.total_growth = self.total_growth.or(&below.total_growth);
        self.call_growth = self.call_growth.or(&below.call_growth);
        for (limit, below) in [
            (&mut self.findings.max, below.findings.max),
            (&mut self.findings.new, below.findings.new),
        ] {
            if *limit == Limit::Unset {
                *limit = below;
            }
        }
        self.findings.ignore.extend(below.findings.ignore.iter().cloned());
        self.sites.extend(below.sites.iter().cloned());
        self.allow.extend(below.allow.iter().cloned());
        self
    }
}

/// All that `memopt.toml` says of the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    /// The file it is from.
    pub(crate) file: Option<PathBuf>,
    /// The baseline where the command line names none.
    pub(crate) baseline: Option<String>,
    /// Where named baselines are kept, relative to the file.
    pub(crate) baselines: Option<PathBuf>,
    /// The profile where the command line names none.
    pub(crate) profile: Option<String>,
    /// All profiles.
    pub(crate) profiles: BTreeMap<String, Profile>,
}

impl Policy {
    /// The profile that holds where none is named.
    pub(crate) const DEFAULT: &'static str = "default";

    /// The limits of one profile, inherited ones filled in. Each name that is inherited exists and
    /// leads to an end: `read` sees to it. None where the name is unknown.
    pub(crate) fn resolve(&self, name: &str) -> Option<Profile> {
        let Some(own) = self.profiles.get(name) else {
            return (name == Self::DEFAULT).then(Profile::default);
        };
        let mut profile = own.clone();
        let mut seen = vec![name];
        let mut next = own.inherits.as_deref();
        while let Some(above) = next.filter(|above| !seen.contains(above)) {
            let Some(below) = self.profiles.get(above) else { break };
            profile = profile.over(below);
            seen.push(above);
            next = below.inherits.as_deref();
        }
        Some(profile)
    }
}

/// Millionths of a text such as `5 %`.
pub(crate) fn parse_share(text: &str) -> Option<u64> {
    let percent: f64 = text.trim().strip_suffix('%')?.trim_end().parse().ok()?;
    (0.0..=100_000.0).contains(&percent).then(|| (percent * 10_000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_inherited() {
        let mut base = Profile::default();
        base.total.set(Quantity::Bytes, Limit::AtMost(100));
        base.total.set(Quantity::Allocs, Limit::AtMost(7));
        base.total.set(Quantity::Peak, Limit::AtMost(9));
        let mut ci = Profile { inherits: Some("base".to_owned()), ..Profile::default() };
        ci.total.set(Quantity::Bytes, Limit::AtMost(50));
        ci.total.set(Quantity::Peak, Limit::Any);
        let profiles = BTreeMap::from([("base".to_owned(), base), ("ci".to_owned(), ci)]);
        let policy = Policy { profiles, ..Policy::default() };
        let total = policy.resolve("ci").unwrap().total;
        assert_eq!(total.of(Quantity::Bytes), Limit::AtMost(50));
        assert_eq!(total.of(Quantity::Allocs), Limit::AtMost(7));
        assert_eq!(total.of(Quantity::Peak), Limit::Any);
        assert_eq!(total.of(Quantity::Reallocs), Limit::Unset);
        assert!(policy.resolve("nightly").is_none());
        assert_eq!(policy.resolve("default"), Some(Profile::default()));
    }
}
