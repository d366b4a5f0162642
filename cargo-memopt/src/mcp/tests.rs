use super::protocol::serve;
use super::tools::Tools;
use serde_json::{Value, json};

fn talk(may_run: bool, messages: &[&str]) -> Vec<Value> {
    let input = messages.join("\n");
    let mut output = Vec::new();
    serve(input.as_bytes(), &mut output, &Tools { may_run, ..Tools::default() }).unwrap();
    let text = String::from_utf8(output).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_client_is_greeted_in_its_version_where_it_is_known() {
    let hello = |version: &str| {
        let text = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize",
                          "params": {"protocolVersion": version}});
        talk(false, &[&text.to_string()])[0]["result"].clone()
    };
    assert_eq!(hello("2024-11-05")["protocolVersion"], "2024-11-05");
    assert_eq!(hello("1999-01-01")["protocolVersion"], "2025-06-18");
    assert_eq!(hello("2025-06-18")["serverInfo"]["name"], "memopt");
    assert!(hello("2025-06-18")["capabilities"]["tools"].is_object());
}

#[test]
fn a_notification_and_an_answer_get_no_answer() {
    let silent = [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":9,"result":{}}"#,
        "",
        r#"{"jsonrpc":"2.0","id":"x","method":"ping"}"#,
    ];
    assert_eq!(talk(false, &silent), [json!({"jsonrpc": "2.0", "id": "x", "result": {}})]);
}

#[test]
fn what_is_wrong_gets_the_code_of_the_standard() {
    let code = |text: &str| talk(false, &[text])[0]["error"]["code"].as_i64().unwrap();
    assert_eq!(code("{"), -32700);
    assert_eq!(code("[]"), -32600);
    assert_eq!(code(r#"{"jsonrpc":"2.0","id":1}"#), -32600);
    assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"x"}"#), -32601);
    assert_eq!(
        code(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#),
        -32602
    );
    let long = format!("{{\"x\":\"{}\"}}", "a".repeat(5 << 20));
    let answers = talk(false, &[&long, r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#]);
    assert_eq!(answers[0]["error"]["code"], -32600);
    assert_eq!(answers[1]["id"], 1, "what follows is answered");
}

#[test]
fn nothing_is_run_unless_that_was_allowed() {
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let names = |may_run| -> Vec<String> {
        let tools = talk(may_run, &[list])[0]["result"]["tools"].clone();
        tools.as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    let reading =
        ["list_sites", "list_findings", "diff_runs", "check_run", "list_servers", "ask_server"];
    assert_eq!(names(false), reading);
    assert_eq!(names(true), [reading.as_slice(), &["run"]].concat());
    let run = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run"}}"#;
    assert_eq!(talk(false, &[run])[0]["error"]["message"], "there is no tool `run`");
}

#[test]
fn only_what_cargo_memopt_runs_is_run() {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                      "params": {"name": "run", "arguments": {"task": "fix"}}});
    let result = talk(true, &[&call.to_string()])[0]["result"].clone();
    let told = result["content"][0]["text"].as_str().unwrap();
    assert_eq!(told, "there is no task `fix`; choose run, test, bench");
}

#[test]
fn a_tool_that_fails_says_why_to_the_agent() {
    let call = |name: &str, arguments: Value| {
        let text = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                          "params": {"name": name, "arguments": arguments}});
        let result = talk(false, &[&text.to_string()])[0]["result"].clone();
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    };
    let text = call("list_sites", json!({"report": "/no/such/file.json"}));
    assert!(text.starts_with("cannot read `/no/such/file.json`"), "{text}");
    assert!(call("list_sites", json!({"report": 7})).contains("`report` is a text"));
    assert!(call("list_sites", json!({"report": "-"})).contains("path of a file"));
    assert!(call("diff_runs", json!({})).contains("`before` is missing"));
    assert!(call("ask_server", json!({"path": "a b"})).contains("is no path"));
    assert!(call("list_sites", json!({"limit": 0, "report": "/no"})).contains("cannot read"));
}
