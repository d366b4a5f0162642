//! The text of a file with its secrets masked, and the secrets put back into what came of it.
//!
//! A secret is shown as `***` with its number in the file. Whoever edits the text leaves that as it
//! is, or writes another secret in its place. A secret is put back only where it would be masked
//! again, and only beside the host that it was sent to: no other learns it.

use super::fault::{ConfigError, Fault, Origin, place};
use super::root::Config;
use super::secret::{Address, Secret};
use super::section::{OF_THE_COMMAND, Section as _, join};
use super::value::{Field, Shape, quoted};
use std::ops::Range;
use toml_span::Value;
use toml_span::value::{Table, ValueInner};

/// The text of a file in which `***1`, `***2` and so on stand for its secrets. None where it is no
/// TOML: nobody knows then what is a secret.
pub fn masked(text: &str) -> Option<String> {
    let found = found(text)?;
    Some(replaced(text, secrets(&found).map(|(shown, one)| (one, shown))))
}

/// A text in which the secrets of the text `of` stand in place of `***1`, `***2` and so on.
/// `file` is what messages call it.
///
/// # Errors
///
/// Where something else than the secret that was there is masked, each with its place.
pub fn unmasked(file: &str, text: &str, of: &str) -> Result<String, ConfigError> {
    // Whoever checks it tells what is wrong with it.
    let Some(all) = found(text) else { return Ok(text.to_owned()) };
    let before = found(of).unwrap_or_default();
    let before: Vec<(String, &Found)> = secrets(&before).collect();
    let (mut back, mut faults) = (Vec::new(), Vec::new());
    for one in all.iter().filter(|one| one.value.contains(Secret::SHOWN)) {
        let known = before.iter().find(|(shown, secret)| {
            *shown == one.value
                && (secret.kind, secret.is_remark) == (one.kind, one.is_remark)
                && secret.host == one.host
                && !(one.is_literal && secret.value.contains(is_beyond_literals))
        });
        match known {
            Some((_, secret)) => back.push((one, secret.value.clone())),
            // It sets nothing.
            None if one.is_remark => {}
            None => {
                let (line, column) = place(text, one.span.start);
                let message = format!(
                    "`{}`: write the value in place of `***`: a masked one is kept only where it \
                     was, beside the address that it is sent to",
                    one.path
                );
                let origin = Some(Origin::File { file: file.to_owned(), line, column });
                faults.push(Fault { origin, path: one.path.clone(), message });
            }
        }
    }
    if faults.is_empty() { Ok(replaced(text, back)) } else { Err(ConfigError::new(faults)) }
}

/// A text that stands as a value in a file.
#[derive(Debug)]
struct Found {
    path: String,
    /// Its letters, without the quotes.
    span: Range<usize>,
    value: String,
    kind: Kind,
    /// Whether it stands between `'`, where nothing is escaped.
    is_literal: bool,
    /// Whether it stands in a line that is commented out.
    is_remark: bool,
    /// The scheme and host of the `url` in the same table.
    host: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Secret,
    Address,
}

/// The secrets of a file in order, each with what is shown in its place.
fn secrets(found: &[Found]) -> impl Iterator<Item = (String, &Found)> {
    let hidden = |one: &&Found| match one.kind {
        Kind::Plain => false,
        Kind::Secret => true,
        Kind::Address => Address::new(&*one.value).to_string() != one.value || has_user(&one.value),
    };
    found.iter().filter(hidden).enumerate().map(|(index, one)| {
        let number = index + 1;
        let shown = match one.kind {
            Kind::Address if !has_user(&one.value) => host(&one.value) + "/",
            _ => String::new(),
        };
        (format!("{shown}{}{number}", Secret::SHOWN), one)
    })
}

/// The scheme and host of an address.
fn host(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    address[..end].to_owned()
}

/// Whether an address names a user, who may have a password.
fn has_user(address: &str) -> bool {
    host(address).contains('@')
}

