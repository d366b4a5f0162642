//! Parameters and bodies of requests. What is wrong with one is told as a problem that names it.

use crate::answer::now_ms;
use crate::problem::{Field, Problem};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// What separates values of a key that is given several times.
const AGAIN: char = '\u{1f}';

/// The query. Keys that are not known are refused.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let mut merged: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        merged
            .entry(name.into_owned())
            .and_modify(|all| {
                all.push(AGAIN);
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    let text: String =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(merged).finish();
    let read = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(read).map_err(|error| {
        let (path, detail) = (error.path().to_string(), error.inner().to_string());
        match path.as_str() {
            "." | "" => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
            _ => Problem::parameter(Field::new(path, detail)),
        }
    })
}

/// The JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = body(request, state, &["application/json"]).await?;
        let read = &mut serde_json::Deserializer::from_slice(&body);
        serde_path_to_error::deserialize(read).map(Self).map_err(|error| {
            let (path, detail) = (error.path().to_string(), error.inner().to_string());
            match path.as_str() {
                "." | "" => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
                _ => Problem::parameter(Field::new(path, detail)),
            }
        })
    }
}

/// Bytes of settings: they are checked between two readings of the monitor.
const TOML: usize = 64 << 10;

/// A body of TOML.
#[derive(Debug)]
pub(crate) struct Toml(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for Toml {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = body(request, state, &["text/plain", "application/toml"]).await?;
        if body.len() > TOML {
            let detail = format!("settings have {} KiB at most", TOML >> 10);
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        String::from_utf8(body.to_vec())
            .map(Self)
            .map_err(|_| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "the body is not UTF-8"))
    }
}

async fn body<S: Send + Sync>(
    request: Request,
    state: &S,
    types: &[&str],
) -> Result<Bytes, Problem> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let given = given.map(|it| it.split(';').next().unwrap_or_default().trim());
    if !given.is_some_and(|given| types.iter().any(|it| it.eq_ignore_ascii_case(given))) {
        let detail = format!("the body must be {}: say so in `Content-Type`", types.join(" or "));
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    Bytes::from_request(request, state).await.map_err(|rejection| {
        let detail = "the body cannot be read: it is larger than the limit, or it was cut off";
        Problem::new(rejection.status(), detail)
    })
}

/// A part of the path.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(it)| Self(it))
            .map_err(|rejection| Problem::missing(rejection.body_text()))
    }
}

/// A moment: ms since 1970, or a duration before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct When(pub(crate) i64);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if let Ok(ms) = text.parse() {
            return Ok(Self(ms));
        }
        memopt_units::parse_duration(&text)
            .map(|ago| Self(now_ms().saturating_sub(ms(ago))))
            .map_err(|error| {
                serde::de::Error::custom(format!(
                    "give ms since 1970, or a duration before now such as `15m`: {error}"
                ))
            })
    }
}

/// A length of time: ms, or a duration such as `10s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) i64);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let length = text.parse().or_else(|_| {
            memopt_units::parse_duration(&text).map(ms).map_err(serde::de::Error::custom)
        })?;
        if length < 1 {
            return Err(serde::de::Error::custom("give 1 ms or more"));
        }
        Ok(Self(length))
    }
}

fn ms(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The values of a key that may be given several times.
pub(crate) fn several(text: &str) -> impl Iterator<Item = &str> {
    text.split(AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Asked {
        label: Option<String>,
        limit: Option<u32>,
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = query::<Asked>("limit=x").unwrap_err();
        assert_eq!(wrong.fields[0].name, "limit");
        let wrong = query::<Asked>("limt=1").unwrap_err();
        assert!(wrong.detail.contains("unknown field `limt`"), "{wrong:?}");
    }

    #[test]
    fn a_key_may_be_given_twice() {
        let asked: Asked = query("label=a%26b&label=c+d").unwrap();
        let labels: Vec<&str> = several(asked.label.as_deref().unwrap()).collect();
        assert_eq!(labels, ["a&b", "c d"]);
    }

    #[test]
    fn a_moment_is_a_number_or_a_duration_ago() {
        let read = |text: &str| serde_json::from_value::<When>(text.into());
        assert_eq!(read("17").unwrap(), When(17));
        let ago = now_ms() - read("15m").unwrap().0;
        assert!((900_000..901_000).contains(&ago), "{ago}");
        assert!(read("yesterday").is_err());
    }
}
