//! `mcp`, `completions` and `man`, as their users call them.

use crate::fixture::Folder;
use serde_json::{Value, json};

#[test]
fn an_agent_reads_findings_and_compares_runs() {
    let folder = Folder::new("mcp");
    let call = |id: u32, name: &str, arguments: Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
               "params": {"name": name, "arguments": arguments}})
        .to_string()
    };
    let messages = [
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize",
               "params": {"protocolVersion": "2025-06-18"}})
        .to_string(),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string(),
        call(1, "list_sites", json!({"report": "after.json", "sort": "self", "limit": 1})),
        call(2, "list_findings", json!({"report": "after.json"})),
        call(3, "diff_runs", json!({"before": "before.json", "after": "after.json", "limit": 1})),
        call(4, "check_run", json!({"report": "after.json", "baseline": "before.json"})),
        call(5, "list_sites", json!({"report": "heap.json"})),
    ];
    let out = folder.run_with(&["mcp"], (messages.join("\n") + "\n").as_bytes(), 0);
    assert_eq!(out.stderr, "");
    let answers: Vec<Value> =
        out.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<u64> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
    let value = |at: usize| &answers[at]["result"]["structuredContent"];
    assert_eq!(value(1)["total"], 5);
    assert_eq!(value(1)["sites"][0]["name"], "app::token");
    assert_eq!(value(1)["sites"][0]["self_allocs"], 5000);
    assert_eq!(value(2)["findings"][0]["code"], "memopt::pool");
    assert_eq!(value(3)["sites"][0]["site"], "app::token");
    assert_eq!(value(3)["sites"][0]["per_call"]["allocs"], json!({"before": 3.0, "after": 5.0}));
    assert_eq!(value(4)["passed"], false);
    assert_eq!(answers[5]["result"]["isError"], true);
    // The text says the same as the structure.
    let text = answers[1]["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(&serde_json::from_str::<Value>(text).unwrap(), value(1));
}

#[test]
fn completions_and_pages_know_every_command() {
    let folder = Folder::new("completions");
    let commands = ["report", "diff", "check", "flamegraph", "export", "top", "mcp", "init", "run"];
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = folder.run(&["completions", shell], 0).stdout;
        for command in commands {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
    folder.run(&["-q", "man", "-o", "man"], 0);
    for command in commands {
        let page = folder.path("man").join(format!("cargo-memopt-{command}.1"));
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
}

#[test]
fn the_view_needs_a_terminal_and_says_where_programs_are() {
    let folder = Folder::new("top");
    let none = folder.path("none").display().to_string();
    let out = folder.run_in(&["top", "--find"], &[("XDG_RUNTIME_DIR", &none)], 0);
    assert_eq!(out.stdout, "no program of this user has a server\n");
    let out = folder.run(&["top", "127.0.0.1:1"], 1);
    assert!(out.stderr.contains("the view needs a terminal"), "{}", out.stderr);
}
