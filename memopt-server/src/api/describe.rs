//! What the description says of all routes alike: how they tell what is wrong, and in which formats
//! files come.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// The media type of problems.
const PROBLEM: &str = "application/problem+json";
/// Its schema.
const DOCUMENT: &str = "ProblemDocument";

/// Files that come in several formats, by the end of their path.
const FORMATS: [(&str, &[&str]); 3] = [
    ("/data", &PROFILE),
    ("/export/report", &["application/json", "text/csv; charset=utf-8", TEXT, SVG, PPROF]),
    ("/export/metrics", &["application/jsonl", "text/csv; charset=utf-8"]),
];
const PROFILE: [&str; 4] = [PPROF, "application/json", TEXT, SVG];
const PPROF: &str = "application/vnd.google.protobuf+gzip";
const TEXT: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Completes the description.
pub(super) fn complete(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let formats = FORMATS.iter().find(|(end, _)| path.ends_with(end)).map(|(_, all)| *all);
        for operation in operations(item) {
            describe(operation, formats);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
}

fn describe(operation: &mut Operation, formats: Option<&[&str]>) {
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5']) {
            response.content = problem().content;
        } else if let Some(formats) = formats {
            let content = |kind: &&str| ((*kind).to_owned(), RefOr::T(Content::default()));
            response.content = formats.iter().map(content).collect();
        }
    }
    // Whatever is wrong with a request is told so: a parameter, the token, the host, the pace.
    responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(problem()));
}

fn problem() -> Response {
    let schema = Ref::from_schema_name(DOCUMENT);
    ResponseBuilder::new()
        .description("Why there is no other answer.")
        .content(PROBLEM, Content::new(Some(schema)))
        .build()
}
