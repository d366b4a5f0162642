//! What an answer says where something is wrong: RFC 9457, with the id of the request.

use crate::scrub::scrubbed;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

type Answer = Response<axum::body::Body>;

/// A parameter that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Field {
    /// Its name, or the path of a member of the body.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) detail: String,
}

impl Field {
    pub(crate) fn new(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), detail: detail.into() }
    }
}

/// Why there is no answer. It becomes a document where the request's id is known, in `front`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    pub(crate) fields: Vec<Field>,
    /// After so many seconds it may go better.
    pub(crate) retry_after: Option<u32>,
}

/// The document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    /// `about:blank`: the status says which kind of problem it is.
    r#type: &'static str,
    /// The words of the status.
    title: &'static str,
    /// The status of HTTP.
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
    /// The parameters that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    /// The id of the request, as in the header `x-request-id`.
    request_id: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), fields: Vec::new(), retry_after: None }
    }

    /// There is no such thing.
    pub(crate) fn missing(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// It cannot be done as things are.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// A parameter is wrong.
    pub(crate) fn parameter(field: Field) -> Self {
        let detail = format!("`{}`: {}", field.name, field.detail);
        Self { fields: vec![field], ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }

    /// Something of ours failed.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// It is not there yet.
    pub(crate) fn not_yet(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).after(1)
    }

    /// Another is at work.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, detail).after(1)
    }

    pub(crate) fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The answer of a request with this id.
    pub(crate) fn document(self, request_id: &str) -> Answer {
        let document = ProblemDocument {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: scrubbed(&self.detail).into_owned(),
            fields: self.fields,
            request_id: request_id.to_owned(),
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut answer = Answer::new(body.into());
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"memopt\""),
            );
        }
        answer
    }
}

impl IntoResponse for Problem {
    /// An answer without a body, which carries the problem to where the id is known.
    fn into_response(self) -> Answer {
        let mut answer = Answer::new(axum::body::Body::empty());
        *answer.status_mut() = self.status;
        answer.extensions_mut().insert(self);
        answer
    }
}
