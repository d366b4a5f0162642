//! Series and reports for other programs, streamed.

use super::history::Range;
use super::profiles::Format as ProfileFormat;
use crate::app::Shared;
use crate::extract::{Query, When};
use crate::problem::{Field, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use memopt_monitor::history::{Format, Tier, Window};
use memopt_monitor::profiles::Profile;
use memopt_monitor::series::Key;
use serde::Deserialize;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use utoipa::IntoParams;

/// Which series, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// The metric. Absent: all.
    metric: Option<String>,
    /// ms since 1970, or a duration before now.
    #[param(value_type = Option<String>)]
    from: Option<When>,
    /// ms since 1970, or a duration before now.
    #[param(value_type = Option<String>)]
    to: Option<When>,
    /// `raw`, `minute`, `hour`. Absent: `raw`.
    tier: Option<String>,
    /// `jsonl`, `csv`. Absent: `jsonl`.
    format: Option<String>,
}

/// Points of series
#[utoipa::path(
    get, path = "/export/metrics", tag = "export", params(Asked),
    responses(
        (status = 200, description = "One point a line.", content_type = "application/jsonl"),
        (status = 422, body = crate::problem::ProblemDocument),
        (status = 429, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn metrics(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Response<Body>, Problem> {
    let range = Range::of(asked.from, asked.to, None)?;
    let tier = asked.tier.as_deref().unwrap_or("raw");
    let tier = Tier::ALL.into_iter().find(|it| it.name() == tier);
    let tier =
        tier.ok_or_else(|| Problem::parameter(Field::new("tier", "it is raw, minute or hour")))?;
    let (format, media_type) = match asked.format.as_deref().unwrap_or("jsonl") {
        "jsonl" => (Format::JsonLines, "application/jsonl"),
        "csv" => (Format::Csv, "text/csv; charset=utf-8"),
        _ => return Err(Problem::parameter(Field::new("format", "it is jsonl or csv"))),
    };
    if let Some(name) = &asked.metric {
        app.metric(name)?;
    }
    let (parts, taken) = channel(4);
    let (own, is_whole) = (Arc::clone(&app), Arc::new(AtomicBool::new(false)));
    let streamed = Streamed { parts: taken, is_whole: Arc::clone(&is_whole), is_cut: false };
    app.workers.begin(move || {
        let history = own.monitor.history();
        let wanted = |key: &Key| asked.metric.as_deref().is_none_or(|name| name == &*key.metric);
        let keys: Vec<Key> = history.keys().into_iter().filter(wanted).collect();
        let window = Window::between(range.from_ms, range.to_ms);
        let mut out = Parts { held: Vec::new(), parts };
        let done = history.export(&keys, window, tier, format, &mut out).and_then(|()| out.flush());
        is_whole.store(done.is_ok(), SeqCst);
    })?;
    let mut answer = Response::new(Body::new(streamed));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    Ok(answer)
}

/// Writes into parts that the answer takes one by one: what is not taken is not made.
struct Parts {
    held: Vec<u8>,
    parts: Sender<Bytes>,
}

/// Bytes of a part.
const PART: usize = 64 << 10;

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut part = Bytes::from(std::mem::take(&mut self.held));
        let until = Instant::now() + PATIENCE;
        loop {
            match self.parts.try_send(part) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(back)) if Instant::now() < until => part = back,
                Err(_) => return Err(io::ErrorKind::BrokenPipe.into()),
            }
            sleep(Duration::from_millis(10));
        }
    }
}

/// Time in which a client must take a part.
const PATIENCE: Duration = Duration::from_secs(60);

/// The parts as a body, which breaks off where they were not all made.
struct Streamed {
    parts: Receiver<Bytes>,
    is_whole: Arc<AtomicBool>,
    is_cut: bool,
}

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let part = match self.parts.poll_recv(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(part) => part,
        };
        Poll::Ready(match part {
            Some(part) => Some(Ok(Frame::data(part))),
            None if self.is_whole.load(SeqCst) || self.is_cut => None,
            None => {
                self.is_cut = true;
                Some(Err(io::Error::other("the export was not finished")))
            }
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// How the report is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ReportAsked {
    /// `json`, `csv`, `text`, `folded`, `svg`, `pprof`. Absent: `json`.
    #[param(inline)]
    format: Option<ProfileFormat>,
}

/// The report of all sites
#[utoipa::path(
    get, path = "/export/report", tag = "export", params(ReportAsked),
    responses(
        (status = 200, description = "The report.", content_type = "application/json"),
        (status = 406, body = crate::problem::ProblemDocument),
        (status = 429, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn report(
    State(app): State<Shared>,
    Query(asked): Query<ReportAsked>,
) -> Result<Response<Body>, Problem> {
    let report = app.report().await?;
    let profile = Profile::Allocation(Box::new(report.as_ref().clone()));
    super::profiles::answer(&app, profile, asked.format.unwrap_or(ProfileFormat::Json), "report")
        .await
}