/// The text with other values.
fn replaced<'a>(text: &str, values: impl IntoIterator<Item = (&'a Found, String)>) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (one, value) in values {
        out.push_str(&text[at..one.span.start]);
        if one.is_literal {
            out.push_str(&value);
        } else {
            let quoted = quoted(&value);
            out.push_str(&quoted[1..quoted.len() - 1]);
        }
        at = one.span.end;
    }
    out + &text[at..]
}

/// What a text between `'` cannot hold.
fn is_beyond_literals(letter: char) -> bool {
    letter == '\'' || letter.is_control()
}

/// All texts of a file, in order; none where it is no TOML. Of lines that are commented out, the
/// secrets alone.
fn found(text: &str) -> Option<Vec<Found>> {
    let value = toml_span::parse(text).ok()?;
    let mut finder = Finder { text, all: Vec::new() };
    finder.table(&Config::fields(), "", value.as_table()?);
    let mut all = finder.all;
    all.sort_by_key(|one| one.span.start);
    let remarks = remarks(text, &all);
    all.extend(remarks);
    all.sort_by_key(|one| one.span.start);
    Some(all)
}

/// Secrets in lines that are commented out.
fn remarks(text: &str, values: &[Found]) -> Vec<Found> {
    let (mut all, mut next) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let start = next;
        next += line.len();
        let setting = line.trim_start().trim_start_matches(['#', ' ', '\t']);
        // A value may have lines that look so.
        let before = values.partition_point(|one| one.span.start <= start);
        let is_inside = before > 0 && values[before - 1].span.end > start;
        if is_inside || !line.trim_start().starts_with('#') {
            continue;
        }
        let mut finder = Finder { text: setting, all: Vec::new() };
        match toml_span::parse(setting) {
            Ok(value) => finder.remark("", &value),
            // Part of a table or a list, or what somebody wrote beside it.
            Err(_) => finder.search(),
        }
        let offset = start + line.len() - setting.len();
        all.extend(finder.all.into_iter().map(|one| Found {
            span: one.span.start + offset..one.span.end + offset,
            is_remark: true,
            ..one
        }));
    }
    all
}

struct Finder<'a> {
    text: &'a str,
    all: Vec<Found>,
}

