//! A reader of pprof's message, independent of the writer: fields by name, texts by number.

use std::collections::HashMap;
use std::fmt::Write as _;

/// A field: its number, and a varint or bytes.
pub(crate) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message.
pub(crate) fn fields(mut bytes: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (inside, rest) = bytes.split_at(length);
                bytes = rest;
                Value::Bytes(inside)
            }
            kind => panic!("wire type {kind} is not in the format"),
        };
        fields.push((key >> 3, value));
    }
    fields
}

pub(crate) fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first().expect("a varint has an end");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
        shift += 7;
    }
}

pub(crate) fn packed(mut bytes: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        numbers.push(varint(&mut bytes));
    }
    numbers
}

/// What stands behind a number of a field.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Address,
    /// A number of the table of texts.
    Text,
    Numbers,
    Message(&'static [(u64, &'static str, Kind)]),
}

use Kind::{Address, Message, Number, Numbers, Text};

const VALUE_TYPE: &[(u64, &str, Kind)] = &[(1, "type", Text), (2, "unit", Text)];
const LABEL: &[(u64, &str, Kind)] = &[(1, "key", Text), (2, "str", Text)];
const LINE: &[(u64, &str, Kind)] = &[(1, "function", Number), (2, "line", Number)];
const PROFILE: &[(u64, &str, Kind)] = &[
    (1, "sample_type", Message(VALUE_TYPE)),
    (
        2,
        "sample",
        Message(&[(1, "location", Numbers), (2, "value", Numbers), (3, "label", Message(LABEL))]),
    ),
    (
        3,
        "mapping",
        Message(&[
            (1, "id", Number),
            (2, "start", Address),
            (3, "limit", Address),
            (4, "offset", Address),
            (5, "file", Text),
            (6, "build_id", Text),
            (7, "has_functions", Number),
            (8, "has_filenames", Number),
            (9, "has_line_numbers", Number),
            (10, "has_inline_frames", Number),
        ]),
    ),
    (
        4,
        "location",
        Message(&[
            (1, "id", Number),
            (2, "mapping", Number),
            (3, "address", Address),
            (4, "line", Message(LINE)),
        ]),
    ),
    (5, "function", Message(&[(1, "id", Number), (2, "name", Text), (4, "file", Text)])),
    (7, "drop_frames", Text),
    (9, "time_nanos", Number),
    (10, "duration_nanos", Number),
    (11, "period_type", Message(VALUE_TYPE)),
    (12, "period", Number),
    (13, "comment", Numbers),
    (14, "default_sample_type", Text),
];
const TEXTS: u64 = 6;

/// The table of texts.
pub(crate) fn texts(profile: &[u8]) -> Vec<String> {
    let text = |(field, value)| match (field, value) {
        (TEXTS, Value::Bytes(bytes)) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
        _ => None,
    };
    fields(profile).into_iter().filter_map(text).collect()
}

/// The message as text, in the order in which it is written.
pub(crate) fn decode(profile: &[u8]) -> String {
    let mut out = String::new();
    write(&mut out, profile, PROFILE, &texts(profile), 0);
    out
}

fn write(
    out: &mut String,
    bytes: &[u8],
    names: &[(u64, &str, Kind)],
    texts: &[String],
    depth: usize,
) {
    let names: HashMap<u64, (&str, Kind)> =
        names.iter().map(|&(field, name, kind)| (field, (name, kind))).collect();
    for (field, value) in fields(bytes) {
        if depth == 0 && field == TEXTS {
            continue;
        }
        let (name, kind) =
            names.get(&field).unwrap_or_else(|| panic!("field {field} is not known"));
        let indent = "  ".repeat(depth);
        match (kind, value) {
            (Number, Value::Number(n)) => writeln!(out, "{indent}{name} {n}").unwrap(),
            (Address, Value::Number(n)) => writeln!(out, "{indent}{name} {n:#x}").unwrap(),
            (Text, Value::Number(n)) => {
                writeln!(out, "{indent}{name} {:?}", texts[n as usize]).unwrap();
            }
            (Numbers, Value::Bytes(bytes)) => {
                writeln!(out, "{indent}{name} {:?}", packed(bytes)).unwrap();
            }
            (Message(inside), Value::Bytes(bytes)) => {
                writeln!(out, "{indent}{name}").unwrap();
                write(out, bytes, inside, texts, depth + 1);
            }
            _ => panic!("{name} has another wire type"),
        }
    }
}
