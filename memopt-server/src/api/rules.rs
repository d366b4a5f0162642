//! Rules: what they do, why they do not, and what they would have done.

mod runs;
mod test;

pub(super) use self::runs::{
    __path_agree, __path_proposals, __path_refuse, __path_runs, agree, proposals, refuse, runs,
};
pub(crate) use self::runs::{ProposalItem, RunItem};
pub(super) use self::test::{__path_test, test};

use crate::answer::{Answer, List, Part};
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::alerts::{RuleStatus, default_rules};
use memopt_monitor::config::Config;
use memopt_monitor::rules::CollectionStatus;
use serde::Serialize;
use utoipa::ToSchema;

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleItem {
    name: String,
    /// `alert`, `collection`.
    kind: &'static str,
    /// What an alert's rule looks at.
    watch: Option<String>,
    /// `info`, `warning`, `critical`.
    severity: Option<&'static str>,
    /// `inactive`, `pending`, `firing` of an alert's rule.
    state: Option<&'static str>,
    /// `off`, `dry-run`, `ask`, `auto` of a collection rule.
    mode: Option<&'static str>,
    /// The newest value that is nearest to the limit.
    value: Option<f64>,
    /// The same as people write it.
    shown: Option<String>,
    evaluated_ms: Option<i64>,
    /// Why it fires or acts, or does not.
    why: String,
    /// Its alerts that are pending or fire.
    alerts: usize,
    /// Alerts that were left out, because there were too many.
    left_out: u64,
    /// Runs of a collection rule in the window of its limit.
    runs: Option<u32>,
    runs_limit: Option<u32>,
}

impl RuleItem {
    fn of_alert(rule: &RuleStatus) -> Self {
        Self {
            name: rule.name.clone(),
            kind: "alert",
            watch: Some(rule.watch.to_string()),
            severity: Some(rule.severity.word()),
            state: Some(rule.state.word()),
            mode: None,
            value: rule.value.filter(|value| value.is_finite()),
            shown: rule.shown.clone(),
            evaluated_ms: rule.evaluated.map(|at| at.unix_ms),
            why: rule.explanation.to_string(),
            alerts: rule.alerts.len(),
            left_out: rule.left_out,
            runs: None,
            runs_limit: None,
        }
    }

    fn of_collection(rule: &CollectionStatus) -> Self {
        Self {
            name: rule.name.clone(),
            kind: "collection",
            watch: None,
            severity: None,
            state: None,
            mode: Some(rule.mode.word()),
            value: None,
            shown: None,
            evaluated_ms: rule.evaluated.map(|at| at.unix_ms),
            why: rule.inaction.to_string(),
            alerts: 0,
            left_out: 0,
            runs: Some(rule.runs),
            runs_limit: Some(rule.limit),
        }
    }
}

/// All rules, with why they fire or act, or do not
#[utoipa::path(
    get, path = "/rules", tag = "rules", params(Part),
    responses((status = 200, body = List<RuleItem>)),
)]
pub(super) async fn rules(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<RuleItem>>, Problem> {
    let now = app.published()?;
    let alerts = now.rules.iter().map(RuleItem::of_alert);
    let items = alerts.chain(now.collection.iter().map(RuleItem::of_collection)).collect();
    app.list(part, items).map(Json)
}

/// A rule, and what it did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rule {
    #[serde(flatten)]
    now: RuleItem,
    /// Its settings as TOML.
    definition: String,
    /// What a collection rule did, the newest first.
    history: Vec<RunItem>,
}

/// A rule
#[utoipa::path(
    get, path = "/rules/{name}", tag = "rules",
    params(("name" = String, Path, description = "Its name.")),
    responses(
        (status = 200, body = Answer<Rule>),
        (status = 404, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn rule(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Answer<Rule>>, Problem> {
    let now = app.published()?;
    let alert = now.rules.iter().find(|rule| rule.name == name).map(RuleItem::of_alert);
    let of_collection = || {
        let mut all = now.collection.iter();
        all.find(|rule| rule.name == name).map(RuleItem::of_collection)
    };
    let rule = alert.or_else(of_collection);
    let rule = rule.ok_or_else(|| Problem::missing(format!("there is no rule `{name}`")))?;
    let runs = now.runs.iter().rev().filter(|run| run.rule == name);
    Ok(Json(app.answer(Rule {
        definition: definition(&now.config, &name),
        history: runs.map(RunItem::of).collect(),
        now: rule,
    })))
}

/// The settings of one rule, as TOML.
fn definition(config: &Config, name: &str) -> String {
    let mut own = Config::default();
    let alerts = config.alerts.rules.iter().cloned().chain(default_rules());
    own.alerts.rules = alerts.filter(|rule| rule.name == name).take(1).collect();
    let collection = config.rules.rules.iter().filter(|rule| rule.name == name);
    own.rules.rules = collection.take(1).cloned().collect();
    let text = own.to_string();
    // The tables of the rule alone: those of everything else are defaults.
    let mut is_own = false;
    let lines = text.lines().filter(|line| {
        if line.starts_with('[') {
            is_own = line.starts_with("[[alerts.rules") || line.starts_with("[[rules.rules");
        }
        is_own
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_the_rule_alone() {
        let name = default_rules()[0].name.clone();
        let text = definition(&Config::default(), &name);
        assert!(text.starts_with("[[alerts.rules]]\n"), "{text}");
        assert!(text.contains(&format!("name = {name:?}")), "{text}");
        assert!(!text.contains("monitoring"), "{text}");
        assert_eq!(definition(&Config::default(), "none"), "");
    }
}
