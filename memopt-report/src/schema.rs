//! JSON schemas of what is written as JSON, made from the types (feature `schema`).
//!
//! The folder `schema/` of the crate holds what these functions return, so that other languages
//! need no Rust to read a report.

use crate::leak::Verdicts;
use crate::{Concurrency, Findings, HeapReport, Report};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings, json_schema};

/// The names of the files in `schema/` with their contents.
pub fn files() -> [(&'static str, String); 5] {
    [
        ("concurrency.schema.json", document::<Concurrency>("memopt-concurrency", 1)),
        ("findings.schema.json", document::<Findings>("memopt-findings", Findings::VERSION)),
        ("heap.schema.json", document::<HeapReport>("memopt-heap", HeapReport::VERSION)),
        ("report.schema.json", document::<Report>("memopt-report", Report::VERSION)),
        ("verdicts.schema.json", document::<Verdicts>("memopt-verdicts", Verdicts::VERSION)),
    ]
}

/// The schema of a type behind its format and version, as text.
fn document<T: JsonSchema>(format: &str, version: u32) -> String {
    let mut schema =
        SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<T>();
    let head = json_schema!({
        "format": { "const": format, "description": "What the text is; always the first member." },
        "version": { "const": version, "description": "The version of the format." },
    });
    if let (Some(properties), Some(head)) =
        (schema.get_mut("properties").and_then(|found| found.as_object_mut()), head.as_object())
    {
        properties.extend(head.clone());
    }
    if let Some(required) = schema.get_mut("required").and_then(|found| found.as_array_mut()) {
        required.splice(0..0, ["format".into(), "version".into()]);
    }
    format!("{:#}\n", schema.to_value())
}