impl Finder<'_> {
    fn table(&mut self, fields: &[Field], path: &str, table: &Table<'_>) {
        let host = table.get("url").and_then(Value::as_str).map(host);
        for (key, value) in table {
            let name: &str = &key.name;
            let full = join(path, name);
            match fields.iter().find(|field| field.name == name) {
                Some(field) => self.shape(&field.shape, &full, host.as_deref(), value),
                None if path.is_empty() && name == OF_THE_COMMAND => {}
                // It may be a secret whose key is misspelt.
                None => self.texts(Kind::Secret, &full, host.as_deref(), value),
            }
        }
    }

    fn shape(&mut self, shape: &Shape, path: &str, host: Option<&str>, value: &Value<'_>) {
        match (shape, value.as_ref()) {
            (Shape::Address, _) => self.texts(Kind::Address, path, host, value),
            (Shape::List(shape), ValueInner::Array(items)) => {
                items.iter().for_each(|item| self.shape(shape, path, host, item));
            }
            (Shape::Table(fields), ValueInner::Table(table)) => self.table(fields, path, table),
            (Shape::Tables(fields), ValueInner::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    match item.as_table() {
                        Some(table) => self.table(fields, &format!("{path}[{index}]"), table),
                        None => self.texts(Kind::Secret, path, host, item),
                    }
                }
            }
            // Of a table that is none, nobody knows what it was to be.
            (Shape::Secret | Shape::Token | Shape::Table(_) | Shape::Tables(_), _) => {
                self.texts(Kind::Secret, path, host, value);
            }
            _ => self.texts(Kind::Plain, path, host, value),
        }
    }

    fn texts(&mut self, kind: Kind, path: &str, host: Option<&str>, value: &Value<'_>) {
        match value.as_ref() {
            // The place of one without letters is its quote.
            ValueInner::String(text) if !text.is_empty() => {
                let span = value.span.start..value.span.end;
                // A text over several lines may begin behind a break.
                let before = self.text[..span.start].trim_end_matches(['\n', '\r']);
                self.all.push(Found {
                    path: path.to_owned(),
                    is_literal: before.ends_with('\''),
                    span,
                    value: text.clone().into_owned(),
                    kind,
                    is_remark: false,
                    host: host.map(str::to_owned),
                });
            }
            ValueInner::Array(items) => {
                items.iter().for_each(|item| self.texts(kind, path, host, item));
            }
            ValueInner::Table(table) => {
                table.values().for_each(|value| self.texts(kind, path, host, value));
            }
            _ => {}
        }
    }

    /// Secrets by the names of their keys.
    fn remark(&mut self, name: &str, value: &Value<'_>) {
        match value.as_ref() {
            ValueInner::Table(table) => {
                table.iter().for_each(|(key, value)| self.remark(&key.name, value));
            }
            ValueInner::Array(items) => items.iter().for_each(|item| self.remark(name, item)),
            _ => {
                if let Some(kind) = kind_of(name) {
                    self.texts(kind, name, None, value);
                }
            }
        }
    }

    /// The same, in what is no TOML: all quoted texts that follow the name of a secret and `=`.
    fn search(&mut self) {
        let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let mut done = 0;
        for (at, _) in self.text.match_indices('=') {
            if at < done {
                continue;
            }
            let before = self.text[..at].trim_end().trim_end_matches(['"', '\'']);
            let name = before.rsplit(|letter| !is_of_name(letter)).next().unwrap_or_default();
            let Some(kind) = kind_of(name) else { continue };
            let value = self.text[at + 1..].trim_start();
            let start = self.text.len() - value.len();
            if value.starts_with('[') {
                done = start + 1;
                while let Some(next) = self.text[done..].find(['"', '\'', ']']) {
                    if self.text[done + next..].starts_with(']') {
                        break;
                    }
                    done = self.quoted(kind, name, done + next);
                }
            } else if value.starts_with(['"', '\'']) {
                done = self.quoted(kind, name, start);
            }
        }
    }

    /// Takes in the text that is quoted from here on. Where it ends, with its quote; one without an
    /// end goes on to the end of the line.
    fn quoted(&mut self, kind: Kind, name: &str, at: usize) -> usize {
        let quote = &self.text[at..=at];
        let all = quote.repeat(3);
        let quote = if self.text[at..].starts_with(&all) { &*all } else { quote };
        let start = at + quote.len();
        let is_literal = quote.starts_with('\'');
        let text = &self.text[start..];
        let is_end = |end: &usize| {
            let escapes = text[..*end].bytes().rev().take_while(|letter| *letter == b'\\');
            is_literal || escapes.count() % 2 == 0
        };
        let end = text.match_indices(quote).map(|(end, _)| end).find(is_end);
        let after = start + end.map_or(text.len(), |end| end + quote.len());
        let text = &text[..end.unwrap_or(text.trim_end().len())];
        if !text.is_empty() {
            self.all.push(Found {
                path: name.to_owned(),
                span: start..start + text.len(),
                value: text.to_owned(),
                kind,
                // It is put back as it was.
                is_literal: true,
                is_remark: true,
                host: None,
            });
        }
        after
    }
}

