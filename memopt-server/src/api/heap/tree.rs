//! The tree of the heap, now or of a profile, alone or compared.

use super::node::{HeapWeight, Node};
use super::{at_ms, mode};
use crate::answer::Answer;
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::{Field, Problem};
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::profiles::Profile;
use memopt_report::{HeapReport, Report};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A tree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tree {
    /// `heap`: sampled blocks. `scopes`: the exact site tree.
    source: &'static str,
    weight: HeapWeight,
    /// `bytes`.
    unit: &'static str,
    at_ms: Option<i64>,
    is_estimate: bool,
    /// Threads that may be asked for.
    threads: Vec<String>,
    /// Frames that were put together, as they are small.
    folded: usize,
    root: Node,
}

/// Which tree.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct Asked {
    #[param(inline)]
    weight: Option<HeapWeight>,
    /// `heap` or `scopes`. Absent: `heap` where blocks are sampled.
    source: Option<String>,
    /// A thread that allocated what is live.
    thread: Option<String>,
    /// Whether the innermost frame comes first.
    inverted: bool,
    /// The id of a profile to compare with.
    base: Option<String>,
    /// The id of a profile to show in place of now.
    profile: Option<String>,
    /// Frames below this share are put together.
    min_ratio: f64,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            weight: None,
            source: None,
            thread: None,
            inverted: false,
            base: None,
            profile: None,
            min_ratio: 0.0005,
        }
    }
}

/// What a tree is made of.
enum Made {
    Heap(Arc<HeapReport>),
    Scopes(Arc<Report>),
}

/// The heap as a tree of frames
#[utoipa::path(
    get, path = "/heap/tree", tag = "heap", params(Asked),
    responses(
        (status = 200, body = Answer<Tree>),
        (status = 404, body = crate::problem::ProblemDocument),
        (status = 409, body = crate::problem::ProblemDocument),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn tree(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer<Tree>>, Problem> {
    if !(0.0..=1.0).contains(&asked.min_ratio) {
        return Err(Problem::parameter(Field::new("min_ratio", "it is a share: 0 to 1")));
    }
    let made = match &asked.profile {
        Some(id) => of_profile(&app, id).await?,
        None => now(&app, asked.source.as_deref()).await?,
    };
    let base = match &asked.base {
        Some(id) => Some(of_profile(&app, id).await?),
        None => None,
    };
    let tree = app.workers.shared(move || draw(&made, base.as_ref(), &asked)).await??;
    Ok(Json(app.answer(tree)))
}

async fn now(app: &Shared, source: Option<&str>) -> Result<Made, Problem> {
    match source {
        Some("heap") => app.heap().await.map(Made::Heap),
        Some("scopes") => app.report().await.map(Made::Scopes),
        None => match app.heap().await {
            Ok(heap) => Ok(Made::Heap(heap)),
            Err(_) => app.report().await.map(Made::Scopes),
        },
        Some(_) => Err(Problem::parameter(Field::new("source", "it is `heap` or `scopes`"))),
    }
}

async fn of_profile(app: &Shared, id: &str) -> Result<Made, Problem> {
    match crate::api::profiles::read(app, id).await? {
        Profile::Heap(heap) => Ok(Made::Heap(Arc::new(*heap))),
        Profile::Allocation(report) => Ok(Made::Scopes(Arc::new(*report))),
        _ => Err(Problem::conflict(format!("the profile {id} is of activity, which has no tree"))),
    }
}

fn draw(made: &Made, base: Option<&Made>, asked: &Asked) -> Result<Tree, Problem> {
    let mut root = root(made, asked)?;
    if let Some(base) = base {
        root.compare(self::root(base, asked)?);
    }
    let least = (root.total.max(root.base_total.unwrap_or(0)) as f64 * asked.min_ratio).ceil();
    let folded = root.fold(least as u64);
    let (source, at_ms, threads, is_estimate) = match made {
        Made::Heap(heap) => {
            ("heap", Some(at_ms(heap)), heap.threads.clone(), mode(heap.mode) != "exact")
        }
        Made::Scopes(_) => ("scopes", None, Vec::new(), false),
    };
    let default = if source == "heap" { HeapWeight::Live } else { HeapWeight::Allocated };
    let weight = asked.weight.unwrap_or(default);
    Ok(Tree { source, weight, unit: "bytes", at_ms, is_estimate, threads, folded, root })
}

fn root(made: &Made, asked: &Asked) -> Result<Node, Problem> {
    match made {
        Made::Heap(heap) => {
            let weight = asked.weight.unwrap_or(HeapWeight::Live);
            let thread = match &asked.thread {
                Some(name) => Some(thread(heap, name, weight)?),
                None => None,
            };
            Ok(Node::of_heap(heap, weight, thread, asked.inverted))
        }
        Made::Scopes(report) => {
            if asked.weight.is_some_and(|weight| weight != HeapWeight::Allocated) {
                let detail = "the site tree knows `allocated` alone: sample blocks for the others";
                return Err(Problem::parameter(Field::new("weight", detail)));
            }
            Ok(Node::of_scopes(report, None))
        }
    }
}

fn thread(heap: &HeapReport, name: &str, weight: HeapWeight) -> Result<u32, Problem> {
    if weight != HeapWeight::Live {
        let detail = "by thread only what is live is known: `weight=live`";
        return Err(Problem::parameter(Field::new("thread", detail)));
    }
    let index = heap.threads.iter().position(|thread| thread == name);
    index.map(|index| index as u32).ok_or_else(|| {
        Problem::parameter(Field::new("thread", format!("no thread is called `{name}`")))
    })
}
