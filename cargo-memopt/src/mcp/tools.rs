//! What can be asked, and the answers. All but `run` read and write nothing.

use crate::client::{Client, Trust};
use crate::compare::Comparison;
use crate::discover;
use crate::gate::judge::{Case, judge};
use crate::gate::policy::{Limit, Limits, Policy};
use crate::input;
use crate::message::Format;
use crate::paint::Look;
use crate::quantity::Quantity;
use crate::sources;
use memopt_report::{Report, SiteReport};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Rows of an answer where none are asked for, and at most: an agent reads all of it.
const ROWS: usize = 20;
const MOST_ROWS: usize = 500;
/// Bytes of a program's output in an answer, from its end.
const TAIL: usize = 8 << 10;

/// What may be run where that is allowed.
const TASKS: [&str; 3] = ["run", "test", "bench"];

/// The tools.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tools {
    /// Whether programs may be run.
    pub(crate) may_run: bool,
    /// How servers with https are known.
    pub(crate) trust: Trust,
}

impl Tools {
    /// What there is, as the protocol lists it.
    pub(crate) fn list(&self) -> Vec<Value> {
        let report = ("report", "string", "path of a report; without it that of the last run");
        let limit = ("limit", "integer", "rows at most, 20 where it is not given");
        let mut tools = vec![
            tool(
                "list_sites",
                "The sites of a run (functions, blocks, futures) with what they allocated, the \
                 largest first.",
                &[
                    report,
                    limit,
                    ("sort", "string", "bytes (default), self, allocs, peak, retained or calls"),
                    ("filter", "string", "a part of the name or file"),
                ],
                &[],
            ),
            tool(
                "list_findings",
                "What to change: each finding with its line, its evidence, the help, what it would \
                 save and, where there is one, the edit.",
                &[report, limit],
                &[],
            ),
            tool(
                "diff_runs",
                "What changed between two runs, a call, what matters first. Counts are exact.",
                &[
                    ("before", "string", "path of the older report"),
                    (
                        "after",
                        "string",
                        "path of the newer report; without it that of the last run",
                    ),
                    limit,
                ],
                &["before"],
            ),
            tool(
                "check_run",
                "Whether a run keeps the limits of memopt.toml and allocates no more than a \
                 baseline.",
                &[
                    report,
                    ("baseline", "string", "path of the report to compare with"),
                    ("policy", "string", "the profile of limits"),
                ],
                &[],
            ),
            tool("list_servers", "The running programs of this user that have a server.", &[], &[]),
            tool(
                "ask_server",
                "Reads from the server of a running program: status, sites, threads, tasks, \
                 findings, leaks, alerts, trends, forecast, risk, heap, recommendations.",
                &[
                    (
                        "path",
                        "string",
                        "what to read, such as `status` or `sites?sort=live&limit=20`",
                    ),
                    (
                        "target",
                        "string",
                        "process or address; without it the only program there is",
                    ),
                ],
                &["path"],
            ),
        ];
        if self.may_run {
            let mut run = tool(
                "run",
                "Runs the program of the current package, its tests or its benchmarks with \
                 `cargo memopt`, and says where the report is.",
                &[],
                &[],
            );
            run["inputSchema"]["properties"] = json!({
                "task": {
                    "type": "string",
                    "enum": TASKS,
                    "description": "what is run; the program where it is not given",
                },
                "cargo_args": {
                    "type": "array",
                    "items": { "type": "string" },
                    "description": "cargo's own flags, such as `--release` and `--bin`",
                },
                "args": {
                    "type": "array",
                    "items": { "type": "string" },
                    "description": "the program's arguments",
                },
            });
            run["annotations"] = json!({ "readOnlyHint": false, "destructiveHint": true });
            tools.push(run);
        }
        tools
    }

    /// Answers; none where there is no such tool.
    pub(crate) fn call(&self, name: &str, arguments: &Value) -> Option<Result<Value, String>> {
        Some(match name {
            "list_sites" => sites(arguments),
            "list_findings" => findings(arguments),
            "diff_runs" => diff(arguments),
            "check_run" => check(arguments),
            "list_servers" => Ok(servers()),
            "ask_server" => ask(arguments, &self.trust),
            "run" if self.may_run => run(arguments),
            _ => return None,
        })
    }
}

fn tool(name: &str, what: &str, params: &[(&str, &str, &str)], required: &[&str]) -> Value {
    let properties: Map<String, Value> = params
        .iter()
        .map(|(name, kind, what)| {
            ((*name).to_owned(), json!({ "type": kind, "description": what }))
        })
        .collect();
    json!({
        "name": name,
        "description": what,
        "inputSchema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        },
        "annotations": { "readOnlyHint": true },
    })
}

fn text<'a>(arguments: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` is a text")),
    }
}

