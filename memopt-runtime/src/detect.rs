//! Rules that read a report and state findings, one file a rule.
