//! The commented template, and the table of all settings for the documentation.

use super::root::Config;
use super::section::{Section as _, join};
use super::value::{Field, Shape};
use std::fmt::Write as _;

/// `memopt.toml` with every key, its meaning and its default, commented out.
pub fn template() -> String {
    let mut out = String::from(
        "# Settings of memopt's monitor. Every key is shown with its default. Remove `#` to set it.\n\
         #\n\
         # Sizes: 64 KiB, 1.5 MB. Durations: 250 ms, 1.5 s, 2 min, 6 h, 7 d. Shares: 25 %.\n\
         # The environment replaces what stands here: MEMOPT_MONITOR_STORAGE_PATH sets\n\
         # `storage.path`. The program replaces both.\n",
    );
    for field in Config::fields() {
        let Shape::Table(fields) = &field.shape else { continue };
        table(&mut out, field.name, &field.doc, fields, false);
    }
    out
}

fn table(out: &mut String, path: &str, doc: &[&str], fields: &[Field], of_list: bool) {
    // Writing into a String cannot fail.
    let _ = writeln!(out);
    comment(out, doc);
    let (mark, header) =
        if of_list { ("# ", format!("[[{path}]]")) } else { ("", format!("[{path}]")) };
    let _ = writeln!(out, "{mark}{header}");
    let mut inner = Vec::new();
    for field in fields {
        match &field.shape {
            Shape::Table(fields) => inner.push((field, fields, false)),
            Shape::Tables(fields) => inner.push((field, fields, true)),
            shape => {
                let _ = writeln!(out);
                comment(out, &field.doc);
                if let Shape::Choice(words) = shape {
                    for (word, meaning) in words {
                        let _ = writeln!(out, "#   {word}: {}", lower(meaning));
                    }
                }
                match &field.default {
                    Some(default) => {
                        let _ = writeln!(out, "# {} = {default}", field.name);
                    }
                    None => {
                        let _ = writeln!(out, "# {} =", field.name);
                    }
                }
            }
        }
    }
    for (field, fields, of_list) in inner {
        // The keys of a condition were listed with the alerts.
        if field.name == "trigger" {
            let _ = writeln!(out);
            comment(out, &field.doc);
            let _ = writeln!(out, "# [[{}]]", join(path, field.name));
            continue;
        }
        table(out, &join(path, field.name), &field.doc, fields, of_list);
    }
}

fn comment(out: &mut String, doc: &[&str]) {
    for line in doc {
        let _ = writeln!(out, "#{line}");
    }
}

/// A meaning in the middle of a line.
fn lower(meaning: &str) -> String {
    meaning.trim_end_matches('.').to_owned()
}

/// All settings as tables of Markdown: key, default, meaning.
pub fn markdown() -> String {
    let mut out = String::new();
    for field in Config::fields() {
        if let Shape::Table(fields) = &field.shape {
            rows(&mut out, field.name, &field.doc, fields, false);
        }
    }
    out
}

fn rows(out: &mut String, path: &str, doc: &[&str], fields: &[Field], of_list: bool) {
    let header = if of_list { format!("`[[{path}]]`") } else { format!("`[{path}]`") };
    let _ = write!(out, "\n## {header}\n\n{}\n\n", doc.join("\n").replace("\n ", "\n").trim());
    let _ = writeln!(out, "| key | default | meaning |\n|---|---|---|");
    for field in fields {
        let mut meaning = field.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        if let Shape::Choice(words) = &field.shape {
            for (word, means) in words {
                let _ = write!(meaning, "<br>`{word}`: {}", lower(means));
            }
        }
        let default = match (&field.shape, &field.default) {
            (Shape::Table(_) | Shape::Tables(_), _) | (_, None) => String::new(),
            (_, Some(default)) => format!("`{default}`"),
        };
        let _ = writeln!(out, "| `{}` | {default} | {meaning} |", field.name);
    }
    for field in fields {
        match &field.shape {
            Shape::Table(fields) => rows(out, &join(path, field.name), &field.doc, fields, false),
            Shape::Tables(fields) if field.name != "trigger" => {
                rows(out, &join(path, field.name), &field.doc, fields, true);
            }
            _ => {}
        }
    }
}
