//! The JSON schema of `memopt.toml`, for editors.

use super::root::Config;
use super::section::{OF_THE_COMMAND, Section as _};
use super::value::{Field, Shape};
use crate::json::Json;

/// The schema, draft 2020-12, as text.
pub fn json_schema() -> String {
    let mut root = object(&Config::fields());
    if let Json::Object(members) = &mut root {
        let head = [
            ("$schema", Json::text("https://json-schema.org/draft/2020-12/schema")),
            ("title", Json::text("memopt.toml")),
        ];
        for (name, value) in members.iter_mut() {
            if let ("properties", Json::Object(tables)) = (name.as_str(), value) {
                let what = "Limits of `cargo memopt check`; see cargo-memopt/schema/gate.json.";
                let table = [("description", Json::text(what)), ("type", Json::text("object"))];
                tables.push((OF_THE_COMMAND.to_owned(), Json::object(table)));
            }
        }
        members.splice(0..0, head.map(|(name, value)| (name.to_owned(), value)));
    }
    root.pretty()
}

fn object(fields: &[Field]) -> Json {
    let properties = fields.iter().map(|field| {
        let Json::Object(mut of) = shape(&field.shape) else {
            return (String::new(), Json::text(""));
        };
        let doc: Vec<&str> = field.doc.iter().map(|line| line.trim()).collect();
        of.insert(0, ("description".to_owned(), Json::Text(doc.join(" "))));
        if let Some(default) = &field.default {
            // What TOML writes for the defaults is JSON too.
            of.push(("default".to_owned(), Json::Raw(default.clone())));
        }
        (field.name.to_owned(), Json::Object(of))
    });
    Json::object([
        ("type", Json::text("object")),
        ("additionalProperties", Json::raw("false")),
        ("properties", Json::Object(properties.collect())),
    ])
}

fn shape(of: &Shape) -> Json {
    // The grammar of sizes and durations is checked by memopt; this catches what is no such thing.
    let quantity = |pattern: &str| ("pattern", Json::Text(pattern.to_owned()));
    let number = "^[0-9][0-9_]*(\\.[0-9_]+)? ?";
    match of {
        Shape::Bool => Json::object([("type", Json::text("boolean"))]),
        Shape::Integer => {
            Json::object([("type", Json::text("integer")), ("minimum", Json::raw("0"))])
        }
        Shape::Number => Json::object([("type", Json::text("number"))]),
        Shape::Ratio => Json::object([
            ("type", Json::List(vec![Json::text("string"), Json::text("number")])),
            ("minimum", Json::raw("0")),
            ("maximum", Json::raw("1")),
            quantity("^[0-9.]+ ?%?$"),
        ]),
        Shape::Size => Json::object([
            ("type", Json::List(vec![Json::text("string"), Json::text("integer")])),
            ("minimum", Json::raw("0")),
            quantity(&format!("{number}[A-Za-z]*$")),
        ]),
        Shape::Duration => Json::object([
            ("type", Json::text("string")),
            quantity(&format!("{number}[A-Za-zµμ]+$")),
        ]),
        Shape::Amount => {
            Json::object([("type", Json::List(vec![Json::text("string"), Json::text("number")]))])
        }
        Shape::Text | Shape::Address | Shape::Secret => {
            Json::object([("type", Json::text("string"))])
        }
        // Nothing is it.
        Shape::Token => Json::object([("not", Json::object([]))]),
        Shape::Choice(words) => Json::object([(
            "enum",
            Json::List(words.iter().map(|(word, _)| Json::text(*word)).collect()),
        )]),
        Shape::List(of) => Json::object([("type", Json::text("array")), ("items", shape(of))]),
        Shape::Labels => Json::object([
            ("type", Json::text("object")),
            (
                "additionalProperties",
                Json::object([(
                    "type",
                    Json::List(["string", "number", "boolean"].map(Json::text).into()),
                )]),
            ),
        ]),
        Shape::Table(fields) => object(fields),
        Shape::Tables(fields) => {
            Json::object([("type", Json::text("array")), ("items", object(fields))])
        }
    }
}