fn limit(arguments: &Value) -> Result<usize, String> {
    match arguments.get("limit") {
        None | Some(Value::Null) => Ok(ROWS),
        Some(value) => match value.as_u64() {
            Some(rows) if rows > 0 => Ok((rows as usize).min(MOST_ROWS)),
            _ => Err("`limit` is a whole number above 0".to_owned()),
        },
    }
}

fn report(arguments: &Value, name: &str) -> Result<(PathBuf, Report), String> {
    let path = match text(arguments, name)? {
        // The standard input is the protocol's.
        Some("-") => return Err(format!("`{name}` is the path of a file")),
        Some(path) => PathBuf::from(path),
        None => sources::last().map_err(|error| error.to_string())?,
    };
    let report = input::report(&path).map_err(|error| error.to_string())?;
    Ok((path, report))
}

fn sites(arguments: &Value) -> Result<Value, String> {
    let (path, report) = report(arguments, "report")?;
    let key: fn(&SiteReport) -> u64 = match text(arguments, "sort")?.unwrap_or("bytes") {
        "bytes" => |site| site.inclusive.bytes,
        "self" => |site| site.self_bytes,
        "allocs" => |site| site.inclusive.allocs,
        "peak" => |site| site.peak.max(),
        "retained" => |site| site.retained.total(),
        "calls" => |site| site.calls,
        other => {
            return Err(format!(
                "there is no order `{other}`; choose bytes, self, allocs, peak, retained or calls"
            ));
        }
    };
    let filter = text(arguments, "filter")?.unwrap_or_default();
    let mut sites: Vec<&SiteReport> = report
        .sites()
        .iter()
        .filter(|site| site.name.contains(filter) || site.file.contains(filter))
        .collect();
    sites.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name)));
    let total = sites.len();
    let rows: Vec<Value> = sites.into_iter().take(limit(arguments)?).map(site).collect();
    let run: Map<String, Value> = Quantity::ALL
        .into_iter()
        .map(|quantity| (quantity.key().to_owned(), json!(quantity.of_run(&report))))
        .collect();
    Ok(json!({
        "report": path.display().to_string(),
        "notice": report.status().notice(),
        "run": run,
        "total": total,
        "sites": rows,
    }))
}

fn site(site: &SiteReport) -> Value {
    json!({
        "name": site.name,
        "kind": site.kind.name(),
        "file": site.file,
        "line": site.line,
        "calls": site.calls,
        "bytes": site.inclusive.bytes,
        "allocs": site.inclusive.allocs,
        "self_bytes": site.self_bytes,
        "self_allocs": site.self_allocs,
        "reallocs": site.reallocs,
        "bytes_per_call": {
            "mean": site.bytes.mean(),
            "p99": site.bytes.p99(),
            "max": site.bytes.max(),
        },
        "peak_of_a_call": site.peak.max(),
        "retained": site.retained.total(),
    })
}

fn findings(arguments: &Value) -> Result<Value, String> {
    let (path, report) = report(arguments, "report")?;
    let all = report.findings();
    let rows: Vec<Value> = all
        .iter()
        .take(limit(arguments)?)
        .map(|finding| {
            json!({
                "code": finding.code,
                "site": finding.site,
                "file": finding.file,
                "line": finding.line,
                "title": finding.title,
                "evidence": finding.evidence.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "help": finding.help,
                "saves": {
                    "bytes": finding.saving.bytes,
                    "allocs": finding.saving.allocs,
                    "reallocs": finding.saving.reallocs,
                    "cpu_ns": finding.saving.cpu_ns,
                },
                "worth": finding.share,
                "edit": finding.edit.as_ref().map(|edit| json!({
                    "file": edit.file,
                    "line": edit.line,
                    "before": edit.before,
                    "after": edit.after,
                })),
            })
        })
        .collect();
    Ok(json!({
        "report": path.display().to_string(),
        "notice": report.status().notice(),
        "total": all.len(),
        "findings": rows,
    }))
}

fn diff(arguments: &Value) -> Result<Value, String> {
    if text(arguments, "before")?.is_none() {
        return Err("`before` is missing: the path of the older report".to_owned());
    }
    let (_, before) = report(arguments, "before")?;
    let (path, after) = report(arguments, "after")?;
    let comparison = Comparison::of(&before, &after, &[]);
    let moved: Vec<_> =
        comparison.sites.iter().filter(|site| site.is_in_one() || !site.is_same()).collect();
    let rows: Vec<Value> = moved
        .iter()
        .take(limit(arguments)?)
        .map(|change| {
            let site = change.site();
            let figures: Map<String, Value> = change
                .figures
                .iter()
                .filter(|figure| figure.before != figure.after)
                .map(|figure| {
                    let (before, after) = (figure.before.value(), figure.after.value());
                    let pair = json!({ "before": before, "after": after });
                    (figure.quantity.key().to_owned(), pair)
                })
                .collect();
            json!({
                "site": site.name,
                "file": site.file,
                "line": site.line,
                "calls": [change.before.map(|s| s.calls), change.after.map(|s| s.calls)],
                "per_call": figures,
            })
        })
        .collect();
    let total: Map<String, Value> = comparison
        .total
        .iter()
        .map(|figure| {
            let pair = json!({ "before": figure.before.value(), "after": figure.after.value() });
            (figure.quantity.key().to_owned(), pair)
        })
        .collect();
    Ok(json!({
        "after": path.display().to_string(),
        "run": total,
        "changed": moved.len(),
        "sites": rows,
    }))
}

