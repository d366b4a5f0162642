//! The JSON schema of `memopt.toml`, for editors.

use super::root::Config;
use super::section::Section as _;
use super::value::{Field, Shape};
use std::fmt::Write as _;

/// The schema, draft 2020-12, as text.
pub fn json_schema() -> String {
    let mut root = object(&Config::fields());
    if let Json::Object(members) = &mut root {
        let head = [
            ("$schema", text("https://json-schema.org/draft/2020-12/schema")),
            ("title", text("memopt.toml")),
        ];
        members.splice(0..0, head.map(|(name, value)| (name.to_owned(), value)));
    }
    let mut out = String::new();
    root.write(&mut out, 0);
    out.push('\n');
    out
}

enum Json {
    Text(String),
    /// Written as it is.
    Raw(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn raw(text: &str) -> Json {
    Json::Raw(text.to_owned())
}

fn members<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.map(|(name, value)| (name.to_owned(), value)).into())
}

fn object(fields: &[Field]) -> Json {
    let properties = fields.iter().map(|field| {
        let Json::Object(mut of) = shape(&field.shape) else { return (String::new(), text("")) };
        let doc: Vec<&str> = field.doc.iter().map(|line| line.trim()).collect();
        of.insert(0, ("description".to_owned(), Json::Text(doc.join(" "))));
        if let Some(default) = &field.default {
            // What TOML writes for the defaults is JSON too.
            of.push(("default".to_owned(), Json::Raw(default.clone())));
        }
        (field.name.to_owned(), Json::Object(of))
    });
    members([
        ("type", text("object")),
        ("additionalProperties", raw("false")),
        ("properties", Json::Object(properties.collect())),
    ])
}

fn shape(of: &Shape) -> Json {
    // The grammar of sizes and durations is checked by memopt; this catches what is no such thing.
    let quantity = |pattern: &str| ("pattern", Json::Text(pattern.to_owned()));
    let number = "^[0-9][0-9_]*(\\.[0-9_]+)? ?";
    match of {
        Shape::Bool => members([("type", text("boolean"))]),
        Shape::Integer => members([("type", text("integer")), ("minimum", raw("0"))]),
        Shape::Number => members([("type", text("number"))]),
        Shape::Ratio => members([
            ("type", Json::List(vec![text("string"), text("number")])),
            ("minimum", raw("0")),
            ("maximum", raw("1")),
            quantity("^[0-9.]+ ?%?$"),
        ]),
        Shape::Size => members([
            ("type", Json::List(vec![text("string"), text("integer")])),
            ("minimum", raw("0")),
            quantity(&format!("{number}[A-Za-z]*$")),
        ]),
        Shape::Duration => {
            members([("type", text("string")), quantity(&format!("{number}[A-Za-zµμ]+$"))])
        }
        Shape::Amount => members([("type", Json::List(vec![text("string"), text("number")]))]),
        Shape::Text | Shape::Secret => members([("type", text("string"))]),
        Shape::Choice(words) => {
            members([("enum", Json::List(words.iter().map(|(word, _)| text(word)).collect()))])
        }
        Shape::List(of) => members([("type", text("array")), ("items", shape(of))]),
        Shape::Labels => members([
            ("type", text("object")),
            (
                "additionalProperties",
                members([("type", Json::List(["string", "number", "boolean"].map(text).into()))]),
            ),
        ]),
        Shape::Table(fields) => object(fields),
        Shape::Tables(fields) => members([("type", text("array")), ("items", object(fields))]),
    }
}

impl Json {
    fn write(&self, out: &mut String, depth: usize) {
        let pad = "  ".repeat(depth + 1);
        let end = "  ".repeat(depth);
        // Writing into a String cannot fail.
        match self {
            Self::Text(text) => quote(out, text),
            Self::Raw(raw) => out.push_str(raw),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.write(out, depth);
                }
                out.push(']');
            }
            Self::Object(members) => {
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "{\n" } else { ",\n" });
                    out.push_str(&pad);
                    quote(out, name);
                    out.push_str(": ");
                    value.write(out, depth + 1);
                }
                let _ =
                    if members.is_empty() { write!(out, "{{}}") } else { write!(out, "\n{end}}}") };
            }
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}
