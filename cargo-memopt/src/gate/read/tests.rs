use super::{ALLOW, FINDINGS, GATE, GROWTH, PROFILE, SITE};
use crate::gate::policy::{Limit, Policy, parse_share};
use crate::quantity::Quantity;
use std::path::Path;

fn parse(text: &str) -> Result<Policy, String> {
    Policy::parse(Path::new("memopt.toml"), text).map_err(|error| error.to_string())
}

/// The file of the guide and of the schema folder.
const EXAMPLE: &str = include_str!("../../../schema/memopt.toml");
const SCHEMA: &str = include_str!("../../../schema/gate.json");

#[test]
fn the_example_is_understood() {
    let policy = parse(EXAMPLE).unwrap();
    assert_eq!(policy.profile.as_deref(), Some("ci"));
    let ci = policy.resolve("ci").unwrap();
    assert_eq!(ci.total.of(Quantity::Bytes), Limit::AtMost(64 << 20));
    assert_eq!(ci.total.of(Quantity::Retained), Limit::AtMost(0));
    assert_eq!(ci.total_growth.of(Quantity::Allocs), Limit::Unset);
    assert_eq!(ci.call_growth.of(Quantity::Bytes), Limit::AtMost(20_000));
    assert_eq!(ci.sites[0].call.of(Quantity::Allocs), Limit::AtMost(3));
    assert_eq!(ci.findings.ignore, ["stream"]);
    assert_eq!(ci.allow[0].rules, ["growth.retained"]);
    let nightly = policy.resolve("nightly").unwrap();
    assert_eq!(nightly.total_growth.of(Quantity::Peak), Limit::Any);
    assert_eq!(nightly.sites, ci.sites);
}

#[test]
fn tables_of_the_monitor_are_left_alone() {
    let policy = parse("[monitoring]\ninterval = \"5 s\"\n").unwrap();
    assert!(policy.profiles.is_empty());
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_remedy() {
    let cases = [
        (
            "[gate]\nbasline = \"x\"",
            "memopt.toml:2:1: unknown key `basline` in `gate`; did you mean",
        ),
        (
            "[gate.profiles.a.total]\nbyts = 1",
            "memopt.toml:2:1: unknown key `byts` in `gate.profiles.a.total`; did you mean `bytes`?",
        ),
        (
            "[gate.profiles.a.total]\nallocs = \"3 KiB\"",
            "`gate.profiles.a.total.allocs`: a whole number belongs here, or `\"any\"`",
        ),
        ("[gate.profiles.a.total]\nbytes = \"3 KiBi\"", "unknown unit `KiBi`"),
        ("[gate.profiles.a.total]\nbytes = -1", "a limit is not below 0"),
        (
            "[gate.profiles.a.growth.total]\nbytes = 5",
            "`gate.profiles.a.growth.total.bytes`: a share belongs here, such as `\"5 %\"`",
        ),
        ("[gate.profiles.a]\ninherits = \"b\"", "`gate.profiles.a.inherits`: no profile `b`"),
        (
            "[gate.profiles.a]\ninherits = \"b\"\n[gate.profiles.b]\ninherits = \"a\"",
            "`gate.profiles.a.inherits`: a circle: a → b → a",
        ),
        ("[gate]\nprofile = \"cii\"\n[gate.profiles.ci]", "no profile `cii`; did you mean `ci`?"),
        ("[[gate.profiles.a.allow]]\nsite = \"x\"", "`gate.profiles.a.allow[0]` needs `reason`"),
        ("[gate.profiles.a]\nallow = 3", "a list of tables belongs here"),
        (
            "[gate.profiles.a.findings]\nignore = [\"stream\", \"memopt::pre-sise\"]",
            "memopt.toml:2:22: `gate.profiles.a.findings.ignore`: no finding with a remedy has the \
             code `memopt::pre-sise`; did you mean `pre-size`?",
        ),
        (
            "[gate.profiles.a.findings]\nignore = [\"hot-bytes\"]",
            "no finding with a remedy has the code `hot-bytes`; known are `arena`, `batch`,",
        ),
        ("[gate", "memopt.toml:1:"),
    ];
    for (text, expected) in cases {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{text}\n{error}\n{expected}");
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let error = parse("[gate]\nzzz = 1\nyyy = 2\n").unwrap_err();
    let at = |key: &str| error.find(key).unwrap();
    assert!(at("`zzz`") < at("`yyy`"), "{error}");
}

#[test]
fn shares_are_millionths() {
    assert_eq!(parse_share("5 %"), Some(50_000));
    assert_eq!(parse_share("0.1%"), Some(1_000));
    assert_eq!(parse_share("5"), None);
    assert_eq!(parse_share("-1 %"), None);
    assert_eq!(parse_share("NaN %"), None);
}

#[test]
fn the_schema_has_the_keys_that_are_read_and_no_others() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let keys = |pointer: &str| {
        let table = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
        assert_eq!(table["additionalProperties"], false, "{pointer}");
        let mut keys: Vec<&str> =
            table["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    };
    let sorted = |mut keys: Vec<&'static str>| {
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys("/properties/gate"), sorted(GATE.to_vec()));
    assert_eq!(keys("/$defs/profile"), sorted(PROFILE.to_vec()));
    assert_eq!(keys("/$defs/profile/properties/growth"), sorted(GROWTH.to_vec()));
    assert_eq!(keys("/$defs/profile/properties/findings"), sorted(FINDINGS.to_vec()));
    assert_eq!(keys("/$defs/site"), sorted(SITE.to_vec()));
    assert_eq!(keys("/$defs/allow"), sorted(ALLOW.to_vec()));
    let quantities = sorted(Quantity::ALL.map(Quantity::key).to_vec());
    assert_eq!(keys("/$defs/limits"), quantities);
    assert_eq!(keys("/$defs/shares"), quantities);
}
