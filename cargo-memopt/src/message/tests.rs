//! Every form against golden files, and against the rules of its format.

use super::Format;
use crate::gate::verdict::{Place, Total, Verdict, Violation};
use crate::paint::Look;
use crate::quantity::Quantity;
use serde_json::Value;
use std::path::Path;

fn verdict() -> Verdict {
    let place = |site: &str, file: &str, line| Place {
        site: site.to_owned(),
        file: file.to_owned(),
        line,
        column: line / 3,
    };
    let violation = |rule: &str, place: Option<Place>, message: &str| Violation {
        rule: rule.to_owned(),
        place,
        message: message.to_owned(),
        help: "let it allocate less, or raise the limit in memopt.toml".to_owned(),
        quantity: Some(Quantity::Allocs),
        actual: 12.5,
        limit: 3.0,
        before: Some(3.0),
    };
    Verdict {
        report: "target/memopt/report.json".to_owned(),
        profile: "ci".to_owned(),
        baseline: Some("main".to_owned()),
        sites: 42,
        judged: 215,
        totals: vec![
            Total { quantity: Quantity::Bytes, before: Some(1 << 20), after: 3 << 19 },
            Total { quantity: Quantity::Allocs, before: Some(1200), after: 1200 },
        ],
        violations: vec![
            violation(
                "growth.allocs",
                None,
                "blocks allocated of the run: 1,200 before, 1,300 now (+8.3 %); no growth is \
                 allowed",
            ),
            violation(
                "budget.bytes",
                Some(place("app::Table<&str, u8>::parse", "src/a b/läng,e.rs", 12)),
                "`app::Table<&str, u8>::parse`: bytes in its largest call: 5 % | 12.5 KiB; the \
                 limit is 3.00 KiB",
            ),
            violation(
                "finding.pool",
                Some(place("app::unplaced", "", 0)),
                "`app::unplaced` makes a \"buffer\" in each call & drops it",
            ),
        ],
        allowed: vec![(
            violation(
                "growth.retained",
                Some(place("app::cache::fill", "src/cache.rs", 3)),
                "`app::cache::fill`: bytes retained a call: 0 B before, 64 B now (from 0); no \
                 growth is allowed",
            ),
            "the cache fills up in the first minute".to_owned(),
        )],
        callers: 4,
        unused: vec!["app::gone".to_owned()],
    }
}

fn written(format: Format, verdict: &Verdict) -> String {
    format.write(verdict, Look { color: false, width: 80 })
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/message").join(name);
    if std::env::var("MEMOPT_GOLDEN").is_ok_and(|value| value == "overwrite") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{}; MEMOPT_GOLDEN=overwrite renews it", path.display());
}

#[test]
fn each_form_is_as_it_was() {
    let failed = verdict();
    let passed = Verdict {
        violations: Vec::new(),
        allowed: Vec::new(),
        unused: Vec::new(),
        callers: 0,
        ..verdict()
    };
    for (format, end) in [
        (Format::Human, "txt"),
        (Format::Json, "json"),
        (Format::Github, "github"),
        (Format::Sarif, "sarif"),
        (Format::Junit, "xml"),
        (Format::Markdown, "md"),
    ] {
        golden(&format!("failed.{end}"), &written(format, &failed));
        golden(&format!("passed.{end}"), &written(format, &passed));
    }
}

#[test]
fn a_line_for_people_fits_the_terminal() {
    for line in written(Format::Human, &verdict()).lines() {
        assert!(memopt_report::label::width(line) <= 80, "{line}");
    }
}

#[test]
fn sarif_holds_what_the_standard_asks_for() {
    for of in [verdict(), Verdict::default()] {
        let log: Value = serde_json::from_str(&written(Format::Sarif, &of)).unwrap();
        // 3.13: version is fixed, runs is an array.
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        // 3.18, 3.19: a tool has a driver with a name; rules have unique ids.
        assert_eq!(run["tool"]["driver"]["name"], "memopt");
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let mut ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        for rule in rules {
            assert!(rule["shortDescription"]["text"].as_str().unwrap().ends_with('.'));
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), of.violations.len() + of.allowed.len());
        for result in results {
            // 3.27: ruleIndex leads to the rule of ruleId.
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(result["ruleId"], ids[index]);
            assert!(
                ["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap())
            );
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            for location in result["locations"].as_array().into_iter().flatten() {
                let Some(physical) = location.get("physicalLocation") else { continue };
                // 3.4.3: a URI has no spaces and no characters beyond ASCII.
                let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
                assert!(uri.is_ascii() && !uri.contains(' '), "{uri}");
                // 3.30: lines and columns begin with 1.
                if let Some(region) = physical.get("region") {
                    assert!(region["startLine"].as_u64().unwrap() >= 1);
                    assert!(region.get("startColumn").is_none_or(|c| c.as_u64().unwrap() >= 1));
                }
            }
            // 3.35: a suppression has a kind.
            for suppression in result["suppressions"].as_array().into_iter().flatten() {
                assert_eq!(suppression["kind"], "external");
            }
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "each rule once");
    }
}

#[test]
fn junit_is_well_formed_and_counts_its_cases() {
    let text = written(Format::Junit, &verdict());
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut cases, mut failures, mut depth) = (0, 0, 0i32);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) => {
                depth += 1;
                match tag.name().as_ref() {
                    b"testcase" => cases += 1,
                    b"failure" => failures += 1,
                    _ => {}
                }
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
            }
            quick_xml::events::Event::Empty(tag) if tag.name().as_ref() == b"testcase" => {
                cases += 1;
            }
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((cases, failures, depth), (5, 3, 0));
    assert!(text.contains("tests=\"5\" failures=\"3\""));
}

#[test]
fn a_command_of_github_is_one_line() {
    for line in written(Format::Github, &verdict()).lines() {
        let is_command = ["::error ", "::notice "].iter().any(|start| line.starts_with(start));
        assert!(is_command || line.starts_with("memopt check failed"), "{line}");
    }
}

#[test]
fn markdown_has_a_mark_and_whole_tables() {
    let text = written(Format::Markdown, &verdict());
    assert!(text.starts_with("<!-- memopt-check -->\n"));
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut width = 0;
    for line in text.lines() {
        if line.starts_with('|') {
            if width != 0 {
                assert_eq!(bars(line), width, "{line}");
            }
            width = bars(line);
        } else {
            width = 0;
        }
    }
}
