//! The stream of events.

use crate::answer::now_ms;
use crate::app::Shared;
use crate::extract::Query;
use crate::hub::{Event, Listener, Missed};
use crate::page;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use utoipa::IntoParams;

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// Kinds with commas between them: `tick,alert`. Absent: all.
    types: Option<String>,
}

/// Without another event, something is said after so long.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What happens, as it happens
///
/// Server-sent events. After `Last-Event-ID` what was missed is sent first.
#[utoipa::path(
    get, path = "/events", tag = "now",
    params(
        Asked,
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that came."),
    ),
    responses(
        (status = 200, description = "Events.", content_type = "text/event-stream"),
        (status = 503, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn events(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let last = headers.get("last-event-id").and_then(|it| it.to_str().ok());
    let (listener, missed) = app
        .hub
        .listen(last)
        .ok_or_else(|| Problem::not_yet("as many listen as may: close another page").after(30))?;
    let types = asked.types.map(|types| types.split(',').map(str::to_owned).collect());
    let session = session(&app, &headers);
    let stream = Stream::new(&app, listener, missed, types, session);
    let mut answer = Response::new(Body::new(stream));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // For proxies that gather answers.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(answer)
}

/// The cookies of a listener that is let in by its session.
fn session(app: &Shared, headers: &HeaderMap) -> Option<HeaderMap> {
    if app.settings.tokens.is_empty() || headers.contains_key(header::AUTHORIZATION) {
        return None;
    }
    let cookies = headers.get_all(header::COOKIE).iter();
    Some(cookies.map(|cookie| (header::COOKIE, cookie.clone())).collect())
}

type Next = Pin<Box<dyn Future<Output = (Source, Option<Bytes>)> + Send>>;

/// The events of one listener, as a body.
struct Stream {
    ready: VecDeque<Bytes>,
    next: Option<Next>,
}

/// Where the next event comes from.
struct Source {
    app: Shared,
    listener: Listener,
    types: Option<Vec<String>>,
    /// The stream ends with this session.
    session: Option<HeaderMap>,
    /// Events that were lost since the last one.
    lost: u64,
}

impl Stream {
    fn new(
        app: &Shared,
        listener: Listener,
        missed: Missed,
        types: Option<Vec<String>>,
        session: Option<HeaderMap>,
    ) -> Self {
        let of = &app.identity;
        let hello = json!({
            "pid": of.pid, "started_ms": of.started_ms, "instance": of.instance,
            "version": env!("CARGO_PKG_VERSION"), "build": page::BUILD,
            "heartbeat_ms": HEARTBEAT.as_millis() as u64,
        });
        let mut ready = VecDeque::from([text("hello", &hello)]);
        let source = Source { app: app.clone(), listener, types, session, lost: 0 };
        match missed {
            Some(missed) => {
                let wanted = missed.into_iter().filter(|event| source.wants(event.kind));
                ready.extend(wanted.map(|event| event.text));
            }
            None => ready.push_back(text("resync", &json!({}))),
        }
        Self { ready, next: Some(Box::pin(source.next())) }
    }
}

fn text(kind: &str, data: &serde_json::Value) -> Bytes {
    format!("event: {kind}\ndata: {data}\n\n").into()
}

impl Source {
    fn wants(&self, kind: &str) -> bool {
        self.types.as_ref().is_none_or(|types| types.iter().any(|it| it == kind))
    }

    /// Whether the session was ended, or is too old.
    fn has_ended(&self) -> bool {
        let ended = |cookies| self.app.sessions.role(cookies).is_none();
        self.session.as_ref().is_some_and(ended)
    }

    /// The next event; none where the session has ended.
    async fn next(mut self) -> (Self, Option<Bytes>) {
        let next = self.next_event().await;
        let next = (!self.has_ended()).then_some(next);
        (self, next)
    }

    async fn next_event(&mut self) -> Bytes {
        let heartbeat = Instant::now() + HEARTBEAT;
        loop {
            match timeout_at(heartbeat, self.listener.events.recv()).await {
                Ok(Ok(event)) if self.wants(event.kind) => {
                    let lost = std::mem::take(&mut self.lost);
                    return told(event, lost);
                }
                Ok(Ok(_)) => {}
                Ok(Err(RecvError::Lagged(lost))) => {
                    self.lost += lost;
                    self.app.hub.dropped.fetch_add(lost, Relaxed);
                }
                // The hub lives as long as this does.
                Ok(Err(RecvError::Closed)) | Err(_) => {
                    return text("ping", &json!({"now_ms": now_ms()}));
                }
            }
        }
    }
}

/// The event, and before it how many were lost.
fn told(event: Event, lost: u64) -> Bytes {
    if lost == 0 {
        return event.text;
    }
    let mut all = text("dropped", &json!({"dropped": lost})).to_vec();
    all.extend_from_slice(&event.text);
    all.into()
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(ready) = self.ready.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(ready))));
        }
        let Some(next) = self.next.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready((source, event)) = next.as_mut().poll(context) else {
            return Poll::Pending;
        };
        self.next = event.is_some().then(|| Box::pin(source.next()) as Next);
        Poll::Ready(event.map(|event| Ok(Frame::data(event))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::settings::Settings;
    use http_body_util::BodyExt;
    use memopt_monitor::Monitor;
    use memopt_monitor::program::ThisProcess;

    #[tokio::test]
    async fn a_slow_listener_loses_events_and_is_told_how_many() {
        let monitor = Monitor::builder().start().unwrap();
        let program = Box::new(ThisProcess);
        let app = App::new(Clone::clone(&*monitor), Settings::default(), program, None).unwrap();
        let (listener, missed) = app.hub.listen(None).unwrap();
        let mut body = Stream::new(&app, listener, missed, None, None);
        let mut frame = async || {
            let frame = body.frame().await.unwrap().unwrap();
            String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
        };
        assert!(frame().await.starts_with("event: hello\n"));
        // It takes none of these, and 256 are remembered.
        (0..300).for_each(|number| app.hub.send("tick", &number));
        let late = frame().await;
        assert!(late.starts_with("event: dropped\ndata: {\"dropped\":44}\n\nid: "), "{late}");
        assert!(late.ends_with("event: tick\ndata: 44\n\n"), "{late}");
        assert_eq!(app.hub.dropped.load(Relaxed), 44);
        assert!(frame().await.ends_with("event: tick\ndata: 45\n\n"));
        assert_eq!(app.hub.dropped.load(Relaxed), 44);
    }
}