/// What is secret of a key of this name, wherever it stands.
fn kind_of(name: &str) -> Option<Kind> {
    match name {
        "url" | "fleet" => Some(Kind::Address),
        name if name.ends_with("token") => Some(Kind::Secret),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# Of the team.
[monitoring]
program = \"shop\" # ***
[[alerts.sinks]]
name = \"a\"
kind = \"webhook\"
url = \"http://hooks.example/s3cret\"
token = 'hunter\\2'
# token = \"hunter1\"
[[alerts.sinks]]
name = \"b\"
kind = \"alertmanager\"
url = \"http://alerts.example\"
token = \"\"\"
hunter\\\"3\"\"\"
[server]
fleet = [\"http://a\", \"http://b/s3cret\"]
";

    const SHOWN: &str = "\
# Of the team.
[monitoring]
program = \"shop\" # ***
[[alerts.sinks]]
name = \"a\"
kind = \"webhook\"
url = \"http://hooks.example/***1\"
token = '***2'
# token = \"***3\"
[[alerts.sinks]]
name = \"b\"
kind = \"alertmanager\"
url = \"http://alerts.example\"
token = \"\"\"
***4\"\"\"
[server]
fleet = [\"http://a\", \"http://b/***5\"]
";

    fn back(text: &str) -> Result<String, String> {
        unmasked("memopt.toml", text, FILE).map_err(|error| error.to_string())
    }

    #[test]
    fn secrets_are_masked_and_put_back() {
        assert_eq!(masked(FILE).as_deref(), Some(SHOWN));
        assert_eq!(back(SHOWN).as_deref(), Ok(FILE));
        let edited = SHOWN.replace("shop", "store").replace("'***2'", "\"***2\"");
        let expected = FILE.replace("shop", "store").replace("'hunter\\2'", "\"hunter\\\\2\"");
        assert_eq!(back(&edited), Ok(expected));
        // The first sink goes, and the second keeps its own token.
        let (head, rest) = SHOWN.split_once("[[alerts.sinks]]").unwrap();
        let (_, second) = rest.split_once("[[alerts.sinks]]").unwrap();
        let one = back(&format!("{head}[[alerts.sinks]]{second}")).unwrap();
        assert!(one.contains("hunter\\\"3") && !one.contains("hunter\\2"), "{one}");
    }

    #[test]
    fn a_secret_is_put_back_in_its_place_alone() {
        for (old, new, place) in [
            // It would be shown.
            ("\"shop\"", "\"***2\"", "memopt.toml:3:12: `monitoring.program`"),
            // Another host would learn it.
            ("alerts.example", "other.example", "memopt.toml:15:1: `alerts.sinks[1].token`"),
            ("hooks.example", "other.example", "memopt.toml:7:8: `alerts.sinks[0].url`"),
            ("***5", "***1", "memopt.toml:17:23: `server.fleet`"),
            ("'***2'", "'x***2'", "memopt.toml:8:10: `alerts.sinks[0].token`"),
            ("# token = \"***3\"", "token_file = \"***3\"", "memopt.toml:9:15: `alerts.sinks[0]."),
        ] {
            let told = back(&SHOWN.replace(old, new)).unwrap_err();
            assert!(told.contains(place), "{told}\nwanted {place}");
            assert!(told.contains("write the value in place of `***`"), "{told}");
        }
    }

    #[test]
    fn what_is_commented_out_is_masked_where_it_is_no_toml_by_itself() {
        let file = "\
[monitoring]
# { name = \"a\", token = \"hunter\\\"2\" }, # token = 'hunter3' in May
# fleet = [\"http://a/s3cret4\", 'http://b', \"http://c/s3cret5\",
# read_token= \"hunter6
# x \"token\" = \"\"\"hunter7\"\"\" and a token = hunt
";
        let shown = "\
[monitoring]
# { name = \"a\", token = \"***1\" }, # token = '***2' in May
# fleet = [\"http://a/***3\", 'http://b', \"http://c/***4\",
# read_token= \"***5
# x \"token\" = \"\"\"***6\"\"\" and a token = hunt
";
        assert_eq!(masked(file).unwrap(), shown);
        assert_eq!(unmasked("memopt.toml", shown, file).unwrap(), file);
    }

    #[test]
    fn what_may_be_a_secret_is_masked_too() {
        let misspelt = "[server]\nred_token = \"hunter2\"\n[gate]\nx = \"hunter3\"\n";
        let shown = masked(misspelt).unwrap();
        assert_eq!(shown, misspelt.replace("hunter2", "***1"));
        let user = "[server.otlp]\nurl = \"http://me:hunter2@host/x\"\n";
        assert_eq!(masked(user).unwrap(), "[server.otlp]\nurl = \"***1\"\n");
        assert_eq!(masked("[server]\nread_token = \"hunter2\n"), None, "nobody knows what it is");
    }
}
