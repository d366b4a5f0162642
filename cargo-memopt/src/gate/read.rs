//! `memopt.toml` as a policy. All that is wrong is told at once, with line and column.
//!
//! Other tables of the file are the monitor's and are not looked at.

use super::policy::{
    Allow, FindingLimits, Limit, Limits, Policy, Profile, SiteLimits, parse_share, short,
};
use crate::error::Error;
use crate::quantity::Quantity;
use memopt_report::Finding;
use memopt_units::{did_you_mean, parse_size};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml_span::Value;
use toml_span::value::{Table, ValueInner};

/// The keys of each table; the JSON schema has the same.
pub(super) const GATE: [&str; 4] = ["baseline", "baselines", "profile", "profiles"];
pub(super) const PROFILE: [&str; 7] =
    ["inherits", "total", "call", "growth", "findings", "sites", "allow"];
pub(super) const GROWTH: [&str; 2] = ["total", "call"];
pub(super) const FINDINGS: [&str; 3] = ["max", "new", "ignore"];
pub(super) const SITE: [&str; 7] =
    ["site", "bytes", "allocs", "reallocs", "peak", "retained", "growth"];
pub(super) const ALLOW: [&str; 3] = ["site", "rules", "reason"];
/// The file's name.
const FILE: &str = "memopt.toml";

impl Policy {
    /// Reads the file that is named, or `memopt.toml` of this folder or the nearest above it that
    /// has one, up to the folder of the repository. Without a file the policy is empty.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, Error> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => match find() {
                Some(path) => path,
                None => return Ok(Self::default()),
            },
        };
        let text =
            std::fs::read_to_string(&path).map_err(|error| Error::file("read", &path, &error))?;
        Self::parse(&path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let file = path.display().to_string();
        let mut reader = Reader { file: &file, text, faults: Vec::new() };
        let mut policy = Self { file: Some(path.to_owned()), ..Self::default() };
        match toml_span::parse(text) {
            Ok(value) => {
                if let Some(gate) = value.as_table().and_then(|root| root.get("gate")) {
                    reader.gate(&mut policy, gate);
                }
            }
            Err(error) => {
                let message = format!("no TOML: {}", error.to_string().replace('\n', " "));
                reader.refuse(error.span.start, message);
            }
        }
        if reader.faults.is_empty() {
            return Ok(policy);
        }
        reader.faults.sort_by_key(|fault| fault.0);
        let lines: Vec<String> = reader.faults.into_iter().map(|(_, line)| line).collect();
        Err(Error::usage(lines.join("\n"), "mend the file and run it again"))
    }
}

fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    for (up, folder) in here.ancestors().enumerate() {
        if folder.join(FILE).is_file() {
            // As people would write it: `../memopt.toml`.
            return Some(std::iter::repeat_n("..", up).chain([FILE]).collect());
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// Where in the text, and the line that is told.
    faults: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn refuse(&mut self, offset: usize, message: impl std::fmt::Display) {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = 1 + self.text[..start].matches('\n').count();
        // All but the continuations of UTF-8.
        let column = 1 + before[start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        self.faults.push((offset, format!("{}:{line}:{column}: {message}", self.file)));
    }

    /// A table with these keys and no others.
    fn table<'v>(
        &mut self,
        path: &str,
        value: &'v Value<'_>,
        keys: &[&str],
    ) -> Option<&'v Table<'v>> {
        let Some(table) = value.as_table() else {
            self.refuse(value.span.start, format_args!("`{path}`: a table belongs here"));
            return None;
        };
        for key in table.keys().filter(|key| !keys.contains(&&*key.name)) {
            let near = did_you_mean(&key.name, keys.iter().copied());
            let hint = if near.is_empty() { format!("; known are {}", list(keys)) } else { near };
            let message = format!("unknown key `{}` in `{path}`{hint}", key.name);
            self.refuse(key.span.start, message);
        }
        Some(table)
    }

    fn text(&mut self, path: &str, value: Option<&Value<'_>>) -> Option<String> {
        let value = value?;
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.refuse(value.span.start, format_args!("`{path}`: it is empty"));
                None
            }
            None => {
                self.refuse(value.span.start, format_args!("`{path}`: a text belongs here"));
                None
            }
        }
    }

    fn texts(&mut self, path: &str, value: Option<&Value<'_>>) -> Vec<String> {
        let Some(value) = value else { return Vec::new() };
        let Some(items) = value.as_array() else {
            self.refuse(value.span.start, format_args!("`{path}`: a list of texts belongs here"));
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text(path, Some(item))).collect()
    }

    fn gate(&mut self, policy: &mut Policy, value: &Value<'_>) {
        let Some(gate) = self.table("gate", value, &GATE) else { return };
        policy.baseline = self.text("gate.baseline", gate.get("baseline"));
        policy.baselines = self.text("gate.baselines", gate.get("baselines")).map(PathBuf::from);
        policy.profile = self.text("gate.profile", gate.get("profile"));
        if let Some(profiles) = gate.get("profiles") {
            let Some(table) = profiles.as_table() else {
                let message = "`gate.profiles`: tables belong here: `[gate.profiles.NAME]`";
                return self.refuse(profiles.span.start, message);
            };
            for (name, value) in table {
                let profile = self.profile(&format!("gate.profiles.{}", name.name), value);
                policy.profiles.insert(name.name.to_string(), profile);
            }
            for (name, value) in table {
                self.ancestors(policy, &name.name, value);
            }
        }
        if let Some(name) = policy.profile.as_deref()
            && policy.resolve(name).is_none()
        {
            let names: Vec<&str> = policy.profiles.keys().map(String::as_str).collect();
            let near = did_you_mean(name, names.iter().copied());
            let offset = gate.get("profile").map_or(0, |value| value.span.start);
            self.refuse(offset, format_args!("`gate.profile`: no profile `{name}`{near}"));
        }
    }

    /// Whether what a profile inherits exists and leads to an end.
    fn ancestors(&mut self, policy: &Policy, name: &str, value: &Value<'_>) {
        let at = value.as_table().and_then(|table| table.get("inherits"));
        let offset = at.map_or(value.span.start, |value| value.span.start);
        let mut seen = vec![name.to_owned()];
        let mut here = name.to_owned();
        while let Some(above) = policy.profiles.get(&here).and_then(|p| p.inherits.clone()) {
            if seen.contains(&above) {
                seen.push(above);
                let circle = seen.join(" → ");
                let message = format!("`gate.profiles.{name}.inherits`: a circle: {circle}");
                return self.refuse(offset, message);
            }
            if !policy.profiles.contains_key(&above) {
                // Told once, at the profile that says so.
                if here == name {
                    let names = policy.profiles.keys().map(String::as_str);
                    let near = did_you_mean(&above, names);
                    let path = format!("gate.profiles.{name}.inherits");
                    self.refuse(offset, format_args!("`{path}`: no profile `{above}`{near}"));
                }
                return;
            }
            seen.push(above.clone());
            here = above;
        }
    }

    fn profile(&mut self, path: &str, value: &Value<'_>) -> Profile {
        let mut profile = Profile::default();
        let Some(table) = self.table(path, value, &PROFILE) else { return profile };
        profile.inherits = self.text(&format!("{path}.inherits"), table.get("inherits"));
        profile.total = self.limits(&format!("{path}.total"), table.get("total"), amount);
        profile.call = self.limits(&format!("{path}.call"), table.get("call"), amount);
        if let Some(growth) = table.get("growth") {
            let path = format!("{path}.growth");
            if let Some(table) = self.table(&path, growth, &GROWTH) {
                let total = table.get("total");
                profile.total_growth = self.limits(&format!("{path}.total"), total, share);
                let call = table.get("call");
                profile.call_growth = self.limits(&format!("{path}.call"), call, share);
            }
        }
        if let Some(findings) = table.get("findings") {
            profile.findings = self.findings(&format!("{path}.findings"), findings);
        }
        for (index, item) in self.items(&format!("{path}.sites"), table.get("sites")) {
            let site = self.site(&format!("{path}.sites[{index}]"), item);
            profile.sites.extend(site);
        }
        for (index, item) in self.items(&format!("{path}.allow"), table.get("allow")) {
            let allow = self.allow(&format!("{path}.allow[{index}]"), item);
            profile.allow.extend(allow);
        }
        profile
    }

    fn items<'v>(
        &mut self,
        path: &str,
        value: Option<&'v Value<'v>>,
    ) -> Vec<(usize, &'v Value<'v>)> {
        let Some(value) = value else { return Vec::new() };
        if let Some(items) = value.as_array() {
            return items.iter().enumerate().collect();
        }
        let message = format!("`{path}`: a list of tables belongs here: `[[{path}]]`");
        self.refuse(value.span.start, message);
        Vec::new()
    }

    fn limits(&mut self, path: &str, value: Option<&Value<'_>>, read: Read) -> Limits {
        let mut limits = Limits::default();
        let Some(value) = value else { return limits };
        let keys = Quantity::ALL.map(Quantity::key);
        if let Some(table) = self.table(path, value, &keys) {
            self.quantities(&mut limits, path, table, read);
        }
        limits
    }

    fn quantities(&mut self, limits: &mut Limits, path: &str, table: &Table<'_>, read: Read) {
        for (key, value) in table {
            let Some(quantity) = Quantity::of_key(&key.name) else { continue };
            match read(value, quantity) {
                Ok(limit) => limits.set(quantity, limit),
                Err(message) => {
                    let path = format!("{path}.{}", key.name);
                    self.refuse(value.span.start, format_args!("`{path}`: {message}"));
                }
            }
        }
    }

    fn findings(&mut self, path: &str, value: &Value<'_>) -> FindingLimits {
        let mut limits = FindingLimits::default();
        let Some(table) = self.table(path, value, &FINDINGS) else { return limits };
        for (key, to) in [("max", &mut limits.max), ("new", &mut limits.new)] {
            let Some(value) = table.get(key) else { continue };
            match amount(value, Quantity::Allocs) {
                Ok(limit) => *to = limit,
                Err(message) => {
                    self.refuse(value.span.start, format_args!("`{path}.{key}`: {message}"));
                }
            }
        }
        limits.ignore = self.codes(&format!("{path}.ignore"), table.get("ignore"));
        limits
    }

    /// Codes of findings with a remedy: no others count, so none of them can be ignored.
    fn codes(&mut self, path: &str, value: Option<&Value<'_>>) -> Vec<String> {
        let known: BTreeSet<&str> = Finding::codes_with_remedy().collect();
        let codes = self.texts(path, value);
        for item in value.and_then(Value::as_array).into_iter().flatten() {
            let Some(code) = item.as_str().filter(|code| !code.trim().is_empty()) else { continue };
            if known.contains(short(code)) {
                continue;
            }
            let near = did_you_mean(short(code), known.iter().copied());
            let all: Vec<&str> = known.iter().copied().collect();
            let hint = if near.is_empty() { format!("; known are {}", list(&all)) } else { near };
            let message = format!("`{path}`: no finding with a remedy has the code `{code}`{hint}");
            self.refuse(item.span.start, message);
        }
        codes
    }

    fn site(&mut self, path: &str, value: &Value<'_>) -> Option<SiteLimits> {
        let table = self.table(path, value, &SITE)?;
        let site = self.required(path, "site", table, value)?;
        let mut limits = SiteLimits { site, ..SiteLimits::default() };
        self.quantities(&mut limits.call, path, table, amount);
        limits.growth = self.limits(&format!("{path}.growth"), table.get("growth"), share);
        Some(limits)
    }

    fn allow(&mut self, path: &str, value: &Value<'_>) -> Option<Allow> {
        let table = self.table(path, value, &ALLOW)?;
        let site = self.required(path, "site", table, value);
        let reason = self.required(path, "reason", table, value);
        let rules = self.texts(&format!("{path}.rules"), table.get("rules"));
        Some(Allow { site: site?, rules, reason: reason? })
    }

    fn required(
        &mut self,
        path: &str,
        key: &str,
        table: &Table<'_>,
        of: &Value<'_>,
    ) -> Option<String> {
        if table.get(key).is_none() {
            self.refuse(of.span.start, format_args!("`{path}` needs `{key}`"));
        }
        self.text(&format!("{path}.{key}"), table.get(key))
    }
}

