//! The text of a profile, in the format that is asked for.

use super::read;
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::{Field, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use memopt_monitor::profiles::Profile;
use memopt_report::{HeapWeight, Weight};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// What `memopt::report` reads.
    Json,
    /// For `go tool pprof`, Pyroscope and Parca.
    Pprof,
    /// For DHAT's viewer.
    Dhat,
    /// Stacks, a line each.
    Folded,
    /// For speedscope.app.
    Speedscope,
    /// A flamegraph.
    Svg,
    /// For people.
    Text,
    /// A table.
    Csv,
}

impl Format {
    fn media_type(self) -> &'static str {
        match self {
            Self::Json | Self::Dhat | Self::Speedscope => "application/json",
            Self::Pprof => "application/vnd.google.protobuf+gzip",
            Self::Folded | Self::Text => "text/plain; charset=utf-8",
            Self::Svg => "image/svg+xml",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// What a file of it is called at its end.
    fn end(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Dhat => "dhat.json",
            Self::Speedscope => "speedscope.json",
            Self::Pprof => "pb.gz",
            Self::Folded => "folded",
            Self::Text => "txt",
            Self::Svg => "svg",
            Self::Csv => "csv",
        }
    }

    /// The first format of `Accept` that is known; none where it takes anything.
    fn accepted(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(accept) = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()) else {
            return Ok(None);
        };
        for part in accept.split(',') {
            let name = part.split(';').next().unwrap_or_default().trim();
            return Ok(Some(match name {
                "*/*" | "application/*" | "" => return Ok(None),
                "application/json" => Self::Json,
                "image/svg+xml" => Self::Svg,
                "text/plain" => Self::Text,
                "text/csv" => Self::Csv,
                "application/vnd.google.protobuf+gzip" | "application/octet-stream" => Self::Pprof,
                _ => continue,
            }));
        }
        Err(Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            "no format of `Accept` is known: ask by `format=json`, `pprof`, `dhat`, `folded`, \
             `speedscope`, `svg`, `csv` or `text`",
        ))
    }
}

/// Which format.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct Asked {
    /// Absent: by `Accept`, else `json`.
    #[param(inline)]
    format: Option<Format>,
}

/// A profile in a format of other tools
#[utoipa::path(
    get, path = "/profiles/{id}/data", tag = "profiles", params(Asked, ("id" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The profile.", content_type = "application/octet-stream"),
        (status = 404, body = crate::problem::ProblemDocument),
        (status = 406, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn data(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let format = chosen(asked.format, &headers)?;
    let profile = read(&app, &id).await?;
    answer(&app, profile, format, &id).await
}

/// What is shown of now.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct Now {
    /// `heap`, `activity`, `allocation`.
    kind: String,
    /// Absent: by `Accept`, else `json`.
    #[param(inline)]
    format: Option<Format>,
}

impl Default for Now {
    fn default() -> Self {
        Self { kind: "heap".to_owned(), format: None }
    }
}

/// A profile of now, which is not kept
#[utoipa::path(
    get, path = "/profiles/current/data", tag = "profiles", params(Now),
    responses(
        (status = 200, description = "The profile.", content_type = "application/octet-stream"),
        (status = 406, body = crate::problem::ProblemDocument),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn current(
    State(app): State<Shared>,
    Query(asked): Query<Now>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let format = chosen(asked.format, &headers)?;
    let profile = now(&app, &asked.kind).await?;
    answer(&app, profile, format, &asked.kind).await
}

fn chosen(asked: Option<Format>, headers: &HeaderMap) -> Result<Format, Problem> {
    let accepted = if asked.is_some() { asked } else { Format::accepted(headers)? };
    Ok(accepted.unwrap_or(Format::Json))
}

/// A profile of this kind, of now.
pub(super) async fn now(app: &Shared, kind: &str) -> Result<Profile, Problem> {
    match kind {
        "heap" => Ok(Profile::Heap(Box::new(app.heap().await?.as_ref().clone()))),
        "allocation" => Ok(Profile::Allocation(Box::new(app.report().await?.as_ref().clone()))),
        "activity" => {
            let own = Arc::clone(app);
            let activity = app.workers.short(move || own.program().activity()).await?;
            Ok(Profile::Activity(Box::new(activity)))
        }
        _ => {
            let detail = "it is heap, activity or allocation";
            Err(Problem::parameter(Field::new("kind", detail)))
        }
    }
}

pub(crate) async fn answer(
    app: &Shared,
    profile: Profile,
    format: Format,
    name: &str,
) -> Result<Response<Body>, Problem> {
    let bytes = app.workers.costly(move || write(&profile, format)).await??;
    let mut answer = Response::new(Body::from(bytes));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    let file = format!("attachment; filename=\"memopt-{name}.{}\"", format.end());
    if let Ok(file) = HeaderValue::from_str(&file) {
        headers.insert(header::CONTENT_DISPOSITION, file);
    }
    Ok(answer)
}

/// The bytes of a profile in this format.
pub(crate) fn write(profile: &Profile, format: Format) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    let written = match (profile, format) {
        (_, Format::Json) => return Ok(profile.to_json().into_bytes()),
        (Profile::Heap(heap), Format::Pprof) => heap.write_pprof(&mut out),
        (Profile::Heap(heap), Format::Dhat) => return Ok(heap.to_dhat().into_bytes()),
        (Profile::Heap(heap), Format::Folded) => {
            return Ok(heap.to_folded(HeapWeight::Live).into_bytes());
        }
        (Profile::Heap(heap), Format::Speedscope) => return Ok(heap.to_speedscope().into_bytes()),
        (Profile::Heap(heap), Format::Svg) => heap.write_flamegraph(&mut out, HeapWeight::Live),
        (Profile::Heap(heap), Format::Text) => return Ok(heap.to_string().into_bytes()),
        (Profile::Heap(heap), Format::Csv) => return Ok(heap.to_csv().into_bytes()),
        (Profile::Allocation(report), Format::Pprof) => report.write_pprof(&mut out),
        (Profile::Allocation(report), Format::Folded) => {
            return Ok(report.to_folded(Weight::Bytes).into_bytes());
        }
        (Profile::Allocation(report), Format::Svg) => {
            report.write_flamegraph(&mut out, Weight::Bytes)
        }
        (Profile::Allocation(report), Format::Text) => return Ok(report.to_string().into_bytes()),
        (Profile::Allocation(report), Format::Csv) => return Ok(report.to_csv().into_bytes()),
        (Profile::Activity(activity), Format::Text) => {
            return Ok(activity.to_string().into_bytes());
        }
        (profile, _) => {
            let kind = profile.kind().name();
            let detail = format!("a profile of kind `{kind}` has no such format: use json or text");
            return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, detail));
        }
    };
    // An empty profile has no picture.
    written
        .map_err(|error| Problem::conflict(format!("the profile cannot be written: {error}")))?;
    Ok(out)
}
