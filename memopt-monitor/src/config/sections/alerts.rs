//! Alerts: their rules, and when and where they are sent.

use crate::config::amount::Amount;
use crate::config::matcher::Matcher;
use crate::config::secret::{Address, Secret};
use crate::config::section::section;
use crate::config::value::{Labels, choice};
use std::path::PathBuf;
use std::time::Duration;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

choice! {
    /// How urgent an alert is.
    pub enum Severity {
        /// Good to know. Sent only to sinks whose `severity` is `info`.
        Info = "info",
        /// Somebody should look at it in working hours.
        Warning = "warning",
        /// Somebody should look at it now.
        Critical = "critical",
    }
}

choice! {
    /// What a rule looks at.
    pub enum Watch {
        /// The newest value of a metric.
        Value = "value",
        /// The newest value as a share of the memory limit in force.
        Share = "share",
        /// How fast a metric changes, a second, over `window`.
        Rate = "rate",
        /// The forecast time until memory reaches the limit.
        Exhaustion = "exhaustion",
        /// Leak verdicts, one alert a site.
        Leak = "leak",
        /// The anomaly score of a metric.
        Anomaly = "anomaly",
        /// Threads or tasks that only grow in number.
        Growth = "growth",
        /// Sites that broke their budget.
        Budget = "budget",
        /// Pools and caches that cost more than they save.
        Misuse = "misuse",
        /// The monitor itself: a source, the store, a sink, the configuration.
        Health = "health",
    }
}

section! {
    /// One rule: when an alert fires.
    pub struct AlertRule {
        /// Its name, which is the label `alertname`. A rule with the name of a default rule
        /// replaces it.
        name: one String = String::new(),
        /// Whether it is evaluated.
        enabled: one bool = true,
        /// What it looks at.
        watch: one Watch = Watch::Value,
        /// The metric. `value`, `rate` and `anomaly` need one. Unset for `share`: the memory that
        /// the limit is about.
        metric: one Option<String> = None,
        /// Only values of the metric's label, and only sites or pools of a verdict, that look like
        /// this. A `*` stands for any characters.
        label: one String = "*".to_owned(),
        /// Fires above this.
        above: one Option<Amount> = None,
        /// Fires below this.
        below: one Option<Amount> = None,
        /// A firing alert ends once the value is on the other side of this. Unset: of the limit
        /// itself.
        clear: one Option<Amount> = None,
        /// The time over which a rate is taken.
        window: one Duration = seconds(60),
        /// How long the condition must hold before it fires.
        hold as "for": one Duration = seconds(0),
        /// How long it keeps firing after the condition ended.
        keep_firing_for: one Duration = seconds(0),
        /// How long it stays silent after it was resolved.
        cooldown: one Duration = seconds(0),
        /// How urgent it is.
        severity: one Severity = Severity::Warning,
        /// Labels that are added. They identify the alert: nothing that varies belongs there.
        labels: one Labels = Labels::new(),
        /// What it means, in one sentence.
        summary: one String = String::new(),
        /// What to do about it.
        remedy: one String = String::new(),
        /// An address with more about it.
        runbook: one Option<String> = None,
    }
}

section! {
    /// While one alert fires, others that follow from it are not sent.
    pub struct Inhibition {
        /// The alert that explains others: all conditions must hold.
        source: one Vec<Matcher> = Vec::new(),
        /// The alerts that are not sent while the other fires.
        target: one Vec<Matcher> = Vec::new(),
        /// Labels that must have the same value in both.
        equal: one Vec<String> = Vec::new(),
    }
}

choice! {
    /// Where alerts are sent.
    pub enum SinkKind {
        /// An event of `tracing`, target `memopt::alerts`.
        Tracing = "tracing",
        /// An HTTP POST of the JSON that webhooks of Alertmanager get, version 4.
        Webhook = "webhook",
        /// The API v2 of an Alertmanager, which groups, silences and sends by itself.
        Alertmanager = "alertmanager",
    }
}

section! {
    /// One place where alerts are sent.
    pub struct SinkConfig {
        /// Its name in messages and counters.
        name: one String = String::new(),
        /// What receives the alerts.
        kind: one SinkKind = SinkKind::Tracing,
        /// `http://host:port/path`. For `alertmanager` without `/api/v2/alerts`.
        url: one Option<Address> = None,
        /// Sent as `Authorization: Bearer`.
        token: one Option<Secret> = None,
        /// A file that holds the token. It is read anew for each request.
        token_file: one Option<PathBuf> = None,
        /// The least urgent alerts that are sent.
        severity: one Severity = Severity::Warning,
        /// Only alerts that meet all of these.
        only: one Vec<Matcher> = Vec::new(),
        /// Whether the end of an alert is sent too.
        resolved: one bool = true,
        /// A request that takes longer has failed.
        timeout: one Duration = seconds(10),
        /// How long a message is tried again before it is given up.
        retry_for: one Duration = seconds(600),
        /// Messages that wait, at most. Beyond it the oldest is dropped.
        queue: one u32 = 256,
        /// An alert that fires is sent to an Alertmanager again in this interval.
        resend: one Duration = seconds(60),
    }
}

section! {
    /// Alerts: their rules, and when and where they are sent.
    pub struct Alerts {
        /// Whether rules are evaluated.
        enabled: one bool = true,
        /// Whether the rules that memopt brings are evaluated.
        default_rules: one bool = true,
        /// The time between two evaluations. Rules are evaluated at readings, so no more often than
        /// those come.
        interval: one Duration = seconds(1),
        /// Labels that are added to every alert.
        labels: one Labels = Labels::new(),
        /// Alerts with the same values of these labels are sent as one message.
        group_by: one Vec<String> = vec!["alertname".to_owned()],
        /// How long a new group waits for more alerts.
        group_wait: one Duration = seconds(10),
        /// How long a group waits after a message before it sends a change.
        group_interval: one Duration = seconds(60),
        /// After this time a group that still fires is sent again.
        repeat_interval: one Duration = seconds(4 * 3_600),
        /// Alerts of one rule, at most. The worst are kept.
        alerts_per_rule: one u32 = 20,
        /// An alert whose metric is absent for this long is resolved.
        absent_after: one Duration = seconds(300),
        /// Changes of state that are remembered, at most.
        history: one u32 = 1_000,
        /// The rules.
        rules: tables Vec<AlertRule> = Vec::new(),
        /// Which alerts follow from others.
        inhibit: tables Vec<Inhibition> = Vec::new(),
        /// Where alerts are sent. Without a sink each alert is an event of `tracing`.
        sinks: tables Vec<SinkConfig> = Vec::new(),
    }
}