type Read = fn(&Value<'_>, Quantity) -> Result<Limit, String>;

/// A number, a size, or `any`.
fn amount(value: &Value<'_>, quantity: Quantity) -> Result<Limit, String> {
    match value.as_ref() {
        ValueInner::Integer(number) => match u64::try_from(*number) {
            Ok(number) => Ok(Limit::AtMost(number)),
            Err(_) => Err("a limit is not below 0".to_owned()),
        },
        ValueInner::String(text) if text == "any" => Ok(Limit::Any),
        ValueInner::String(text) if quantity.is_bytes() => {
            parse_size(text).map(Limit::AtMost).map_err(|error| error.to_string())
        }
        _ if quantity.is_bytes() => {
            Err("a size belongs here, such as `\"64 KiB\"`, or `\"any\"`".to_owned())
        }
        _ => Err("a whole number belongs here, or `\"any\"`".to_owned()),
    }
}

/// A share in percent, 0, or `any`.
fn share(value: &Value<'_>, _: Quantity) -> Result<Limit, String> {
    const WRONG: &str = "a share belongs here, such as `\"5 %\"`, `0`, or `\"any\"`";
    match value.as_ref() {
        ValueInner::Integer(0) => Ok(Limit::AtMost(0)),
        ValueInner::String(text) if text == "any" => Ok(Limit::Any),
        ValueInner::String(text) => parse_share(text).map(Limit::AtMost).ok_or(WRONG.to_owned()),
        _ => Err(WRONG.to_owned()),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