fn check(arguments: &Value) -> Result<Value, String> {
    let say = |error: crate::error::Error| error.to_string();
    let (path, after) = report(arguments, "report")?;
    if let Some(notice) = after.status().notice() {
        return Err(format!("the report counts nothing: {notice}"));
    }
    let policy = Policy::load(None).map_err(say)?;
    let name = text(arguments, "policy")?.or(policy.profile.as_deref()).unwrap_or(Policy::DEFAULT);
    let profile = policy.resolve(name).ok_or_else(|| format!("there is no profile `{name}`"))?;
    let named = text(arguments, "baseline")?;
    let baseline = named.map(|path| input::report(Path::new(path)).map_err(say)).transpose()?;
    let mut verdict = judge(Case {
        report: &after,
        baseline: baseline.as_ref(),
        profile: &profile,
        growth: Limits::all(Limit::AtMost(0)),
    });
    if verdict.judged == 0 {
        let text =
            "there is nothing to judge by; give `baseline`, or write limits into memopt.toml";
        return Err(text.to_owned());
    }
    verdict.report = path.display().to_string();
    verdict.profile = name.to_owned();
    verdict.baseline = named.map(str::to_owned);
    let text = Format::Json.write(&verdict, Look { color: false, width: 100 });
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn servers() -> Value {
    let all: Vec<Value> = discover::servers()
        .into_iter()
        .map(|found| json!({ "pid": found.pid, "program": found.program, "address": found.addr }))
        .collect();
    json!({ "servers": all })
}

fn ask(arguments: &Value, trust: &Trust) -> Result<Value, String> {
    let path = text(arguments, "path")?.ok_or("`path` is missing, such as `status`")?;
    let path = path.trim_start_matches('/').trim_start_matches("api/v1/");
    let fits = |c: char| c.is_ascii_alphanumeric() || "/-_.~?&=%:,*".contains(c);
    if path.is_empty() || path.contains("..") || !path.chars().all(fits) {
        return Err(format!("`{path}` is no path; write such as `sites?sort=live&limit=20`"));
    }
    let found = discover::servers();
    let address =
        discover::address(text(arguments, "target")?, &found).map_err(|error| error.to_string())?;
    // The token goes to no address that only a text names.
    if !found.iter().any(|server| server.addr == address) {
        return Err(format!("`{address}` is none of `list_servers`; name one of those"));
    }
    // Of several servers only some may speak https.
    let trust = if address.starts_with("https://") { trust } else { &Trust::default() };
    let client = Client::of(&address, trust).map_err(|fault| fault.to_string())?;
    client.get(path).map_err(|fault| format!("{address}: {fault}"))
}

fn run(arguments: &Value) -> Result<Value, String> {
    let words = |name: &str| -> Result<Vec<String>, String> {
        let Some(list) = arguments.get(name).filter(|list| !list.is_null()) else {
            return Ok(Vec::new());
        };
        let texts: Option<Vec<String>> = list
            .as_array()
            .and_then(|list| list.iter().map(|word| word.as_str().map(str::to_owned)).collect());
        texts.ok_or_else(|| format!("`{name}` is a list of texts"))
    };
    let task = text(arguments, "task")?.unwrap_or(TASKS[0]);
    if !TASKS.contains(&task) {
        return Err(format!("there is no task `{task}`; choose {}", TASKS.join(", ")));
    }
    let (cargo, args) = (words("cargo_args")?, words("args")?);
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["memopt", task, "--color", "never"]).args(cargo).arg("--").args(args);
    // The standard input is the protocol's.
    let out = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let report = sources::last().ok().map(|path| path.display().to_string());
    Ok(json!({
        "exit_code": out.status.code(),
        "report": report,
        "stdout": tail(&out.stdout),
        "stderr": tail(&out.stderr),
    }))
}

fn tail(bytes: &[u8]) -> String {
    let cut = bytes.len().saturating_sub(TAIL);
    let text = String::from_utf8_lossy(&bytes[cut..]);
    if cut > 0 { format!("…{text}") } else { text.into_owned() }
}
