//! What the detectors say of sites, and what is worth doing.

use crate::answer::{List, Part, default_limit};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::advice::recommend::{Act, Recommendation};
use memopt_report::{Edit, Finding, Remedy, Severity};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a detector says of a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingItem {
    /// The rule: `memopt::pool`.
    code: String,
    /// `note`, `warning`.
    severity: &'static str,
    /// The site.
    id: String,
    site: String,
    file: String,
    line: u32,
    column: u32,
    title: String,
    /// A few words for the line of source.
    label: String,
    evidence: Vec<String>,
    /// The concrete change.
    help: String,
    remedy: Option<&'static str>,
    saving: Saving,
    /// What it is worth, by which findings are ordered.
    worth_ratio: f64,
    edit: Option<EditItem>,
}

/// What a change would save over the time of the report.
#[derive(Debug, Serialize, ToSchema)]
struct Saving {
    bytes: u64,
    blocks: u64,
    reallocs: u64,
    copied_bytes: u64,
    peak_bytes: u64,
    retained_bytes: u64,
    cpu_ns: u64,
    cpu_ratio: f64,
    memory_ratio: f64,
}

/// Lines to replace in one file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EditItem {
    file: String,
    line: u32,
    before: String,
    after: String,
    /// Share (0 to 1) of the finding's time that this change alone saves.
    saving_ratio: f64,
}

impl EditItem {
    pub(crate) fn of(edit: &Edit) -> Self {
        let Edit { file, line, before, after, saving_percent, .. } = edit.clone();
        Self { file, line, before, after, saving_ratio: f64::from(saving_percent) / 100.0 }
    }
}

impl FindingItem {
    pub(crate) fn of(finding: &Finding) -> Self {
        let saving = &finding.saving;
        Self {
            code: finding.code.clone(),
            severity: match finding.severity {
                Severity::Warning => "warning",
                _ => "note",
            },
            id: finding.id.to_string(),
            site: finding.site.clone(),
            file: finding.file.clone(),
            line: finding.line,
            column: finding.column,
            title: finding.title.clone(),
            label: finding.label.clone(),
            evidence: finding.evidence.iter().map(ToString::to_string).collect(),
            help: finding.help.clone(),
            remedy: finding.remedy.map(Remedy::name),
            saving: Saving {
                bytes: saving.bytes,
                blocks: saving.allocs,
                reallocs: saving.reallocs,
                copied_bytes: saving.copied_bytes,
                peak_bytes: saving.peak_bytes,
                retained_bytes: saving.retained_bytes,
                cpu_ns: saving.cpu_ns,
                cpu_ratio: saving.cpu_share,
                memory_ratio: saving.memory_share,
            },
            worth_ratio: finding.share,
            edit: finding.edit.as_ref().map(EditItem::of),
        }
    }
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct Asked {
    /// The name of a site.
    site: Option<String>,
    /// The code of a rule.
    code: Option<String>,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { site: None, code: None, offset: 0, limit: default_limit() }
    }
}

/// What the detectors say, the most worth first
#[utoipa::path(
    get, path = "/findings", tag = "found", params(Asked),
    responses((status = 200, body = List<FindingItem>)),
)]
pub(in crate::api) async fn findings(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<FindingItem>>, Problem> {
    let now = app.published()?;
    let fits = |finding: &&Finding| {
        asked.site.as_ref().is_none_or(|site| *site == finding.site)
            && asked.code.as_ref().is_none_or(|code| *code == finding.code)
    };
    let items = now.found.findings.iter().filter(fits).map(FindingItem::of).collect();
    app.list(Part::new(asked.offset, asked.limit), items).map(Json)
}

/// One thing that is worth doing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecommendationItem {
    /// The code of a rule, `leak`, `risk`.
    from: String,
    site: Option<String>,
    title: String,
    evidence: Vec<String>,
    urgency_ratio: f64,
    cpu_ratio: f64,
    memory_bytes: u64,
    /// What to do, the best first.
    acts: Vec<ActItem>,
}

/// What to do.
#[derive(Debug, Serialize, ToSchema)]
struct ActItem {
    /// `edit`, `change`, `optimize`, `reclaim`, `configure`, `look`.
    kind: &'static str,
    text: String,
    edit: Option<EditItem>,
}

impl ActItem {
    fn of(act: &Act) -> Self {
        let (kind, text, edit) = match act {
            Act::Edit(edit) => ("edit", edit.to_string(), Some(EditItem::of(edit))),
            Act::Change(text) => ("change", text.clone(), None),
            Act::Optimize => ("optimize", "let the optimizer try it".to_owned(), None),
            Act::Reclaim => ("reclaim", "give back what is held for reuse".to_owned(), None),
            Act::Configure(text) => ("configure", text.clone(), None),
            Act::Look(text) => ("look", text.clone(), None),
            _ => ("look", String::new(), None),
        };
        Self { kind, text, edit }
    }
}

impl RecommendationItem {
    fn of(one: &Recommendation) -> Self {
        Self {
            from: one.from.clone(),
            site: one.site.clone(),
            title: one.title.clone(),
            evidence: one.evidence.clone(),
            urgency_ratio: one.urgency,
            cpu_ratio: one.cpu_share,
            memory_bytes: one.memory_bytes,
            acts: one.acts.iter().map(ActItem::of).collect(),
        }
    }
}

/// What is worth doing, the most urgent first
#[utoipa::path(
    get, path = "/recommendations", tag = "found", params(Part),
    responses((status = 200, body = List<RecommendationItem>)),
)]
pub(in crate::api) async fn recommendations(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<RecommendationItem>>, Problem> {
    let now = app.published()?;
    let items = now.found.recommendations.iter().map(RecommendationItem::of).collect();
    app.list(part, items).map(Json)
}
