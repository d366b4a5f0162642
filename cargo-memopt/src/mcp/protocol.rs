//! JSON-RPC 2.0, one message a line, as far as a server of tools needs it.

use super::tools::Tools;
use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// The versions of the protocol that are spoken, the newest first.
const VERSIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];
/// Bytes of one message.
const MOST: u64 = 4 << 20;

/// Answers until the input ends.
pub(crate) fn serve(
    mut input: impl BufRead,
    mut output: impl Write,
    tools: &Tools,
) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(MOST).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') && read as u64 == MOST {
            // The rest of the line is no message.
            skip_line(&mut input)?;
            let text = "a message is longer than 4 MiB";
            send(&mut output, &failure(&Value::Null, -32600, text))?;
            continue;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = match serde_json::from_slice::<Value>(&line) {
            Ok(Value::Array(_)) => {
                Some(failure(&Value::Null, -32600, "send one message a line, no batch"))
            }
            Ok(message) => answer(&message, tools),
            Err(error) => Some(failure(&Value::Null, -32700, &format!("no JSON: {error}"))),
        };
        if let Some(answer) = answer {
            send(&mut output, &answer)?;
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, is_end) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        input.consume(used);
        if is_end {
            return Ok(());
        }
    }
}

fn send(output: &mut impl Write, message: &Value) -> io::Result<()> {
    writeln!(output, "{message}")?;
    output.flush()
}

/// The answer to a message; none to a notification.
fn answer(message: &Value, tools: &Tools) -> Option<Value> {
    let id = message.get("id");
    let Some(method) = message["method"].as_str() else {
        // An answer to a question: this server asks none.
        let is_answer = message.get("result").is_some() || message.get("error").is_some();
        return (!is_answer).then(|| {
            failure(id.unwrap_or(&Value::Null), -32600, "the member `method` is missing")
        });
    };
    let id = id.filter(|id| !id.is_null())?;
    let params = &message["params"];
    Some(match method {
        "initialize" => success(id, &initialize(params)),
        "ping" => success(id, &json!({})),
        "tools/list" => success(id, &json!({ "tools": tools.list() })),
        "tools/call" => {
            let Some(name) = params["name"].as_str() else {
                return Some(failure(id, -32602, "the member `name` is missing"));
            };
            match tools.call(name, &params["arguments"]) {
                None => failure(id, -32602, &format!("there is no tool `{name}`")),
                Some(Ok(value)) => success(id, &content(&value)),
                Some(Err(text)) => success(
                    id,
                    &json!({ "content": [{ "type": "text", "text": text }], "isError": true }),
                ),
            }
        }
        other => failure(id, -32601, &format!("there is no method `{other}`")),
    })
}

/// The value as structure, and as text for clients that show text alone.
fn content(value: &Value) -> Value {
    json!({
        "content": [{ "type": "text", "text": value.to_string() }],
        "structuredContent": value,
        "isError": false,
    })
}

fn initialize(params: &Value) -> Value {
    let asked = params["protocolVersion"].as_str().unwrap_or_default();
    let version = VERSIONS.iter().find(|version| **version == asked).unwrap_or(&VERSIONS[0]);
    json!({
        "protocolVersion": version,
        "capabilities": { "tools": { "listChanged": false } },
        "serverInfo": { "name": "memopt", "version": env!("CARGO_PKG_VERSION") },
        "instructions": "Reads what memopt measured of a Rust program. Begin with list_findings: \
                         each names a line, the change and what it saves. Figures are exact counts, \
                         bytes and blocks. Compare two runs with diff_runs after a change.",
    })
}

fn success(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn failure(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}
