//! The rules in force, and what an alert of one looks like.

use super::defaults::{default_inhibitions, default_rules};
use crate::config::{AlertRule, Alerts as Settings, Inhibition, Labels};

/// The rules of the configuration and, where they are wanted, the default ones whose names it does
/// not use.
pub(super) fn rules_of(settings: &Settings) -> Vec<AlertRule> {
    let mut rules = Vec::new();
    if settings.default_rules {
        let own = |rule: &AlertRule| settings.rules.iter().any(|own| own.name == rule.name);
        rules.extend(default_rules().into_iter().filter(|rule| !own(rule)));
    }
    rules.extend(settings.rules.iter().cloned());
    rules
}

/// The inhibitions of the configuration, and the default ones.
pub(super) fn inhibitions_of(settings: &Settings) -> Vec<Inhibition> {
    let mut all = settings.inhibit.clone();
    if settings.default_rules {
        all.extend(default_inhibitions());
    }
    all
}

/// The labels that identify an alert.
pub(super) fn labels_of(
    rule: &AlertRule,
    own: Option<&(String, String)>,
    settings: &Settings,
    identity: &Labels,
) -> Labels {
    let mut labels = identity.clone();
    labels.extend(settings.labels.clone());
    labels.extend(rule.labels.clone());
    labels.extend(own.cloned());
    labels.insert("alertname".to_owned(), rule.name.clone());
    labels.insert("severity".to_owned(), rule.severity.word().to_owned());
    labels
}

/// A number made of labels: FNV-1a, so that it is the same in every build.
pub(super) fn fingerprint(labels: &Labels) -> u64 {
    let bytes = labels
        .iter()
        .flat_map(|(name, value)| name.bytes().chain([0xff]).chain(value.bytes()).chain([0xfe]));
    fnv(bytes)
}

/// A number made of all that a rule says.
pub(super) fn definition(rule: &AlertRule) -> u64 {
    fnv(format!("{rule:?}").bytes())
}

fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
